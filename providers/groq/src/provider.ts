import {
  type Call,
  defineProvider,
  type Facts,
  isObject,
  type JsonObject,
  type LumiverseError,
  type Provider,
  type Recovery,
} from "@lumiverse/core";
import {
  chatRoute,
  type Dialect,
  type DialectModel,
  modelList,
  modelsCheck,
  openaiStrict,
  tokenPrices,
} from "@lumiverse/protocols/chat-completions";
import { atLeast, versionOf } from "@lumiverse/protocols/families";
import type { GroqSettings } from "./settings.ts";
import { version } from "./version.ts";

const BASE = "https://api.groq.com/openai/v1";

const dialect: Dialect = {
  maxTokens: "max_completion_tokens", // max_tokens is deprecated here
  strictSchemas: openaiStrict,
  reasoning: {
    read: ["reasoning"], // with `channel: "analysis"` on gpt-oss
    // `reasoning_content` and `reasoning_details` in history are refused (400), and on models that don't reason `reasoning` is too.
    replay: "never",
    replayField: "reasoning",
  },
  errors: [
    { code: ["tool_use_failed", "json_validate_failed"], is: "invalid-generation" }, // the model's mistake, told as 400 or in mid-stream
    {
      code: "model_decommissioned",
      is: "model-not-found",
      hint: "Groq has switched this model off; see https://console.groq.com/docs/deprecations",
    },
    {
      status: 413,
      code: "rate_limit_exceeded",
      is: "rate-limit",
      retryable: false,
      hint: "This request alone is larger than the tokens per minute of your plan",
    },
    { status: 498, is: "overloaded", hint: "Flex capacity is used up; try again later or set serviceTier to on_demand" },
    { status: 400, text: ["is not supported with this model", "does not support"], is: "unsupported" },
  ],
  extras(json, emit) {
    const [choice] = Array.isArray(json["choices"]) ? json["choices"] : [];
    const answer = isObject(choice) ? (choice["message"] ?? choice["delta"]) : undefined;
    // What compound models ran themselves: searches, code.
    if (isObject(answer) && Array.isArray(answer["executed_tools"]))
      emit({ type: "details", details: { executedTools: answer["executed_tools"] } });
  },
};

const takes: Facts = {
  "input.image": false,
  "input.audio": false,
  "input.file": false,
  "input.video": false,
  "input.url": true,
  "output.image": false,
  "output.audio": false,
  tools: true,
  "toolChoice.none": true,
  "toolChoice.required": true,
  "toolChoice.named": true,
  parallelToolCalls: true,
  "tools.images": false,
  "output.schema": false, // on listed models only
  "output.json": true,
  reasoning: false,
  maxOutputTokens: true,
  temperature: [0, 2],
  topP: [0, 1],
  topK: false,
  minP: false,
  frequencyPenalty: false, // documented as unsupported
  presencePenalty: false,
  repetitionPenalty: false,
  stop: [0, 4],
  seed: true,
  logprobs: false, // 400
  "cache.explicit": false,
  "cache.automatic": false,
  "cache.implicit": true,
  streaming: true,
  webSearch: false,
  countTokens: false,
  models: true,
  account: false,
};

const qwen =
  (minimum: readonly number[]) =>
  (id: string): boolean => {
    const found = versionOf(id, /^qwen\/qwen-?(\d+)(?:\.(\d+))?(?!\d)/);
    return found !== undefined && atLeast(found, minimum);
  };

const models: readonly DialectModel[] = [
  {
    match: "openai/gpt-oss-*",
    takes: {
      reasoning: ["low", "medium", "high"],
      "reasoning.off": false,
      "reasoning.budget": false,
      "reasoning.visible": true,
      "output.schema": true,
    },
  },
  {
    match: qwen([3]),
    takes: { reasoning: ["default"], "reasoning.off": true, "reasoning.budget": false, "reasoning.visible": true },
    // The default, `raw`, leaves <think> in the content, and is refused with tools and JSON mode.
    dialect: { defaults: { reasoning_format: "parsed" } },
  },
  { match: qwen([3, 6]), takes: { "input.image": true } },
  { match: ["meta-llama/llama-4-*"], takes: { "input.image": true, "output.schema": true } },
  { match: "groq/compound*", takes: { tools: false, webSearch: true, "output.schema": false } }, // runs its own tools, takes none
];

/** Groq: https://console.groq.com/docs/api-reference */
export const groq: Provider<GroqSettings> = defineProvider<GroqSettings>({
  id: "groq",
  name: "Groq",
  docs: "https://console.groq.com/docs/api-reference",
  version,
  contract: 1,
  credential: { kind: "api-key", required: true, env: "GROQ_API_KEY", page: "https://console.groq.com/keys" },
  base: BASE,
  settings: () => import("./settings.ts").then((module) => module.settings),
  catalogue: () => import("./catalogue.ts").then((module) => module.catalogue),
  evidence: () => import("./evidence.ts").then((module) => module.evidence),
  route: chatRoute<GroqSettings>({ base: BASE, dialect, takes, models, adjust }),
  operations: {
    check: modelsCheck(dialect), // the list wants the key
    models: modelList({
      keep: isChatModel,
      takes: factsOf,
      refine(info, entry) {
        const price = tokenPrices(entry["pricing"]);
        if (price !== undefined) info.price = price;
      },
    }),
  },
  recover,
});

function adjust(call: Call<GroqSettings>, facts: Facts): { dialect: Dialect } {
  const { serviceTier, replayReasoning } = call.settings;
  return {
    dialect: {
      ...(serviceTier === undefined ? {} : { defaults: { service_tier: serviceTier } }),
      ...(replayReasoning === true && facts.reasoning !== false ? { reasoning: { replay: "always" } } : {}),
    },
  };
}

/** Speech, transcription and guard models stand in the same list. */
function isChatModel(entry: JsonObject): boolean {
  const { active, input_modalities: input, output_modalities: output, id } = entry;
  if (active === false || /whisper|-tts|prompt-guard/.test(String(id))) return false;
  return (!Array.isArray(output) || output.includes("text")) && (!Array.isArray(input) || input.includes("text"));
}

function factsOf(entry: JsonObject): Facts | undefined {
  const { supported_features: features, input_modalities: input } = entry;
  if (!Array.isArray(features)) return undefined;
  return {
    tools: features.includes("tools"),
    "output.json": features.includes("json_mode"),
    "output.schema": features.includes("structured_outputs"),
    ...(Array.isArray(input) ? { "input.image": input.includes("image") } : {}),
  };
}

/** A tool call that Groq could not read is the model's mistake: once more, with its own text and what was wrong with it. */
function recover(error: LumiverseError, call: Call<GroqSettings>): Recovery<GroqSettings> | undefined {
  if (error.code !== "invalid-generation" || call.without.has("failed-generation")) return undefined;
  const said = error.generation ?? "";
  const request = {
    ...call.request,
    messages: [
      ...call.request.messages,
      ...(said.trim() === "" ? [] : [{ role: "assistant" as const, content: said }]),
      { role: "user" as const, content: `That was refused: ${error.message}. Answer again, in the form that was asked for.` },
    ],
  };
  return {
    call: { ...call, request, without: new Set([...call.without, "failed-generation"]) },
    note: {
      kind: "recovered",
      field: "messages",
      message: "the model's tool call or JSON was malformed; it was asked once more with the error",
    },
  };
}
