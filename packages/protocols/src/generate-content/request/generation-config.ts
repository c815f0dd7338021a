/** `generationConfig`: sampling, limits, thinking and the form of the output. https://ai.google.dev/api/generate-content#v1beta.GenerationConfig */
import { type CheckedCall, effortWord, type JsonObject, type Note, policyFor } from "@lumiverse/core/provider";
import type { GeminiTraits } from "../../families/gemini.ts";
import { type SchemaCompiler, schemaCompilerOf } from "../../schema/index.ts";
import { seedOf32Bits } from "../../shared/seed.ts";
import type { GenerateContentOptions } from "../host.ts";

export function renderGenerationConfig(
  call: CheckedCall,
  traits: GeminiTraits | undefined,
  options: GenerateContentOptions,
  notes: Note[],
): JsonObject {
  const { request } = call;
  const config: JsonObject = {};
  const set = (field: string, value: unknown): void => {
    if (value !== undefined) config[field] = value;
  };
  set("temperature", request.temperature);
  set("topP", request.topP);
  set("topK", request.topK);
  set("maxOutputTokens", request.maxOutputTokens);
  set("stopSequences", typeof request.stop === "string" ? [request.stop] : request.stop);
  set("seed", seedOf32Bits(call, notes)); // int32
  set("presencePenalty", request.presencePenalty);
  set("frequencyPenalty", request.frequencyPenalty);
  for (const field of ["minP", "repetitionPenalty"] as const)
    if (request[field] !== undefined)
      notes.push({ kind: "dropped", field, message: `The generateContent protocol has no field for ${field}.` });
  if (request.logprobs !== undefined && request.logprobs !== false) {
    config["responseLogprobs"] = true;
    if (typeof request.logprobs === "number" && request.logprobs > 0) config["logprobs"] = request.logprobs;
  }
  setOutput(config, call, traits, notes);
  set("thinkingConfig", thinkingConfig(call, traits, options, notes));
  if (traits?.makes === "image") config["responseModalities"] = ["TEXT", "IMAGE"];
  else if (traits?.makes === "audio") config["responseModalities"] = ["AUDIO"];
  return config;
}

/** Structured output: a JSON Schema from Gemini 2.5 on, the OpenAPI subset before. */
function setOutput(config: JsonObject, call: CheckedCall, traits: GeminiTraits | undefined, notes: Note[]): void {
  const { output } = call;
  if (output === undefined || (output.strategy !== "schema" && output.strategy !== "json")) return;
  config["responseMimeType"] = "application/json";
  if (output.strategy === "json" || output.schema === undefined) return;
  const schema = withDescription(output.schema, output.description);
  const field = traits?.jsonSchema === false ? "responseSchema" : "responseJsonSchema";
  config[field] = compileWithNotes(schema, "output", { traits, notes, compiler: schemaCompilerOf(call) });
}

/** The protocol has no field for the output's description, so it goes into the schema. */
function withDescription(schema: JsonObject, description: string | undefined): JsonObject {
  return description === undefined || schema["description"] !== undefined ? schema : { ...schema, description };
}

interface CompileContext {
  traits: GeminiTraits | undefined;
  notes: Note[];
  compiler: SchemaCompiler;
}

/** A schema as the model's generation accepts it. What is lost is noted. */
export function compileWithNotes(schema: JsonObject, field: string, { traits, notes, compiler }: CompileContext): JsonObject {
  const compiled = compiler.compile(schema, traits?.jsonSchema === false ? "gemini-openapi" : "gemini-json-schema");
  for (const loss of compiled.losses) notes.push({ kind: "schema", field: `${field}${loss.pointer}`, message: loss.message });
  return compiled.schema;
}

/** Words of `thinkingLevel`. https://ai.google.dev/api/generate-content#ThinkingLevel */
const LEVELS: readonly string[] = ["minimal", "low", "medium", "high"];

/** The protocol's word for a level. A model whose levels are unknown, such as a tuned one, may be asked for one that the protocol lacks. */
function thinkingLevel(word: string, policy: CheckedCall["policy"], notes: Note[]): string {
  if (LEVELS.includes(word) || policyFor(policy, "reasoning") === "send") return word.toUpperCase();
  const level = effortWord(word, LEVELS) ?? "high";
  notes.push({ kind: "clamped", field: "reasoning", message: `${word} became ${level}: the protocol has ${LEVELS.join(", ")}.` });
  return level.toUpperCase();
}

/** A level from Gemini 3 on, a budget on 2.5. The vendor refuses both together. */
function thinkingConfig(
  { reasoning, policy }: CheckedCall,
  traits: GeminiTraits | undefined,
  options: GenerateContentOptions,
  notes: Note[],
): JsonObject | undefined {
  const wantsThoughts = options.includeThoughts ?? (reasoning !== undefined && reasoning.kind !== "off");
  const includeThoughts = wantsThoughts && traits?.thinking !== "none" ? { includeThoughts: true } : undefined;
  switch (reasoning?.kind) {
    case undefined:
      return includeThoughts;
    case "off":
      // Gemma has no budget; its lowest level switches thinking off.
      return traits?.family === "gemma" ? { thinkingLevel: "MINIMAL" } : { thinkingBudget: 0 };
    case "effort":
      return { ...includeThoughts, thinkingLevel: thinkingLevel(reasoning.word, policy, notes) };
    case "budget":
      return { ...includeThoughts, thinkingBudget: reasoning.tokens };
    case "on":
      // 2.5 Flash-Lite does not think by default. -1 lets the model choose its budget.
      return traits?.thinking === "budget" ? { ...includeThoughts, thinkingBudget: -1 } : { ...includeThoughts };
  }
}
