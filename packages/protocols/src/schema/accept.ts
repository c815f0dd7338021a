/**
 * The schemas that vendors accept without `strict`. They take nearly all of JSON Schema, but each refuses some forms that schemas of tools often have, such
 * as an object without `properties` or a choice at the root. Every change is reported, and changed property names can be changed back in the arguments.
 */
import {
  type CompiledSchemas,
  isObject,
  type JsonObject,
  type JsonSchema,
  type ToolNameRule,
  type ToolNames,
  toolNames,
} from "@lumiverse/core/provider";
import { mergeAllOf } from "./all-of.ts";
import { type AddLoss, addDescription, type Compilation, keywordText, NOT_PORTABLE, startCompilation } from "./compilation.ts";
import { compileOnce } from "./compile-once.ts";
import { isPortablePattern } from "./patterns.ts";
import { childPointer, mapSchemas, omit, pointerKey, resolve, setField } from "./pointers.ts";
import { type CompiledSchema, compileSchema, type SchemaLoss, type Target } from "./strict/compile.ts";
import { targets } from "./targets.ts";
import { typesOf } from "./types.ts";
import { validSchema } from "./valid.ts";

/** What one vendor refuses in a schema without `strict`, beyond what draft 2020-12 of JSON Schema does not allow. */
interface AcceptRules {
  /** Keywords that the root of a tool's schema must not have. */
  root: readonly string[];
  /** Names that properties may have. */
  propertyNames?: ToolNameRule;
  /** The vendor accepts a subset of JSON Schema only, to which the schema is compiled. */
  target?: Target;
  /** The items of an array whose schema does not describe them. Default: anything. */
  items?: JsonObject;
  /** Every schema must have a type. This type is set where there is none. */
  type?: string | readonly string[];
  /** Nothing is added to objects without properties. */
  keepsEmptyObjects?: boolean;
  /** Patterns that not every engine compiles are accepted too. */
  anyPattern?: boolean;
}

const CHOICES = ["anyOf", "oneOf", "allOf", "not", "enum", "const", "if", "then", "else"] as const;
const ANY_TYPE = ["object", "array", "string", "number", "boolean", "null"] as const;

/**
 * What each vendor refuses. All of them require `type: "object"` at the root of a tool's schema, `properties` in an object and `items` in an array; where a
 * host does not, adding them changes nothing.
 */
const VENDORS: Readonly<Record<SchemaVendor, AcceptRules>> = {
  // 400 invalid_function_parameters: "schema must have type 'object' and not have 'oneOf'/'anyOf'/'allOf'/'enum'/'not' at the top level"
  openai: { root: CHOICES },
  // The same check in the same words.
  deepseek: { root: CHOICES },
  // "not a valid moonshot flavored json schema": every schema has a type.
  moonshot: { root: CHOICES, target: "moonshot", items: { type: "string" }, type: "string" },
  // https://ai.google.dev/api/caching#Schema: the root is an object. Hosts that pass OpenAPI schemas on have a compiler of their own (`geminiSchema`), in whose
  // subset an object without properties is refused. The compiler decides about patterns.
  gemini: { root: CHOICES, keepsEmptyObjects: true, anyPattern: true },
  // 400 "input_schema does not support oneOf, allOf, or anyOf at the top level", "It must match JSON Schema draft 2020-12", "Property keys should match pattern '^[a-zA-Z0-9_.-]{1,64}$'"
  anthropic: { root: ["anyOf", "oneOf", "allOf"], propertyNames: { refused: /[^a-zA-Z0-9_.-]/, max: 64 }, anyPattern: true },
  // 400 "tool parameter root must be an object type (root schema is an anyOf/oneOf union with a non-object branch)" and "Invalid arguments passed to the model" for
  // keywords outside of https://docs.x.ai/developers/model-capabilities/text/structured-outputs (NousResearch/hermes-agent#27575, openclaw/openclaw#32080)
  xai: {
    root: CHOICES,
    target: { omit: ["pattern", "format", "minLength", "maxLength", "minItems", "maxItems", "minContains", "maxContains"] },
  },
  // 400 "JSON Schema not supported: could not understand the instance `{'description': …}`": every schema has a type (docker/mcp-gateway#234, earendil-works/pi#5352)
  fireworks: { root: CHOICES, items: { type: ANY_TYPE }, type: ANY_TYPE },
  /** A host of which nothing is known: only what changes no meaning, or what many engines cannot read. */
  unknown: { root: [] },
};

/** Vendors whose checks of schemas are known. */
export type SchemaVendor = "openai" | "deepseek" | "moonshot" | "gemini" | "anthropic" | "xai" | "fireworks" | "unknown";

/** `tool` and `output-tool`: the root must be an object. `output` and `output-tool`: names of properties stay, because they are the caller's answer. */
export type SchemaUse = "tool" | "output" | "output-tool";

/** A schema that a vendor accepts. */
export interface AcceptedSchema extends CompiledSchema {
  /** The names of properties that were changed. Absent when none was. */
  names?: PropertyNames;
}

/** Property names as they were sent, and as the caller wrote them. */
export interface PropertyNames {
  /** JSON text of arguments with the names that the vendor accepts. */
  encode(args: string): string;
  /** JSON text of arguments with the caller's names. Text that is not JSON stays as it is. */
  decode(args: string): string;
  /** Arguments with the names that the vendor accepts. */
  encodeInput(input: JsonObject): JsonObject;
}

/** Schemas in schemas beyond this depth are passed on unchanged. */
const DEEPEST = 200;

interface AcceptOptions {
  /** A host's own compiler, which replaces that of the vendor. */
  compile?: ((schema: JsonSchema) => CompiledSchema) | undefined;
  /** What earlier calls have compiled. */
  kept?: CompiledSchemas | undefined;
}

/** A schema without `strict` as the vendor accepts it, with every change among its losses. Never throws, and does not change the given schema. */
export function acceptSchema(
  given: JsonSchema | boolean,
  vendor: SchemaVendor,
  use: SchemaUse,
  { compile, kept }: AcceptOptions = {},
): AcceptedSchema {
  // A host's own compiler keeps what it compiled itself.
  if (compile !== undefined) return accept(given, vendor, use, compile);
  return compileOnce(kept, `${vendor} ${use}`, given, () => accept(given, vendor, use));
}

function accept(
  given: JsonSchema | boolean,
  vendor: SchemaVendor,
  use: SchemaUse,
  compile?: (schema: JsonSchema) => CompiledSchema,
): AcceptedSchema {
  const rules: AcceptRules = VENDORS[vendor];
  const losses: SchemaLoss[] = [];
  const addLoss: AddLoss = (pointer, keyword, message) => losses.push({ pointer, keyword, message });
  const addChange: AddLoss = (pointer, keyword, message) => losses.push({ pointer, keyword, message, keepsMeaning: true });
  const report: Report = { addLoss, addChange };
  let schema: JsonObject = isObject(given) ? validSchema(given, addLoss, addChange) : {};
  if (use !== "output") schema = objectRoot(schema, rules, report);
  if (compile !== undefined || rules.target !== undefined) {
    const compiled = compile?.(schema) ?? compileSchema(schema, rules.target ?? { omit: [] });
    for (const loss of compiled.losses) losses.push(loss);
    schema = compiled.schema;
    if (use !== "output" && schema["type"] !== "object") schema = { ...schema, type: "object" };
  }
  const names = use !== "tool" || rules.propertyNames === undefined ? undefined : renamed(schema, rules.propertyNames);
  const completed = complete(schema, { root: schema, rules, ...report, names }, { at: "#", depth: 0, isCondition: false });
  return names === undefined ? { schema: completed, losses } : { schema: completed, losses, names: propertyNames(names) };
}

// ── the root ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Where changes are reported. */
interface Report {
  addLoss: AddLoss;
  /** A change of spelling alone. */
  addChange: AddLoss;
}

/** A root with `type: "object"`, without the keywords that the vendor refuses there. */
function objectRoot(given: JsonObject, rules: AcceptRules, report: Report): JsonObject {
  const { addLoss, addChange } = report;
  let schema = given;
  if (typeof schema["$ref"] === "string") schema = withoutReference(schema, given, report);
  if (Array.isArray(schema["allOf"]) && rules.root.includes("allOf")) {
    addChange("#", "allOf", "The host does not accept allOf at the root, so its members were joined.");
    schema = mergeAllOf(mergeContext(given, addLoss), { base: omit(schema, "allOf"), members: schema["allOf"] }, "#");
  }
  const refused = rules.root.filter((keyword) => schema[keyword] !== undefined);
  if (refused.length > 0) schema = withoutChoices(schema, refused, given, addLoss);
  if (schema["type"] === "object") return schema;
  // Arguments are always an object, so this changes the meaning only of a schema that no arguments match.
  const accepts = schema["type"] === undefined || (Array.isArray(schema["type"]) && schema["type"].includes("object"));
  (accepts ? addChange : addLoss)("#", "type", "The host requires an object at the root, so the type object was set.");
  return { ...schema, type: "object" };
}

/** The root's reference replaced by what it points at. Definitions stay, for the references inside. */
function withoutReference(schema: JsonObject, root: JsonObject, { addLoss, addChange }: Report): JsonObject {
  if (resolve(root, String(schema["$ref"])) === undefined) return schema;
  const definitions: JsonObject = {};
  for (const keyword of ["$defs", "definitions"]) if (root[keyword] !== undefined) definitions[keyword] = root[keyword];
  const merged = mergeAllOf(mergeContext(root, addLoss), { base: omit(schema, "$ref"), members: [{ $ref: schema["$ref"] }] }, "#");
  addChange("#", "$ref", "The host does not accept a reference at the root, so the definition was put there.");
  return { ...omit(merged, "$ref"), ...definitions };
}

/** Choices at the root: the properties of all branches together, and the choice itself in words. */
function withoutChoices(schema: JsonObject, refused: readonly string[], root: JsonObject, addLoss: AddLoss): JsonObject {
  const out = omit(schema, ...refused);
  const described: string[] = [];
  for (const keyword of refused) {
    addLoss("#", keyword, `The host does not accept ${keyword} at the root of a tool's parameters, so it was moved into the description.`);
    described.push(`${keyword}: ${JSON.stringify(schema[keyword])}`);
  }
  const own = isObject(schema["properties"]) ? schema["properties"] : {};
  const variants = variantsOf(branchesOf(schema, root), own);
  const properties: JsonObject = { ...own };
  for (const [name, list] of variants) {
    const different = new Map(list.map((one) => [JSON.stringify(one), one]));
    setField(properties, name, different.size === 1 ? list[0] : { anyOf: [...different.values()] });
  }
  if (Object.keys(properties).length > 0) out["properties"] = properties;
  const required = [...new Set([...namesIn(schema["required"]), ...requiredByAll(schema, root)])];
  if (required.length > 0) out["required"] = required;
  // A branch may have properties that the root refuses.
  if (variants.size > 0 && out["additionalProperties"] === false && schema["properties"] === undefined) delete out["additionalProperties"];
  addDescription(out, [`Must match ${described.join("; ")}`]);
  return out;
}

const listOf = (value: unknown): unknown[] => (value === undefined ? [] : [value].flat());

/** The objects that a choice or a condition is between, also those of choices in its branches. `seen`: choices can contain themselves. */
function branchesOf(schema: JsonObject, root: JsonObject, seen: Set<unknown> = new Set()): JsonObject[] {
  return [schema["anyOf"], schema["oneOf"], schema["then"], schema["else"]].flatMap(listOf).flatMap((given) => {
    const branch = seen.has(given) || seen.size > MOST_BRANCHES ? undefined : branchOf(given, root);
    seen.add(given);
    return isObject(branch) ? [branch, ...branchesOf(branch, root, seen)] : [];
  });
}

/** Further branches are ignored, so that recursion cannot overflow the call stack. */
const MOST_BRANCHES = 500;

/** Names that every branch of the choice requires. */
function requiredByAll(schema: JsonObject, root: JsonObject): string[] {
  if (schema["then"] !== undefined) return [];
  const branches = [schema["anyOf"], schema["oneOf"]].flatMap(listOf).map((given) => branchOf(given, root));
  const [first, ...others] = branches.map((branch) => new Set(isObject(branch) ? namesIn(branch["required"]) : []));
  return [...(first ?? [])].filter((name) => others.every((list) => list.has(name)));
}

/** A branch that a reference or an `allOf` stands for. */
function branchOf(branch: unknown, root: JsonObject): unknown {
  if (!isObject(branch)) return branch;
  if (typeof branch["$ref"] === "string") return resolve(root, branch["$ref"])?.schema;
  const { allOf: members } = branch;
  if (!Array.isArray(members)) return branch;
  const context = mergeContext(root, () => {});
  return mergeAllOf(context, { base: omit(branch, "allOf"), members }, "#");
}

/** The schemas that the branches have for each property that the root itself does not have. */
function variantsOf(branches: readonly JsonObject[], own: JsonObject): Map<string, unknown[]> {
  const variants = new Map<string, unknown[]>();
  for (const { properties } of branches) {
    if (!isObject(properties)) continue;
    for (const name of Object.keys(properties)) {
      if (Object.hasOwn(own, name)) continue;
      const list = variants.get(name) ?? [];
      list.push(properties[name]);
      variants.set(name, list);
    }
  }
  return variants;
}

const namesIn = (list: unknown): string[] => (Array.isArray(list) ? list.filter((name) => typeof name === "string") : []);

/** What `mergeAllOf` reads of a compilation. */
function mergeContext(root: JsonObject, addLoss: AddLoss): Compilation {
  return startCompilation({ root, rules: targets.anthropic, addLoss, visit: (source) => (isObject(source) ? source : {}) });
}

// ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────────────

interface Completion extends Report {
  root: JsonObject;
  rules: AcceptRules;
  names: ToolNames | undefined;
}

/** Where a schema stands. */
interface SchemaPosition {
  at: string;
  depth: number;
  /** Inside a condition: something that is added there changes what it means. */
  isCondition: boolean;
}

/** Adds `properties` to objects and `items` to arrays that have none, changes the names of properties, and drops what the vendor cannot look up or compile. */
function complete(source: JsonObject, completion: Completion, { at, depth, isCondition }: SchemaPosition): JsonObject {
  if (depth > DEEPEST) return source;
  const out = mapSchemas(source, at, (given, pointer, key) => {
    // Hosts that check properties one by one expect an object for each.
    const schema = given === true && (key === "properties" || key === "items") ? {} : given;
    if (!isObject(schema)) return schema;
    return complete(schema, completion, { at: pointer, depth: depth + 1, isCondition: isCondition || CONDITIONS.has(key) });
  });
  dropUnresolved(out, completion, at);
  if (completion.rules.anyPattern !== true) dropPatterns(out, completion, at);
  renameProperties(out, completion, at);
  if (!isCondition) addMissing(out, completion, at);
  return out;
}

function dropUnresolved(out: JsonObject, { root, addLoss }: Completion, at: string): void {
  const { $ref: ref } = out;
  if (typeof ref !== "string" || resolve(root, ref) !== undefined) return;
  addLoss(at, "$ref", `${JSON.stringify(ref.slice(0, 200))} points to nothing in this schema.`);
  delete out["$ref"];
}

/** Moves patterns that not every engine compiles into the description. */
function dropPatterns(out: JsonObject, { addLoss }: Completion, at: string): void {
  const { pattern, patternProperties } = out;
  if (typeof pattern === "string" && !isPortablePattern(pattern)) {
    addLoss(at, "pattern", NOT_PORTABLE);
    delete out["pattern"];
    addDescription(out, [keywordText("pattern", pattern)]);
  }
  if (!isObject(patternProperties)) return;
  for (const name of Object.keys(patternProperties)) {
    if (isPortablePattern(name)) continue;
    addLoss(childPointer(at, "patternProperties", name), "pattern", NOT_PORTABLE);
    addDescription(out, [keywordText("patternProperties", name)]);
    delete patternProperties[name];
  }
}

/** Keywords whose schemas are conditions. */
const CONDITIONS: ReadonlySet<string> = new Set(["not", "if", "then", "else", "contains", "propertyNames"]);

/** What the host requires in every schema. */
function addMissing(out: JsonObject, { rules, addLoss, addChange }: Completion, at: string): void {
  if (rules.type !== undefined && !["type", "anyOf", "oneOf", "allOf", "$ref"].some((key) => out[key] !== undefined)) {
    const implied = out["required"] === undefined ? typesOf(out) : ["object"];
    out["type"] = implied.length === 1 ? implied[0] : implied.length > 1 ? implied : rules.type;
    addLoss(at, "type", `The host requires a type, so ${JSON.stringify(out["type"])} was set.`);
    if (out["type"] === rules.type) return;
  }
  const isOf = (type: string): boolean => out["type"] === type || (Array.isArray(out["type"]) && out["type"].includes(type));
  // Groq: "'required' present but 'properties' is missing"
  if (rules.keepsEmptyObjects !== true && (isOf("object") || out["required"] !== undefined) && !isObject(out["properties"])) {
    addChange(at, "properties", "The host requires properties in an object, so an empty list was added.");
    out["properties"] = {};
  }
  // OpenAI refuses the tuples of zod, which have `prefixItems` alone, with "array schema missing items".
  const isTuple = out["prefixItems"] !== undefined;
  if (isOf("array") && out["items"] === undefined && !(isTuple && rules.target === "moonshot")) {
    const added = isTuple ? {} : (rules.items ?? {});
    (rules.items === undefined ? addChange : addLoss)(at, "items", "The host requires items in an array, so they were added.");
    out["items"] = added;
  }
}

// ── names ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Keywords whose values are data with names of properties. */
const DATA = ["enum", "const", "default", "examples"];

/** Puts the names that are sent wherever a schema has names of properties. */
function renameProperties(out: JsonObject, { names, addChange }: Completion, at: string): void {
  if (names === undefined) return;
  const { encode } = names;
  const { properties, required, dependentRequired: dependent, $ref: ref } = out;
  const encodeAll = (list: unknown): unknown =>
    Array.isArray(list) ? list.map((name: unknown) => (typeof name === "string" ? encode(name) : name)) : list;
  if (isObject(properties)) {
    for (const name of Object.keys(properties))
      if (encode(name) !== name)
        addChange(
          childPointer(at, "properties", name),
          "properties",
          `The host does not accept this name. It was sent as ${encode(name)}.`,
        );
    out["properties"] = renameKeys(properties, encode, (value) => value);
  }
  if (required !== undefined) out["required"] = encodeAll(required);
  if (isObject(dependent)) out["dependentRequired"] = renameKeys(dependent, encode, encodeAll);
  if (typeof ref === "string") out["$ref"] = renamedPointer(ref, names);
  for (const key of DATA) if (key in out) out[key] = rename(out[key], encode, 0);
}

function renameKeys(record: JsonObject, encode: (name: string) => string, change: (value: unknown) => unknown): JsonObject {
  const out: JsonObject = {};
  for (const name of Object.keys(record)) setField(out, encode(name), change(record[name]));
  return out;
}

/** A reference into `properties`, by their new names. */
function renamedPointer(pointer: string, names: ToolNames): string {
  const steps = pointer.split("/");
  return steps.map((step, n) => (steps[n - 1] === "properties" ? renamedStep(step, names) : step)).join("/");
}

function renamedStep(step: string, names: ToolNames): string {
  const name = pointerKey(step);
  if (name === undefined) return step;
  const sent = names.encode(name);
  return sent === name ? step : sent;
}

/** New names for the properties whose names are refused, each of them unique in the whole schema. Undefined when all names are accepted. */
function renamed(schema: JsonObject, rule: ToolNameRule): ToolNames | undefined {
  const all = new Set<string>();
  collectNames(schema, all, 0);
  const names = toolNames([...all], rule);
  return names.changed ? names : undefined;
}

function propertyNames({ encode, decode }: ToolNames): PropertyNames {
  return {
    encode: (args) => renameIn(args, encode),
    decode: (args) => renameIn(args, decode),
    // An object stays an object.
    encodeInput: (input) => rename(input, encode, 0) as JsonObject,
  };
}

function collectNames(schema: JsonObject, names: Set<string>, depth: number): void {
  if (depth > DEEPEST) return;
  if (isObject(schema["properties"])) for (const name of Object.keys(schema["properties"])) names.add(name);
  mapSchemas(schema, "", (inner) => {
    if (isObject(inner)) collectNames(inner, names, depth + 1);
  });
}

/** JSON text with some keys replaced at every level. */
function renameIn(text: string, replace: (name: string) => string): string {
  try {
    return JSON.stringify(rename(JSON.parse(text), replace, 0));
  } catch {
    return text;
  }
}

function rename(value: unknown, replace: (name: string) => string, depth: number): unknown {
  if (depth > DEEPEST) return value;
  if (Array.isArray(value)) return value.map((one: unknown) => rename(one, replace, depth + 1));
  return isObject(value) ? renameKeys(value, replace, (inner) => rename(inner, replace, depth + 1)) : value;
}
