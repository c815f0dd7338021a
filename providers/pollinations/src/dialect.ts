import type { Capabilities } from "@lumiverse/core/provider";
import { type Dialect, type DialectModel, openaiStrict } from "@lumiverse/protocols/chat-completions";

/** The older host. It serves one small model, and only calls without a key. */
export const ANONYMOUS_BASE: URL = new URL("https://text.pollinations.ai/openai");

const NOTICE = {
  is: "authentication",
  message: "the older host answered with a notice instead of a text, because it serves only calls without a key",
  hint: "Use https://gen.pollinations.ai/v1 for calls with a key: remove baseURL, or remove the key",
} as const;

/** The dialect of both hosts. */
export const dialect: Dialect = {
  compileStrictSchema: openaiStrict,
  audioFormats: ["wav", "mp3"], // the formats of OpenAI, whose API the host repeats; no others are documented
  // The older host answers calls with a key with one of these two texts at HTTP 200 (xtekky/gpt4free#3392, aandrew-me/tgpt#407).
  failureTexts: [
    { startsWith: "⚠️ **IMPORTANT NOTICE**", ...NOTICE },
    { startsWith: "NOTE: The Pollinations legacy text API", ...NOTICE },
  ],
  errors: [
    {
      status: 402, // the body is a payment request of the protocol x402 and means a full queue (pollinations/pollinations#11603)
      text: "queue full",
      is: "rate-limit",
      retryable: true,
      waitMs: 3000, // the answer states no time; the queue is free again after a few seconds
      hint: "Without a key, the host serves one call at a time per IP address: wait, or use a key",
    },
    {
      status: [402, 404],
      text: ["tier not high enough", "this is our legacy api"],
      is: "model-not-found",
      hint: 'Without a key only "openai-fast" is available: create a key at https://enter.pollinations.ai for other models',
    },
    {
      status: 402,
      is: "insufficient-balance",
      hint: "The account has no pollen left, or the budget of the key is spent: see https://enter.pollinations.ai",
    },
    {
      status: 403,
      is: "permission",
      hint: "The key has no permission for this model or page: change its permissions at https://enter.pollinations.ai",
    },
    {
      status: 401,
      is: "authentication",
      hint: "Keys of auth.pollinations.ai expired in December 2025: create a key at https://enter.pollinations.ai",
    },
    { status: 400, text: ["does not support tools", "tools are not supported"], is: "unsupported" },
  ],
};

/** Calls without a key. */
export const anonymous: Capabilities = {
  "input.image": false,
  "input.audio": false,
  "input.file": false,
  "input.video": false,
  "output.image": false,
  "output.audio": false,
  parallelToolCalls: false,
  "output.schema": false,
  "output.json": true,
  reasoning: false, // gpt-oss reasons, and the host has no field to control it
  maxOutputTokens: true,
  temperature: [0, 3],
  topP: [0, 1],
  topK: false,
  minP: false,
  frequencyPenalty: false,
  presencePenalty: false,
  repetitionPenalty: false,
  stop: false,
  seed: true, // a cache may answer an identical request with the same seed
  logprobs: false,
  "cache.explicit": false,
  "cache.automatic": false,
  streaming: true,
  sources: false,
  webSearch: false,
};

/** Calls with a key. */
export const gateway: Capabilities = {
  "input.file": false,
  "output.image": false,
  "output.audio": false,
  tools: true,
  "output.schema": true,
  "output.json": true,
  maxOutputTokens: true,
  temperature: true,
  topP: true,
  stop: true,
  seed: true,
  "cache.explicit": false,
  "cache.automatic": false,
  streaming: true,
};

/** Names are aliases, and the vendor changes their models without notice, so only stable capabilities are stated. */
export const models: readonly DialectModel[] = [
  { match: "openai*", dialect: { schemaVendor: "openai" } }, // aliases of GPT models, whose names do not say so
  { match: ["perplexity*", "gemini-search*"], capabilities: { tools: false, webSearch: true, sources: true } },
  {
    match: "openai-audio*", // the host answers 400 without modalities and audio (fixtures/audio)
    capabilities: { "input.audio": true, "output.audio": true },
    dialect: {
      finishBody({ body, call }) {
        const { voice } = call.settings as { voice?: string }; // core passes the settings that this provider's schema parsed
        body["modalities"] = ["text", "audio"];
        body["audio"] = { voice: voice ?? "alloy", format: call.streaming ? "pcm16" : "wav" };
      },
    },
  },
];
