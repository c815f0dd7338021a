/** The JSON types that a schema describes. */
import type { JsonObject } from "@lumiverse/core/provider";

const TYPES = ["object", "array", "string", "integer", "number", "boolean", "null"];

/** The types that a schema names, or implies by its keywords. */
export function typesOf(schema: JsonObject): string[] {
  const { type } = schema;
  if (typeof type === "string") return TYPES.includes(type.toLowerCase()) ? [type.toLowerCase()] : [];
  if (Array.isArray(type)) return type.filter((one) => TYPES.includes(one));
  if (schema["properties"] !== undefined || schema["additionalProperties"] !== undefined) return ["object"];
  if (schema["items"] !== undefined || schema["prefixItems"] !== undefined) return ["array"];
  const values = Array.isArray(schema["enum"]) ? schema["enum"] : "const" in schema ? [schema["const"]] : [];
  const kinds = new Set(
    values.map((value) => (value === null ? "null" : Array.isArray(value) ? "array" : Number.isInteger(value) ? "integer" : typeof value)),
  );
  if (kinds.has("number")) kinds.delete("integer");
  if (kinds.size > 0) return [...kinds];
  if (["pattern", "minLength", "maxLength", "format"].some((key) => key in schema)) return ["string"];
  if (["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"].some((key) => key in schema)) return ["number"];
  return [];
}

const OWN: Readonly<Record<string, readonly string[]>> = {
  object: [
    "properties",
    "required",
    "additionalProperties",
    "unevaluatedProperties",
    "minProperties",
    "maxProperties",
    "patternProperties",
    "propertyNames",
  ],
  array: ["items", "prefixItems", "additionalItems", "minItems", "maxItems", "uniqueItems", "contains"],
  string: ["pattern", "minLength", "maxLength", "format", "contentEncoding"],
  number: ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"],
};
/** Keywords that do not apply to values of this type. */
export function foreignTo(type: string): string[] {
  const own = type === "integer" ? "number" : type;
  return Object.keys(OWN).flatMap((kind) => (kind === own ? [] : [...(OWN[kind] ?? [])]));
}
