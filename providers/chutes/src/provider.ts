/** Chutes switches thinking by variables of the chat template (models.ts). The account is at another host of the vendor (operations.ts). */
import { type Capabilities, excerpt, isObject, type LumiverseErrorOptions, type Provider } from "@lumiverse/core/provider";
import { chatProvider, type Dialect } from "@lumiverse/protocols/chat-completions";
import { isKimi, models, thinkingBy } from "./models.ts";
import type { ChutesSettings } from "./settings.ts";
import { version } from "./version.ts";

const dialect: Dialect = {
  systemPlacement: "first", // vLLM and SGLang raise "System message must be at the beginning." for Qwen 3.5 and later
  strict: "omit",
  prefill: "continue",
  reasoning: {
    ...thinkingBy("thinking", "enable_thinking").reasoning, // the variables that the proxy sets for its `:THINKING` suffix
    replay: "tool-turns", // vLLM and SGLang read reasoning_content in the history
  },
  errors: [
    { status: 401, is: "authentication", hint: "Keys begin with cpk_: create one at https://chutes.ai/app/api" },
    {
      status: 402,
      is: "insufficient-balance",
      hint: "No model is free: add balance at https://chutes.ai/app or wait until the quota resets",
    },
    {
      status: 404,
      text: "no matching cord",
      is: "model-not-found",
      hint: "This chute does not serve chat: choose a model that models() lists",
    },
    {
      status: 429,
      text: "under maintenance",
      is: "overloaded",
      retryable: false,
      hint: "Choose another model until the maintenance is over",
    },
    { status: 429, text: "maximum capacity", is: "overloaded", waitMs: 5000, hint: "All instances are busy: wait or choose another model" },
    {
      status: 503,
      text: "no instances available",
      is: "overloaded",
      waitMs: 10_000,
      hint: "The model is not loaded: it may take a minute to start",
    },
  ],
  explainError,
};

const capabilities: Capabilities = {
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
  topK: true, // -1 means all
  frequencyPenalty: [-2, 2],
  presencePenalty: [-2, 2],
  repetitionPenalty: [0.01, 2], // 0 is refused
  stop: true,
  seed: true,
  // minP and logprobs are not stated: the engines accept them, but the model list names neither.
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
export const chutes: Provider<ChutesSettings> = chatProvider<ChutesSettings>({
  id: "chutes",
  name: "Chutes",
  docs: "https://chutes.ai/docs",
  version,
  base: "https://llm.chutes.ai/v1",
  env: "CHUTES_API_KEY",
  keyPage: "https://chutes.ai/app/api",
  settings: () => import("./settings.ts"),
  catalogue: () => import("./catalogue.ts"),
  dialect,
  capabilities,
  models,
  adjust({ call: { settings, request } }) {
    if (settings.preserveThinking !== true || !isKimi(request.model)) return undefined;
    return { dialect: { finishBody: preserveThinking, reasoning: { replay: "always" } } };
  },
  operations: () => import("./operations.ts").then(({ operations }) => operations(dialect)),
});

/** Makes Kimi read the reasoning of all earlier turns. */
function preserveThinking({ body }: { body: Record<string, unknown> }): void {
  const present = body["chat_template_kwargs"];
  body["chat_template_kwargs"] = { ...(isObject(present) ? present : {}), preserve_thinking: true };
}

/** Adds the time of the quota's reset, which stands outside the message. */
function explainError({ error, json }: { error: LumiverseErrorOptions; json: unknown }): void {
  const detail = isObject(json) ? json["detail"] : undefined;
  const resets = isObject(detail) ? detail["quota_reset_timestamp"] : undefined;
  if (typeof resets === "string") error.message += ` (the quota resets at ${excerpt(resets, 40)})`;
}
