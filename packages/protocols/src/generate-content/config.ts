import type { CheckedCall, JsonObject, Note, ResolvedReasoning } from "@lumiverse/core";
import type { GeminiTraits } from "../families/gemini.ts";
import { compileSchema } from "../schema.ts";
import type { WireOptions } from "./host.ts";

/** Sampling, limits, thinking and the shape of the answer. */
export function renderConfig(call: CheckedCall, traits: GeminiTraits | undefined, options: WireOptions, notes: Note[]): JsonObject {
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
  set("seed", request.seed);
  set("presencePenalty", request.presencePenalty);
  set("frequencyPenalty", request.frequencyPenalty);
  for (const field of ["minP", "repetitionPenalty"] as const)
    if (request[field] !== undefined) notes.push({ kind: "dropped", field, message: `this wire has no field for ${field}` });
  if (request.logprobs !== undefined && request.logprobs !== false) {
    config["responseLogprobs"] = true;
    if (typeof request.logprobs === "number" && request.logprobs > 0) config["logprobs"] = request.logprobs;
  }
  renderOutput(call, traits, config, notes);
  set("thinkingConfig", renderThinking(call.reasoning, traits, options));
  if (traits?.makes === "image") config["responseModalities"] = ["TEXT", "IMAGE"];
  else if (traits?.makes === "audio") config["responseModalities"] = ["AUDIO"];
  return config;
}

/** The output's schema: as JSON Schema from 2.5 on, in the OpenAPI subset before. */
function renderOutput({ output }: CheckedCall, traits: GeminiTraits | undefined, config: JsonObject, notes: Note[]): void {
  if (output === undefined || (output.strategy !== "schema" && output.strategy !== "json")) return;
  config["responseMimeType"] = "application/json";
  if (output.strategy === "json" || output.schema === undefined) return;
  config[traits?.jsonSchema === false ? "responseSchema" : "responseJsonSchema"] = compiled(
    described(output.schema, output.description),
    traits,
    "output",
    notes,
  );
}

/** The wire has no place for a description beside the schema. */
function described(schema: JsonObject, description: string | undefined): JsonObject {
  return description === undefined || schema["description"] !== undefined ? schema : { ...schema, description };
}

/** A schema as this model's generation takes it, its losses noted. */
export function compiled(schema: JsonObject, traits: GeminiTraits | undefined, field: string, notes: Note[]): JsonObject {
  const result = compileSchema(schema, traits?.jsonSchema === false ? "gemini-openapi" : "gemini-json-schema");
  for (const loss of result.losses) notes.push({ kind: "schema", field: `${field}${loss.pointer}`, message: loss.message });
  return result.schema;
}

/** A level from 3 on, a budget on 2.5: both together are refused. */
function renderThinking(
  reasoning: ResolvedReasoning | undefined,
  traits: GeminiTraits | undefined,
  options: WireOptions,
): JsonObject | undefined {
  const thinks = traits?.thinking !== "none";
  const shown = options.includeThoughts ?? (reasoning !== undefined && reasoning.kind !== "off");
  const includeThoughts = shown && thinks ? { includeThoughts: true } : {};
  switch (reasoning?.kind) {
    case undefined:
      return shown && thinks ? includeThoughts : undefined;
    case "off":
      // Gemma's word for off.
      return traits?.family === "gemma" ? { thinkingLevel: "MINIMAL" } : { thinkingBudget: 0 };
    case "effort":
      return { ...includeThoughts, thinkingLevel: reasoning.word.toUpperCase() };
    case "budget":
      return { ...includeThoughts, thinkingBudget: reasoning.tokens };
    case "on":
      // 2.5 Flash-Lite thinks only when told to; -1 leaves it to the model how long.
      return traits?.thinking === "budget" ? { ...includeThoughts, thinkingBudget: -1 } : includeThoughts;
  }
}
