/** Values of a JSON Schema: one for each field, member of a union, word and length of a list, at each place where it can stand. */
import { isObject, type JsonObject } from "@lumiverse/core/provider";
import type { VendorSchema } from "../spec/vendor-schemas.ts";

/** One value of a schema. */
export interface Sample {
  /** What is special about it: `messages[].content[].text = null`. */
  name: string;
  value: unknown;
}

const TEXTS: readonly string[] = ["a text", 'odd: "é", \u2028, 👋, \\u0000 and\n']; // the first is the plain one
const NUMBERS: readonly number[] = [1, 0, 0.5];
/** Texts that have a form of their own. */
const SPECIAL_TEXTS: Readonly<Record<string, string>> = {
  arguments: '{"a":[1]}',
  partial_json: '{"a":[1]}',
  mimeType: "image/png",
  role: "user",
};
const BASE64 = "aGVsbG8=";
/** The value for a schema that allows anything. */
const ANYTHING: JsonObject = { a: [null, 1.5, "é", { b: true, c: {} }], d: "" };
/** A field that no vendor has. */
const UNKNOWN_FIELD = "x_unknown";

/** Every value. Each differs from a minimal one at one place. */
export function* samplesOf(root: VendorSchema): Iterable<Sample> {
  yield* variations(root, { $ref: root.$ref }, []);
}

function* variations(root: VendorSchema, given: JsonObject, within: readonly string[]): Iterable<Sample> {
  const { schema, stack, isRepeated } = resolved(root, given, within);
  if (isRepeated) {
    const value = minimal(root, schema, stack);
    if (value !== undefined) yield { name: "", value };
    return;
  }
  const members = membersOf(schema);
  if (members.length > 0) {
    for (const member of members) yield* variations(root, member, stack);
    return;
  }
  if ("const" in schema) {
    yield { name: ` = ${JSON.stringify(schema["const"])}`, value: schema["const"] };
    return;
  }
  if (Array.isArray(schema["enum"])) {
    for (const word of schema["enum"] as readonly unknown[]) yield { name: ` = ${JSON.stringify(word)}`, value: word };
    return;
  }
  for (const type of typesOf(schema)) yield* variationsOfType(root, schema, type, stack);
}

function* variationsOfType(root: VendorSchema, schema: JsonObject, type: string, stack: readonly string[]): Iterable<Sample> {
  switch (type) {
    case "string":
      for (const value of TEXTS) yield { name: value === TEXTS[0] ? "" : " = an odd text", value };
      return;
    case "number":
    case "integer":
      for (const value of NUMBERS) if (type === "number" || Number.isInteger(value)) yield { name: ` = ${value}`, value };
      return;
    case "boolean":
      yield { name: " = true", value: true };
      yield { name: " = false", value: false };
      return;
    case "null":
      yield { name: " = null", value: null };
      return;
    case "array":
      yield* lists(root, schema, stack);
      return;
    case "object":
      yield* objects(root, schema, stack);
      return;
    default:
      yield { name: "", value: ANYTHING };
  }
}

function* lists(root: VendorSchema, { items }: JsonObject, stack: readonly string[]): Iterable<Sample> {
  yield { name: " = []", value: [] };
  if (!isObject(items)) return;
  for (const { name, value } of variations(root, items, stack)) yield { name: `[]${name}`, value: [value] };
  const plain = minimal(root, items, stack);
  if (plain !== undefined) yield { name: " = two", value: [plain, another(plain)] };
}

const IDENTITIES: ReadonlySet<string> = new Set(["id", "call_id", "index", "name"]);

/** A second entry of a list. It has other values in the fields by which vendors tell entries apart. */
function another(plain: unknown): unknown {
  if (!isObject(plain)) return plain;
  const own = Object.entries(plain).flatMap(([key, value]) => {
    if (key === "function" || key === "custom") return [[key, another(value)]];
    return IDENTITIES.has(key) ? [[key, typeof value === "number" ? value + 1 : "another"]] : [];
  });
  return { ...plain, ...Object.fromEntries(own) };
}

function* objects(root: VendorSchema, schema: JsonObject, stack: readonly string[]): Iterable<Sample> {
  const base = minimalObject(root, schema, stack);
  if (base === undefined) return;
  yield { name: "", value: base };
  yield { name: `.${UNKNOWN_FIELD}`, value: { ...base, [UNKNOWN_FIELD]: ANYTHING } };
  yield { name: `.${UNKNOWN_FIELD} first`, value: { [UNKNOWN_FIELD]: null, ...base } };
  const required = new Set(Array.isArray(schema["required"]) ? schema["required"] : []);
  for (const [key, inner] of Object.entries(propertiesOf(schema))) {
    if (!isObject(inner)) continue;
    const special = specialText(key, schema);
    if (special !== undefined && isAnyText(resolved(root, inner, stack).schema)) {
      yield { name: `.${key}`, value: { ...base, [key]: special } };
      continue;
    }
    for (const { name, value } of variations(root, inner, stack)) yield { name: `.${key}${name}`, value: { ...base, [key]: value } };
    if (!required.has(key)) yield { name: `.${key} = null`, value: { ...base, [key]: null } };
  }
  const { additionalProperties: others } = schema;
  if (others === true || (isObject(others) && Object.keys(others).length === 0))
    yield { name: " = anything", value: { ...base, ...ANYTHING } };
  else if (isObject(others))
    for (const { name, value } of variations(root, others, stack)) yield { name: `.*${name}`, value: { ...base, key: value } };
}

/** The smallest value of a schema. Undefined if the schema contains itself without end. */
function minimal(root: VendorSchema, given: JsonObject, within: readonly string[]): unknown {
  const { schema, stack, isRepeated } = resolved(root, given, within);
  if (isRepeated && stack.filter((name) => name === stack.at(-1)).length > 2) return undefined;
  for (const member of membersOf(schema)) {
    const value = minimal(root, member, stack);
    if (value !== undefined) return value;
  }
  if ("const" in schema) return schema["const"];
  if (Array.isArray(schema["enum"])) return schema["enum"][0];
  switch (typesOf(schema)[0]) {
    case "string":
      return TEXTS[0];
    case "number":
    case "integer":
      return NUMBERS[0];
    case "boolean":
      return true;
    case "null":
      return null;
    case "array": {
      const item = isObject(schema["items"]) ? minimal(root, schema["items"], stack) : undefined;
      return item === undefined ? [] : [item];
    }
    case "object":
      return minimalObject(root, schema, stack);
    default:
      return ANYTHING;
  }
}

function minimalObject(root: VendorSchema, schema: JsonObject, stack: readonly string[]): JsonObject | undefined {
  const base: JsonObject = {};
  const properties = propertiesOf(schema);
  for (const key of Array.isArray(schema["required"]) ? (schema["required"] as readonly string[]) : []) {
    const inner = properties[key];
    const value = isObject(inner) ? minimal(root, inner, stack) : ANYTHING;
    if (value === undefined) return undefined;
    base[key] = value === TEXTS[0] ? (specialText(key, schema) ?? value) : value;
  }
  return base;
}

function specialText(key: string, schema: JsonObject): string | undefined {
  const properties = propertiesOf(schema);
  const isMedia = key === "data" && ["media_type", "mimeType", "format"].some((name) => name in properties);
  return isMedia ? BASE64 : SPECIAL_TEXTS[key];
}

/** The schema behind references, with the names of the definitions on the way to it. */
function resolved(
  root: VendorSchema,
  given: JsonObject,
  within: readonly string[],
): { schema: JsonObject; stack: readonly string[]; isRepeated: boolean } {
  let schema = given;
  let stack = within;
  let isRepeated = false;
  for (;;) {
    const { $ref: ref } = schema;
    if (typeof ref !== "string") return { schema: merged(root, schema), stack, isRepeated };
    const name = decodeURIComponent(ref.replace("#/definitions/", ""));
    isRepeated ||= stack.includes(name);
    stack = [...stack, name];
    schema = root.definitions[name] ?? {};
  }
}

/** The schema with the fields of all parts of an intersection. */
function merged(root: VendorSchema, schema: JsonObject): JsonObject {
  const { allOf } = schema;
  if (!Array.isArray(allOf)) return schema;
  const parts = (allOf as readonly unknown[]).filter(isObject).map((part) => resolved(root, part, []).schema);
  return {
    ...schema,
    type: "object",
    properties: Object.assign({}, propertiesOf(schema), ...parts.map(propertiesOf)) as JsonObject,
    required: [schema, ...parts].flatMap(({ required }) => (Array.isArray(required) ? (required as string[]) : [])),
  };
}

function membersOf({ anyOf, oneOf }: JsonObject): JsonObject[] {
  return [anyOf, oneOf].flatMap((members) => (Array.isArray(members) ? (members as readonly unknown[]).filter(isObject) : []));
}

function typesOf({ type, properties }: JsonObject): string[] {
  const types = [type ?? []].flat().map(String);
  return types.length > 0 ? types : [properties === undefined ? "anything" : "object"];
}

function isAnyText(schema: JsonObject): boolean {
  return typesOf(schema).includes("string") && !("const" in schema) && !("enum" in schema);
}

function propertiesOf({ properties }: JsonObject): JsonObject {
  return isObject(properties) ? properties : {};
}
