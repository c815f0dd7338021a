import { isObject, type JsonObject, type JsonSchema, type Note } from "@lumiverse/core/provider";

/**
 * A tool schema in JSON Schema draft 2020-12, against which the vendor validates it. Servers of the Model Context Protocol also send older drafts: lists of items,
 * exclusive bounds as flags, `required: true` on a property.
 */
export function toDraft2020(schema: JsonSchema, field: string, notes: Note[]): JsonSchema {
  const state = { changed: false };
  const converted = convert(schema, state);
  if (!state.changed) return schema;
  notes.push({
    kind: "schema",
    field,
    message: "The schema was converted from an older draft of JSON Schema, because the vendor accepts draft 2020-12 alone.",
  });
  return converted;
}

/** Keywords whose value maps names to schemas. */
const BY_NAME: ReadonlySet<string> = new Set(["properties", "$defs", "definitions", "patternProperties", "dependentSchemas"]);
/** Keywords whose value is data and not a schema. */
const DATA: ReadonlySet<string> = new Set(["enum", "const", "default", "examples", "example", "required", "type"]);

function convert(schema: JsonSchema, state: { changed: boolean }): JsonSchema {
  const converted: JsonObject = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (BY_NAME.has(keyword) && isObject(value))
      converted[keyword] = Object.fromEntries(Object.entries(value).map(([name, item]) => [name, convertValue(item, state)]));
    else converted[keyword] = DATA.has(keyword) ? value : convertValue(value, state);
  }
  const { items, additionalItems, required, type } = converted;
  if (Array.isArray(items)) {
    state.changed = true;
    converted["prefixItems"] = items;
    delete converted["items"];
    if (additionalItems !== undefined) converted["items"] = additionalItems;
  }
  if ("additionalItems" in converted) {
    state.changed = true;
    delete converted["additionalItems"];
  }
  for (const [flag, bound] of [
    ["exclusiveMinimum", "minimum"],
    ["exclusiveMaximum", "maximum"],
  ] as const) {
    if (typeof converted[flag] !== "boolean") continue;
    state.changed = true;
    if (converted[flag] === true && typeof converted[bound] === "number") {
      converted[flag] = converted[bound];
      delete converted[bound];
    } else delete converted[flag];
  }
  if ((required !== undefined && !Array.isArray(required)) || required === null) {
    state.changed = true;
    delete converted["required"];
  }
  if (type === "any" || type === "") {
    state.changed = true;
    delete converted["type"];
  }
  return withRequiredFlags(schema, converted);
}

/** Properties with `required: true` of their own, as the list of their object. */
function withRequiredFlags(schema: JsonSchema, converted: JsonObject): JsonObject {
  const { properties } = schema;
  if (!isObject(properties)) return converted;
  const flagged = Object.keys(properties).filter((name) => isObject(properties[name]) && properties[name]["required"] === true);
  if (flagged.length === 0) return converted;
  const listed = Array.isArray(converted["required"]) ? converted["required"] : [];
  return { ...converted, required: [...new Set([...listed, ...flagged])] };
}

function convertValue(value: unknown, state: { changed: boolean }): unknown {
  if (Array.isArray(value)) return value.map((item) => convertValue(item, state));
  return isObject(value) ? convert(value, state) : value;
}
