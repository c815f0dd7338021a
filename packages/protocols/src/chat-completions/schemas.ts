import type { JsonSchema } from "@lumiverse/core";
import { type CompiledSchema, compileSchema } from "../schema.ts";

/** Schemas that the host enforces token by token, in OpenAI's subset. */
export const openaiStrict = (schema: JsonSchema): CompiledSchema => compileSchema(schema, "openai-strict");
/** Moonshot's own subset. */
export const moonshotSchema = (schema: JsonSchema): CompiledSchema => compileSchema(schema, "moonshot");
/** What Gemini's endpoints take, for gateways to them. */
export const geminiSchema = (schema: JsonSchema): CompiledSchema => compileSchema(schema, "gemini-openapi");
/** Plain JSON Schema without the keywords that a host refuses. */
export function schemaWithout(...keywords: readonly string[]): (schema: JsonSchema) => CompiledSchema {
  return (schema) => compileSchema(schema, { without: keywords });
}
