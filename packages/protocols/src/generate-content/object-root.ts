import type { JsonSchema, Note } from "@lumiverse/core/provider";
import type { SchemaCompiler } from "../schema/index.ts";

/** Keywords that restrict nothing. */
const ANNOTATIONS: ReadonlySet<string> = new Set(["title", "description", "$schema", "$id", "$comment", "additionalProperties"]);

/** Changes that change no meaning: a definition in the place of its reference, members that are joined, `items` that restrict nothing. */
const SAME_MEANING: ReadonlySet<string> = new Set(["$ref", "allOf", "items"]);

/**
 * A tool schema whose root is an object, as the vendor requires ("schema should be of type OBJECT"). Undefined for a schema that restricts nothing: such a
 * tool is sent without parameters.
 */
export function objectRoot(schema: JsonSchema, field: string, notes: Note[], compiler: SchemaCompiler): JsonSchema | undefined {
  if (Object.keys(schema).every((keyword) => ANNOTATIONS.has(keyword))) return undefined;
  const { schema: accepted, losses } = compiler.accept(schema, "gemini", "tool");
  const type: unknown = schema["type"];
  const isObject = type === undefined || (Array.isArray(type) && type.includes("object"));
  for (const { keyword, pointer, message } of losses)
    if (!(SAME_MEANING.has(keyword) || (keyword === "type" && isObject)))
      notes.push({ kind: "schema", field: `${field}${pointer}`, message });
  return accepted;
}
