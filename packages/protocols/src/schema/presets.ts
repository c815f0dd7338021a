/** Compilers for the schemas of hosts that speak Chat Completions. */
import type { CompiledSchemas, JsonSchema } from "@lumiverse/core/provider";
import { type CompiledSchema, compileSchema } from "./compile.ts";

/** Compiles a schema for a host. `kept`: what earlier calls have compiled. */
export type HostCompiler = (schema: JsonSchema, kept?: CompiledSchemas) => CompiledSchema;

/** OpenAI's subset, which the host enforces token by token: https://platform.openai.com/docs/guides/structured-outputs */
export const openaiStrict: HostCompiler = (schema, kept) => compileSchema(schema, "openai-strict", kept);
/** Moonshot's own subset. */
export const moonshotSchema: HostCompiler = (schema, kept) => compileSchema(schema, "moonshot", kept);
/** The subset that Gemini's endpoints accept, for gateways to them. */
export const geminiSchema: HostCompiler = (schema, kept) => compileSchema(schema, "gemini-openapi", kept);
/** Plain JSON Schema, except for keywords that a host refuses. */
export function schemaOmitting(...keywords: readonly string[]): HostCompiler {
  return (schema, kept) => compileSchema(schema, { omit: keywords }, kept);
}
