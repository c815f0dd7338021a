/** Schemas of the protocol spell types in capitals (`STRING`); JSON Schema spells them in small letters. */
import { isObject, type JsonObject } from "@lumiverse/core/provider";

const TYPES: ReadonlySet<string> = new Set(["STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT", "NULL"]);

export interface SpelledSchema {
  /** As JSON Schema. */
  schema: JsonObject;
  /** The schema as the client spells it: the types that it wrote in capitals are in capitals. */
  spell(schema: JsonObject): JsonObject;
}

export function spelledSchema(given: JsonObject): SpelledSchema {
  const capitals = new Set<string>();
  const schema = withTypes(given, "", (type, at) => {
    if (!TYPES.has(type)) return type;
    capitals.add(at);
    return type.toLowerCase();
  });
  return {
    schema,
    spell: (now) => (capitals.size === 0 ? now : withTypes(now, "", (type, at) => (capitals.has(at) ? type.toUpperCase() : type))),
  };
}

type ChangeType = (type: string, at: string) => string;

/** A copy with changed types. Values of `enum`, `default` and the like are no schemas, and neither are names of properties. */
function withTypes(schema: JsonObject, at: string, change: ChangeType): JsonObject {
  const copy: JsonObject = {};
  for (const key of Object.keys(schema)) if (key !== "__proto__") copy[key] = keyword(key, schema[key], `${at}/${key}`, change);
  return copy;
}

function keyword(key: string, value: unknown, at: string, change: ChangeType): unknown {
  switch (key) {
    case "type":
      if (Array.isArray(value)) return value.map((one: unknown, i) => (typeof one === "string" ? change(one, `${at}/${i}`) : one));
      return typeof value === "string" ? change(value, at) : value;
    case "properties":
    case "$defs":
    case "definitions":
    case "patternProperties":
      if (!isObject(value)) return value;
      return Object.fromEntries(Object.keys(value).map((name) => [name, inner(value[name], `${at}/${name}`, change)]));
    case "items":
    case "additionalProperties":
    case "anyOf":
    case "oneOf":
    case "allOf":
    case "prefixItems":
      return Array.isArray(value) ? value.map((one: unknown, i) => inner(one, `${at}/${i}`, change)) : inner(value, at, change);
    default:
      return value;
  }
}

function inner(value: unknown, at: string, change: ChangeType): unknown {
  return isObject(value) ? withTypes(value, at, change) : value;
}
