/**
 * The schemas that vendors accept without `strict`. They take nearly all of JSON Schema, but each refuses some forms that schemas of tools often have, such
 * as an object without `properties` or a choice at the root. Every change is reported, and changed property names can be changed back in the arguments.
 */
import { type CompiledSchemas, isObject, type JsonObject, type JsonSchema, shortId } from "@lumiverse/core/provider";
import { mergeAllOf } from "./all-of.ts";
import { type AddLoss, type Compilation, startCompilation } from "./compilation.ts";
import { type CompiledSchema, compileSchema, type SchemaLoss } from "./compile.ts";
import { compileOnce } from "./compile-once.ts";
import { convertDraft4Bound } from "./numeric-bounds.ts";
import { childPointer, omit, resolve, setField } from "./pointers.ts";
import { children, targets } from "./targets.ts";

/** What one vendor refuses in a schema without `strict`. */
interface AcceptRules {
  /** Keywords that the root of a tool's schema must not have. */
  root: readonly string[];
  /** Names that properties may have. */
  propertyNames?: { refused: RegExp; max: number };
  /** The vendor accepts a subset of JSON Schema only, to which the schema is compiled. */
  target?: keyof typeof targets;
  /** What an array contains whose schema does not say. Default: anything. */
  items?: JsonObject;
  /** Every schema must have a type. */
  typed?: boolean;
  /** Nothing is added to objects without properties. */
  keepsEmptyObjects?: boolean;
  /** Schemas are checked against draft 2020-12, so older spellings are refused. */
  draft2020?: boolean;
}

const CHOICES = ["anyOf", "oneOf", "allOf", "not", "enum", "const", "if", "then", "else"] as const;

/**
 * What each vendor refuses. All of them require `type: "object"` at the root of a tool's schema, `properties` in an object and `items` in an array; where a
 * host does not, adding them changes nothing.
 */
const VENDORS: Readonly<Record<SchemaVendor, AcceptRules>> = {
  // 400 invalid_function_parameters: "schema must have type 'object' and not have 'oneOf'/'anyOf'/'allOf'/'enum'/'not' at the top level"
  openai: { root: CHOICES, draft2020: true },
  // The same check in the same words.
  deepseek: { root: CHOICES, draft2020: true },
  // "not a valid moonshot flavored json schema": every schema has a type.
  moonshot: { root: CHOICES, target: "moonshot", items: { type: "string" }, typed: true },
  // https://ai.google.dev/api/caching#Schema: the root is an object. Hosts that pass OpenAPI schemas on have a compiler of their own (`geminiSchema`), in whose
  // subset an object without properties is refused.
  gemini: { root: CHOICES, keepsEmptyObjects: true, draft2020: true },
  // 400 "input_schema does not support oneOf, allOf, or anyOf at the top level", "It must match JSON Schema draft 2020-12", "Property keys should match pattern '^[a-zA-Z0-9_.-]{1,64}$'"
  anthropic: { root: ["anyOf", "oneOf", "allOf"], propertyNames: { refused: /[^a-zA-Z0-9_.-]/, max: 64 }, draft2020: true },
  /** A host of which nothing is known: only what changes no meaning. */
  unknown: { root: [] },
};

/** Vendors whose checks of schemas are known. */
export type SchemaVendor = "openai" | "deepseek" | "moonshot" | "gemini" | "anthropic" | "unknown";

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
}

/** Schemas in schemas beyond this depth are passed on unchanged. */
const DEEPEST = 200;

/**
 * A schema without `strict` as the vendor accepts it, with every change among its losses. Never throws, and does not change the given schema. `compile` is a
 * host's own compiler, which replaces that of the vendor.
 */
export function acceptSchema(
  given: JsonSchema | boolean,
  vendor: SchemaVendor,
  use: SchemaUse,
  compile?: (schema: JsonSchema) => CompiledSchema,
  kept?: CompiledSchemas,
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
  let schema: JsonObject = isObject(given) ? given : {};
  if (use !== "output") schema = objectRoot(schema, rules, addLoss);
  if (compile !== undefined || rules.target !== undefined) {
    const compiled = compile?.(schema) ?? compileSchema(schema, rules.target ?? { omit: [] });
    losses.push(...compiled.losses);
    schema = compiled.schema;
    if (use !== "output" && schema["type"] !== "object") schema = { ...schema, type: "object" };
  }
  const names = use !== "tool" || rules.propertyNames === undefined ? undefined : renamed(schema, rules.propertyNames);
  const completion: Completion = {
    addLoss,
    names: names?.encoded,
    items: rules.items ?? {},
    typed: rules.typed === true,
    keepsEmptyObjects: rules.keepsEmptyObjects === true,
    draft2020: rules.draft2020 === true,
    open: new Set(),
  };
  const completed = complete(schema, completion, "#", 0);
  return names === undefined ? { schema: completed, losses } : { schema: completed, losses, names: names.names };
}

// ── the root ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A root with `type: "object"`, without the keywords that the vendor refuses there. */
function objectRoot(given: JsonObject, rules: AcceptRules, addLoss: AddLoss): JsonObject {
  let schema = given;
  if (typeof schema["$ref"] === "string") schema = withoutReference(schema, given, addLoss);
  if (Array.isArray(schema["allOf"]) && rules.root.includes("allOf")) {
    addLoss("#", "allOf", "The host does not accept allOf at the root, so its members were joined.");
    schema = mergeAllOf(mergeContext(given, addLoss), omit(schema, "allOf"), schema["allOf"], "#");
  }
  const refused = rules.root.filter((keyword) => schema[keyword] !== undefined);
  if (refused.length > 0) schema = withoutChoices(schema, refused, given, addLoss);
  if (schema["type"] === "object") return schema;
  // Arguments are always an object, so this changes the meaning only of a schema that no arguments match.
  addLoss("#", "type", "The host requires an object at the root, so the type object was set.");
  return { ...schema, type: "object" };
}

/** The root's reference replaced by what it points at. Definitions stay, for the references inside. */
function withoutReference(schema: JsonObject, root: JsonObject, addLoss: AddLoss): JsonObject {
  const definitions: JsonObject = {};
  for (const keyword of ["$defs", "definitions"]) if (root[keyword] !== undefined) definitions[keyword] = root[keyword];
  const merged = mergeAllOf(mergeContext(root, addLoss), omit(schema, "$ref"), [{ $ref: schema["$ref"] }], "#");
  addLoss("#", "$ref", "The host does not accept a reference at the root, so the definition was put there.");
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
  const branches = [schema["anyOf"], schema["oneOf"]].flatMap((list) => (Array.isArray(list) ? list : []));
  const objects = branches.map((branch: unknown) => branchOf(branch, root)).filter(isObject);
  const properties: JsonObject = {};
  const variants = new Map<string, unknown[]>();
  const own = isObject(schema["properties"]) ? schema["properties"] : {};
  for (const name of Object.keys(own)) setField(properties, name, own[name]);
  for (const branch of objects) {
    const more = branch["properties"];
    if (!isObject(more)) continue;
    for (const name of Object.keys(more))
      if (!Object.hasOwn(own, name)) {
        const list = variants.get(name) ?? [];
        list.push(more[name]);
        variants.set(name, list);
      }
  }
  for (const [name, list] of variants) {
    const different = new Map(list.map((one) => [JSON.stringify(one), one]));
    setField(properties, name, different.size === 1 ? list[0] : { anyOf: [...different.values()] });
  }
  if (Object.keys(properties).length > 0) out["properties"] = properties;
  const required = new Set(namesIn(schema["required"]));
  const [first, ...others] = objects.length === branches.length ? objects.map((branch) => new Set(namesIn(branch["required"]))) : [];
  for (const name of first ?? []) if (others.every((names) => names.has(name))) required.add(name);
  if (required.size > 0) out["required"] = [...required];
  // A branch may have properties that the root refuses.
  if (variants.size > 0 && out["additionalProperties"] === false && schema["properties"] === undefined) delete out["additionalProperties"];
  const text = typeof schema["description"] === "string" ? `${schema["description"]} ` : "";
  out["description"] = `${text}(Must match ${described.join("; ")})`;
  return out;
}

function branchOf(branch: unknown, root: JsonObject): unknown {
  if (!isObject(branch) || typeof branch["$ref"] !== "string") return branch;
  return resolve(root, branch["$ref"])?.schema;
}

const namesIn = (list: unknown): string[] => (Array.isArray(list) ? list.filter((name) => typeof name === "string") : []);

/** What `mergeAllOf` reads of a compilation. */
function mergeContext(root: JsonObject, addLoss: AddLoss): Compilation {
  return startCompilation({ root, rules: targets.anthropic, addLoss, visit: (source) => (isObject(source) ? source : {}) });
}

// ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────────────

interface Completion {
  addLoss: AddLoss;
  /** The sent name by the caller's name. */
  names: ReadonlyMap<string, string> | undefined;
  /** What an array contains whose schema does not say. */
  items: JsonObject;
  typed: boolean;
  keepsEmptyObjects: boolean;
  draft2020: boolean;
  /** Schemas on the way to the current one. */
  open: Set<unknown>;
}

/** Adds `properties` to objects and `items` to arrays that have none, and changes the names of properties. */
function complete(source: JsonObject, completion: Completion, at: string, depth: number): JsonObject {
  const { addLoss, names, open } = completion;
  if (depth > DEEPEST) return source;
  if (open.has(source)) {
    addLoss(at, "$ref", "The schema object contains itself. Use $ref.");
    return {};
  }
  open.add(source);
  const inside = (value: unknown, pointer: string): unknown => (isObject(value) ? complete(value, completion, pointer, depth + 1) : value);
  const isMisplaced = (key: string, value: unknown): boolean =>
    key === "type"
      ? typeof value !== "string" && !(Array.isArray(value) && value.length > 0)
      : key === "required" || key === "enum"
        ? !Array.isArray(value) || (key === "enum" && value.length === 0)
        : key === "properties" && !isObject(value);
  const out: JsonObject = {};
  for (const key of Object.keys(source)) {
    const value = source[key];
    if (isMisplaced(key, value)) {
      addLoss(at, key, "This is not a value that JSON Schema allows here, so it was dropped.");
      continue;
    }
    if (key === "type" && typeof value === "string" && value !== value.toLowerCase()) {
      addLoss(at, key, "JSON Schema writes types in lower case.");
      out[key] = value.toLowerCase();
    } else if (completion.draft2020 && (key === "exclusiveMinimum" || key === "exclusiveMaximum") && typeof value === "boolean") {
      addLoss(at, key, "This spelling of draft 4 was replaced by the current one.");
      convertDraft4Bound(source, key, out);
    } else if (children.list.includes(key) && Array.isArray(value))
      setField(
        out,
        key,
        value.map((one: unknown, n) => inside(one, childPointer(at, key, n))),
      );
    else if (children.record.includes(key) && isObject(value)) {
      const record: JsonObject = {};
      for (const name of Object.keys(value)) {
        const sent = key === "properties" ? (names?.get(name) ?? name) : name;
        if (sent !== name)
          addLoss(childPointer(at, key, name), "properties", `The host does not accept this name. It was sent as ${sent}.`);
        const child = value[name];
        // Hosts that check properties one by one expect an object for each.
        setField(record, sent, key === "properties" && child === true ? {} : inside(child, childPointer(at, key, name)));
      }
      setField(out, key, record);
    } else if (key === "items" && value === true) out[key] = {};
    else if (key === "$ref" && typeof value === "string" && names !== undefined) out[key] = renamedPointer(value, names);
    else if (key === "required" && Array.isArray(value))
      out[key] = names === undefined ? value : value.map((name: unknown) => (typeof name === "string" ? (names.get(name) ?? name) : name));
    else setField(out, key, children.one.includes(key) ? inside(value, childPointer(at, key)) : value);
  }
  open.delete(source);
  if (completion.draft2020 && Array.isArray(out["items"])) {
    addLoss(at, "items", "This spelling of tuples was replaced by prefixItems.");
    out["prefixItems"] = out["items"];
    delete out["items"];
    if (out["additionalItems"] !== undefined) out["items"] = out["additionalItems"];
    delete out["additionalItems"];
  }
  const isOf = (type: string): boolean => out["type"] === type || (Array.isArray(out["type"]) && out["type"].includes(type));
  if (!completion.keepsEmptyObjects && isOf("object") && !isObject(out["properties"])) {
    addLoss(at, "properties", "The host requires properties in an object, so an empty list was added.");
    out["properties"] = {};
  }
  // OpenAI refuses the tuples of zod, which have `prefixItems` alone, with "array schema missing items".
  const isTuple = out["prefixItems"] !== undefined;
  if (isOf("array") && out["items"] === undefined && !(isTuple && completion.typed)) {
    addLoss(at, "items", "The host requires items in an array, so they were added.");
    out["items"] = isTuple ? {} : completion.items;
  }
  if (completion.typed && !["type", "anyOf", "$ref"].some((key) => out[key] !== undefined)) {
    addLoss(at, "type", "The host requires a type, so text is requested.");
    out["type"] = "string";
  }
  return out;
}

/** A reference into `properties`, by their new names. */
function renamedPointer(pointer: string, names: ReadonlyMap<string, string>): string {
  const steps = pointer.split("/");
  return steps.map((step, n) => (steps[n - 1] === "properties" ? (names.get(step) ?? step) : step)).join("/");
}

// ── names ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** New names for the properties whose names are refused, each of them unique in the whole schema. Undefined when all names are accepted. */
function renamed(
  schema: JsonObject,
  { refused, max }: { refused: RegExp; max: number },
): { encoded: ReadonlyMap<string, string>; names: PropertyNames } | undefined {
  const all = new Set<string>();
  collectNames(schema, all, new Set(), 0);
  const encoded = new Map<string, string>();
  const decoded = new Map<string, string>();
  const isAccepted = (name: string): boolean => name !== "" && name.length <= max && !refused.test(name);
  for (const name of all) {
    if (isAccepted(name)) continue;
    let sent = name.replace(new RegExp(refused.source, "g"), "_").slice(0, max) || "_";
    if (all.has(sent) || decoded.has(sent)) sent = `${sent.slice(0, max - 7)}_${shortId(name, 6)}`;
    encoded.set(name, sent);
    decoded.set(sent, name);
  }
  if (encoded.size === 0) return undefined;
  return { encoded, names: { encode: (args) => renameIn(args, encoded), decode: (args) => renameIn(args, decoded) } };
}

function collectNames(schema: JsonObject, names: Set<string>, open: Set<unknown>, depth: number): void {
  if (depth > DEEPEST || open.has(schema)) return;
  open.add(schema);
  const visit = (value: unknown): void => {
    if (isObject(value)) collectNames(value, names, open, depth + 1);
  };
  for (const key of Object.keys(schema)) {
    const value = schema[key];
    if (children.list.includes(key) && Array.isArray(value)) for (const one of value) visit(one);
    else if (children.record.includes(key) && isObject(value))
      for (const name of Object.keys(value)) {
        if (key === "properties") names.add(name);
        visit(value[name]);
      }
    else if (children.one.includes(key)) visit(value);
  }
  open.delete(schema);
}

/** JSON text with some keys replaced at every level. */
function renameIn(text: string, names: ReadonlyMap<string, string>): string {
  let json: unknown;
  try {
    json = JSON.parse(text);
    return JSON.stringify(rename(json, names, 0));
  } catch {
    return text;
  }
}

function rename(value: unknown, names: ReadonlyMap<string, string>, depth: number): unknown {
  if (depth > DEEPEST) return value;
  if (Array.isArray(value)) return value.map((one: unknown) => rename(one, names, depth + 1));
  if (!isObject(value)) return value;
  const out: JsonObject = {};
  for (const key of Object.keys(value)) setField(out, names.get(key) ?? key, rename(value[key], names, depth + 1));
  return out;
}
