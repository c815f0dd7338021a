/** Compilers for the schemas of hosts that speak Chat Completions. */
import type { JsonSchema } from "@lumiverse/core/provider";
import type { CompiledSchema, Target } from "./strict/compile.ts";

/** Compiles a schema for a host. `compile` compiles it for one of the built-in targets. */
export type HostCompiler = (schema: JsonSchema, compile: (schema: JsonSchema, target: Target) => CompiledSchema) => CompiledSchema;

/** OpenAI's subset, which the host enforces token by token: https://platform.openai.com/docs/guides/structured-outputs */
export const openaiStrict: HostCompiler = (schema, compile) => compile(schema, "openai-strict");
/** Moonshot's own subset. */
export const moonshotSchema: HostCompiler = (schema, compile) => compile(schema, "moonshot");
/** The subset that Gemini's endpoints accept, for gateways to them. */
export const geminiSchema: HostCompiler = (schema, compile) => compile(schema, "gemini-openapi");
/** Plain JSON Schema, except for keywords that a host refuses. */
export function schemaOmitting(...keywords: readonly string[]): HostCompiler {
  return (schema, compile) => compile(schema, { omit: keywords });
}
