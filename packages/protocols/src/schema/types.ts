/** The JSON types that a schema describes. */
import type { JsonObject } from "@lumiverse/core/provider";

/** The types that a schema names, or implies by its keywords. */
export function typesOf(schema: JsonObject): string[] {
  const { type } = schema;
  if (type !== undefined) return [type].flat() as string[]; // `validSchema` dropped everything else
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

/** The type that a keyword applies to, by its name. */
const OWNERS: readonly (readonly [RegExp, string])[] = [
  [/propert|required/i, "object"],
  [/items|contains/i, "array"],
  [/pattern|length|format|content/i, "string"],
  [/imum|multipleOf/, "number"],
];

/** The keywords of a schema that do not apply to values of this type. */
export function foreignTo(schema: JsonObject, type: string): string[] {
  const own = type === "integer" ? "number" : type;
  return Object.keys(schema).filter((key) => {
    const owner = OWNERS.find(([pattern]) => pattern.test(key));
    return owner !== undefined && owner[1] !== own;
  });
}
