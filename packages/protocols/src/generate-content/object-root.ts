import type { JsonSchema, Note } from "@lumiverse/core/provider";
import type { SchemaCompiler } from "../schema/index.ts";

/** Keywords that restrict nothing. */
const ANNOTATIONS: ReadonlySet<string> = new Set(["title", "description", "$schema", "$id", "$comment", "additionalProperties"]);

/**
 * A tool schema whose root is an object, as the vendor requires ("schema should be of type OBJECT"). Undefined for a schema that restricts nothing: such a
 * tool is sent without parameters.
 */
export function objectRoot(schema: JsonSchema, field: string, notes: Note[], compiler: SchemaCompiler): JsonSchema | undefined {
  if (Object.keys(schema).every((keyword) => ANNOTATIONS.has(keyword))) return undefined;
  const { schema: accepted, losses } = compiler.accept(schema, "gemini", "tool");
  for (const { keepsMeaning, pointer, message } of losses)
    if (keepsMeaning !== true) notes.push({ kind: "schema", field: `${field}${pointer}`, message });
  return accepted;
}
