/** Code beside data: thinking is switched in the chat template (models.ts), and three pages tell of the account (account.ts). */
import { defineProvider, type ErrorFacts, type Facts, isObject, type JsonObject, type Price, type Provider } from "@lumiverse/core";
import { chatRoute, type Dialect, modelList } from "@lumiverse/protocols/chat-completions";
import { account, keyCheck } from "./account.ts";
import { kimi, models, thinkingBy } from "./models.ts";
import type { ChutesSettings } from "./settings.ts";
import { version } from "./version.ts";

const BASE = "https://llm.chutes.ai/v1";

const dialect: Dialect = {
  systemPlace: "first", // vLLM and SGLang raise "System message must be at the beginning." for Qwen 3.5 and later
  strict: "omit",
  prefill: "continue",
  reasoning: {
    ...thinkingBy("thinking", "enable_thinking").reasoning, // what the proxy itself sets for its `:THINKING` suffix
    read: ["reasoning_content", "reasoning"], // both at once, with the same text
    replay: "tool-turns", // vLLM and SGLang read reasoning_content in the history
  },
  errors: [
    { status: 401, is: "authentication", hint: "Keys begin with cpk_; make one at https://chutes.ai/app/api" },
    { status: 402, is: "insufficient-balance", hint: "Nothing is free here: add balance at https://chutes.ai/app, or wait for the quota" },
    { status: 404, text: "no matching cord", is: "model-not-found", hint: "This chute serves no chats; models() lists those that do" },
    { status: 429, text: "under maintenance", is: "overloaded", retryable: false, hint: "Choose another model for now" },
    { status: 429, text: "maximum capacity", is: "overloaded", waitMs: 5000, hint: "All instances are busy; another model may be free" },
    {
      status: 503,
      text: "no instances available",
      is: "overloaded",
      waitMs: 10_000,
      hint: "The model is cold: it may take a minute to start",
    },
  ],
  explainError,
};

const takes: Facts = {
  "input.audio": false,
  "input.file": false,
  "output.image": false,
  "output.audio": false,
  tools: true,
  "tools.strict": false,
  "tools.images": false,
  "output.schema": true,
  "output.json": true,
  reasoning: true,
  "reasoning.off": true,
  "reasoning.budget": false,
  "reasoning.visible": true,
  maxOutputTokens: true,
  temperature: [0, 2],
  topP: [0, 1],
  topK: true, // -1 is all
  frequencyPenalty: [-2, 2],
  presencePenalty: [-2, 2],
  repetitionPenalty: [0.01, 2], // 0 is refused
  stop: true,
  seed: true,
  // The engines take minP and logprobs too; the list of models names neither.
  "cache.explicit": false,
  "cache.automatic": false,
  "cache.implicit": true,
  streaming: true,
  sources: false,
  webSearch: false,
  countTokens: false,
  models: true,
  account: true,
};

/** Chutes: https://chutes.ai/docs */
export const chutes: Provider<ChutesSettings> = defineProvider<ChutesSettings>({
  id: "chutes",
  name: "Chutes",
  docs: "https://chutes.ai/docs",
  version,
  contract: 1,
  credential: { kind: "api-key", required: true, env: "CHUTES_API_KEY", page: "https://chutes.ai/app/api" },
  base: BASE,
  settings: () => import("./settings.ts").then((module) => module.settings),
  catalogue: () => import("./catalogue.ts").then((module) => module.catalogue),
  evidence: () => import("./evidence.ts").then((module) => module.evidence),
  route: chatRoute<ChutesSettings>({
    base: BASE,
    dialect,
    takes,
    models,
    adjust({ settings, request }) {
      if (settings.preserveThinking !== true || !kimi(request.model)) return undefined;
      return { dialect: { finishBody: preserve, reasoning: { replay: "always" } } };
    },
  }),
  operations: {
    check: keyCheck(dialect),
    models: modelList({
      maxOutput: ["max_output_length"],
      keep: ({ input_modalities: input, output_modalities: output }) => texts(input) && texts(output),
      takes: factsOf,
      refine(info, { pricing }) {
        const price = priceOf(pricing);
        if (price !== undefined) info.price = price;
      },
    }),
    account: account(dialect),
  },
});

function preserve(body: Record<string, unknown>): void {
  const present = body["chat_template_kwargs"];
  body["chat_template_kwargs"] = { ...(isObject(present) ? present : {}), preserve_thinking: true };
}

function explainError(facts: ErrorFacts, json: unknown): void {
  const detail = isObject(json) ? json["detail"] : undefined;
  const resets = isObject(detail) ? detail["quota_reset_timestamp"] : undefined;
  if (typeof resets === "string") facts.message += ` (the quota resets at ${resets.slice(0, 40)})`;
}

/** A list that is absent says nothing. */
function texts(modalities: unknown): boolean {
  return !Array.isArray(modalities) || modalities.includes("text");
}

const FEATURES = { tools: "tools", "output.schema": "structured_outputs", "output.json": "json_mode" } as const;
const SAMPLING = {
  temperature: "temperature",
  topP: "top_p",
  topK: "top_k",
  frequencyPenalty: "frequency_penalty",
  presencePenalty: "presence_penalty",
  repetitionPenalty: "repetition_penalty",
  stop: "stop",
  seed: "seed",
} as const;

function factsOf(entry: JsonObject): Facts | undefined {
  const { input_modalities: input, supported_features: features, supported_sampling_parameters: sampling } = entry;
  const facts: Record<string, boolean> = {};
  if (Array.isArray(input)) for (const kind of ["image", "video", "audio"]) facts[`input.${kind}`] = input.includes(kind);
  if (Array.isArray(features)) {
    for (const [capability, word] of Object.entries(FEATURES)) facts[capability] = features.includes(word);
    if (!features.includes("reasoning")) facts["reasoning"] = false;
  }
  // What is not named may be taken all the same: the list is the same for every model.
  if (Array.isArray(sampling))
    for (const [capability, word] of Object.entries(SAMPLING)) if (sampling.includes(word)) facts[capability] = true;
  return Object.keys(facts).length === 0 ? undefined : facts;
}

/** USD per million already; the digits are rounded, since the vendor's are the noise of a division. */
function priceOf(pricing: unknown): Price | undefined {
  if (!isObject(pricing)) return undefined;
  const { prompt: input, completion: output, input_cache_read: read } = pricing;
  if (typeof input !== "number") return undefined;
  const price: Price = { input: round(input), currency: "USD" };
  if (typeof output === "number") price.output = round(output);
  if (typeof read === "number") price.cacheRead = round(read);
  return price;
}
function round(amount: number): number {
  return Number(amount.toPrecision(10));
}
