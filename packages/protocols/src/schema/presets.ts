/** Compilers for the schemas of hosts that speak Chat Completions. */
import type { JsonSchema } from "@lumiverse/core/provider";
import { type CompiledSchema, compileSchema } from "./compile.ts";

/** OpenAI's subset, which the host enforces token by token: https://platform.openai.com/docs/guides/structured-outputs */
export const openaiStrict = (schema: JsonSchema): CompiledSchema => compileSchema(schema, "openai-strict");
/** Moonshot's own subset. */
export const moonshotSchema = (schema: JsonSchema): CompiledSchema => compileSchema(schema, "moonshot");
/** The subset that Gemini's endpoints accept, for gateways to them. */
export const geminiSchema = (schema: JsonSchema): CompiledSchema => compileSchema(schema, "gemini-openapi");
/** Plain JSON Schema, except for keywords that a host refuses. */
export function schemaOmitting(...keywords: readonly string[]): (schema: JsonSchema) => CompiledSchema {
  return (schema) => compileSchema(schema, { omit: keywords });
}
