/** Property names in tool schemas. The vendor refuses those that do not match `^[a-zA-Z0-9_.-]{1,64}$`, such as `$top`, `@type` and names with blanks. */
import { type CheckedCall, isObject, type JsonObject, type JsonSchema, type Note, parametersOf, toolNames } from "@lumiverse/core/provider";

const RULE = { max: 64, refused: /[^a-zA-Z0-9_.-]/ };

/** The renamed properties of each tool, by the caller's name of the tool. */
export class PropertyNames {
  readonly #byTool: Map<string, Renames> = new Map();

  constructor(call: CheckedCall, notes: Note[]) {
    for (const tool of call.request.tools ?? []) if ("name" in tool) this.#add(tool.name, parametersOf(tool.parameters), notes);
    if (call.output?.strategy === "tool") this.#add(call.output.name, call.output.schema, notes);
  }

  #add(tool: string, schema: JsonSchema | undefined, notes: Note[]): void {
    const found = new Set<string>();
    collectNames(schema, found);
    const names = toolNames([...found], RULE);
    if (!names.changed) return;
    this.#byTool.set(tool, names);
    const changed = [...found].filter((name) => names.encode(name) !== name);
    notes.push({
      kind: "changed",
      field: `tools.${tool}`,
      message: `The vendor does not accept the property names ${changed.map((name) => JSON.stringify(name)).join(", ")}, so they were renamed. The arguments of calls have the original names.`,
    });
  }

  /** A tool's schema with names that the vendor accepts. */
  schema(tool: string, schema: JsonSchema): JsonSchema {
    const names = this.#byTool.get(tool);
    return names === undefined ? schema : renameSchema(schema, names.encode);
  }

  /** Arguments of a call in the history, as the model saw them. */
  encode(tool: string, input: JsonObject): JsonObject {
    const names = this.#byTool.get(tool);
    // An object stays an object.
    return names === undefined ? input : (renameKeys(input, names.encode) as JsonObject);
  }

  /** How the arguments of a tool's calls get the caller's names back. Undefined for a tool whose properties kept their names. */
  decoder(tool: string): ((text: string) => string) | undefined {
    const names = this.#byTool.get(tool);
    return names === undefined ? undefined : (text) => decodeText(text, names.decode);
  }
}

interface Renames {
  encode: (name: string) => string;
  decode: (name: string) => string;
}

/** Text that is not JSON, such as arguments that were cut off, stays as it is. */
function decodeText(text: string, decode: Renames["decode"]): string {
  try {
    return JSON.stringify(renameKeys(JSON.parse(text), decode));
  } catch {
    return text;
  }
}

function renameKeys(value: unknown, rename: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => renameKeys(item, rename));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [rename(key), renameKeys(item, rename)]));
}

/** Keywords whose value maps property names to schemas or to lists of names. */
const BY_PROPERTY: ReadonlySet<string> = new Set(["properties", "dependentSchemas", "dependentRequired", "dependencies"]);
/** Keywords whose value maps other names to schemas. */
const BY_NAME: ReadonlySet<string> = new Set(["$defs", "definitions", "patternProperties"]);
/** Keywords whose value is data and not a schema. */
const DATA: ReadonlySet<string> = new Set(["enum", "const", "default", "examples", "example"]);

function collectNames(schema: unknown, into: Set<string>): void {
  if (Array.isArray(schema)) for (const item of schema) collectNames(item, into);
  if (!isObject(schema)) return;
  for (const [keyword, value] of Object.entries(schema)) {
    if (DATA.has(keyword)) continue;
    if (keyword === "properties" && isObject(value)) for (const name of Object.keys(value)) into.add(name);
    if ((BY_PROPERTY.has(keyword) || BY_NAME.has(keyword)) && isObject(value))
      for (const item of Object.values(value)) collectNames(item, into);
    else collectNames(value, into);
  }
}

function renameSchema(schema: JsonSchema, rename: (name: string) => string): JsonSchema {
  const renamed: JsonObject = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (BY_PROPERTY.has(keyword) && isObject(value))
      renamed[keyword] = Object.fromEntries(Object.entries(value).map(([name, item]) => [rename(name), renameValue(item, rename)]));
    else if (BY_NAME.has(keyword) && isObject(value))
      renamed[keyword] = Object.fromEntries(Object.entries(value).map(([name, item]) => [name, renameValue(item, rename)]));
    else if (keyword === "required" && Array.isArray(value))
      renamed[keyword] = value.map((name) => (typeof name === "string" ? rename(name) : name));
    else if (keyword === "$ref" && typeof value === "string") renamed[keyword] = renamePointer(value, rename);
    else renamed[keyword] = DATA.has(keyword) ? renameKeys(value, rename) : renameValue(value, rename);
  }
  return renamed;
}

/** A schema, a list of schemas, or a list of property names. */
function renameValue(value: unknown, rename: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => (typeof item === "string" ? rename(item) : renameValue(item, rename)));
  return isObject(value) ? renameSchema(value, rename) : value;
}

/** A reference such as `#/properties/$top`. */
function renamePointer(pointer: string, rename: (name: string) => string): string {
  const steps = pointer.split("/");
  return steps
    .map((step, i) => {
      if (steps[i - 1] !== "properties") return step;
      const name = decodeStep(step);
      return rename(name) === name ? step : rename(name);
    })
    .join("/");
}

function decodeStep(step: string): string {
  const text = step.replaceAll("~1", "/").replaceAll("~0", "~");
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
