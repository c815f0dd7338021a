import type { Facts } from "@lumiverse/core";
import { type Dialect, type DialectModel, openaiStrict } from "@lumiverse/protocols/chat-completions";

/** The older host: it serves calls without a key, one small model, and no others. */
export const OLDER: URL = new URL("https://text.pollinations.ai/openai");

const NOTICE = {
  is: "authentication",
  message: "the older host answered with a notice in place of a text: it serves calls without a key alone",
  hint: "Calls with a key go to https://gen.pollinations.ai/v1: leave baseURL away, or do without the key",
} as const;

/** What both hosts have in common. */
export const dialect: Dialect = {
  strictSchemas: openaiStrict,
  // Written as the answer to calls with a key, in HTTP 200 (xtekky/gpt4free#3392, aandrew-me/tgpt#407); both wordings were seen.
  failureTexts: [
    { startsWith: "⚠️ **IMPORTANT NOTICE**", ...NOTICE },
    { startsWith: "NOTE: The Pollinations legacy text API", ...NOTICE },
  ],
  errors: [
    {
      status: 402, // the protocol x402: it looks like a bill, and is a queue (pollinations/pollinations#11603)
      text: "queue full",
      is: "rate-limit",
      retryable: true,
      waitMs: 3000, // it names no time, and its place is free again after a few seconds
      hint: "Without a key one call at a time is served for each IP address; a key lifts that",
    },
    {
      status: [402, 404],
      text: ["tier not high enough", "this is our legacy api"],
      is: "model-not-found",
      hint: 'Without a key there is "openai-fast" alone; other models want a key of https://enter.pollinations.ai',
    },
    { status: 402, is: "insufficient-balance", hint: "No pollen is left, or the key's budget is spent: see https://enter.pollinations.ai" },
    {
      status: 403,
      is: "permission",
      hint: "This key may not use that model or page: its permissions are set at https://enter.pollinations.ai",
    },
    {
      status: 401,
      is: "authentication",
      hint: "Keys of auth.pollinations.ai ended in December 2025; get one at https://enter.pollinations.ai",
    },
    { status: 400, text: ["does not support tools", "tools are not supported"], is: "unsupported" },
  ],
};

export const anonymous: Facts = {
  "input.image": false,
  "input.audio": false,
  "input.file": false,
  "input.video": false,
  "output.image": false,
  "output.audio": false,
  parallelToolCalls: false,
  "output.schema": false,
  "output.json": true,
  reasoning: false, // gpt-oss reasons as it does: there is no field for it
  maxOutputTokens: true,
  temperature: [0, 3],
  topP: [0, 1],
  topK: false,
  minP: false,
  frequencyPenalty: false,
  presencePenalty: false,
  repetitionPenalty: false,
  stop: false,
  seed: true, // without another one the same request may get the same text from a cache
  logprobs: false,
  "cache.explicit": false,
  "cache.automatic": false,
  streaming: true,
  sources: false,
  webSearch: false,
};

export const gateway: Facts = {
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

/** Names are aliases whose models change without notice, so little is said of them. */
export const models: readonly DialectModel[] = [
  { match: ["perplexity*", "gemini-search*"], takes: { tools: false, webSearch: true, sources: true } },
  {
    match: "openai-audio*", // 400 without these fields
    takes: { "input.audio": true, "output.audio": true },
    dialect: {
      finishBody(body, call) {
        const { voice } = call.settings as { voice?: string }; // the provider's own settings
        body["modalities"] = ["text", "audio"];
        body["audio"] = { voice: voice ?? "alloy", format: call.streaming ? "pcm16" : "wav" };
      },
    },
  },
];
