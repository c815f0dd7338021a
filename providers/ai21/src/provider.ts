import type { Capabilities, Provider } from "@lumiverse/core/provider";
import { chatProvider, type Dialect } from "@lumiverse/protocols/chat-completions";
import type { Ai21Settings } from "./settings.ts";
import { version } from "./version.ts";

const dialect: Dialect = {
  systemPlacement: "first",
  alternation: "merge",
  content: "string", // lists of parts are refused
  streamOptions: false, // the API has no such field, and the last chunk contains the usage
  strict: "omit",
  reasoning: { tags: "none", replay: "never" },
  errors: [
    { text: "missing authentication", is: "authentication" }, // 400 on some paths
    { status: 403, text: "quota exceeded", is: "insufficient-balance" },
    { status: 403, is: "authentication" },
    {
      status: 422,
      text: "not supported",
      is: "model-not-found",
      hint: "Choose a model from https://docs.ai21.com/docs/jamba-foundation-models",
    },
    { status: 422, text: ["too long", "maximum length"], is: "context-overflow" },
    { status: 424, is: "server" },
  ],
  finishBody({ body }) {
    if (body["tool_choice"] === "auto") delete body["tool_choice"]; // the API has no such field and always behaves like `auto`
  },
};

const capabilities: Capabilities = {
  "input.image": false,
  "input.audio": false,
  "input.file": false,
  "input.video": false,
  "output.image": false,
  "output.audio": false,
  tools: true,
  "toolChoice.none": false,
  "toolChoice.required": false,
  "toolChoice.named": false,
  parallelToolCalls: false,
  "tools.strict": false,
  "tools.images": false,
  "output.schema": false,
  "output.json": true,
  "output.tools": "unknown",
  reasoning: false,
  maxOutputTokens: [1, 4096],
  temperature: [0, 2],
  topP: [0, 1],
  topK: false, // unknown fields are refused with 422
  minP: false,
  frequencyPenalty: false,
  presencePenalty: false,
  repetitionPenalty: false,
  stop: true,
  seed: false,
  logprobs: false,
  prefill: false,
  "cache.explicit": false,
  "cache.automatic": false,
  streaming: true,
  sources: false,
  webSearch: false,
  countTokens: false,
  models: false,
  account: false,
};

/** AI21: https://docs.ai21.com/reference/jamba-1-6-api-ref */
export const ai21: Provider<Ai21Settings> = chatProvider<Ai21Settings>({
  id: "ai21",
  name: "AI21",
  docs: "https://docs.ai21.com/reference/jamba-1-6-api-ref",
  version,
  base: "https://api.ai21.com/studio/v1",
  env: "AI21_API_KEY",
  keyPage: "https://studio.ai21.com/account/api-key",
  settings: () => import("./settings.ts"),
  catalogue: () => import("./catalogue.ts"),
  dialect,
  capabilities,
  streaming: "no-tools", // the documentation requires stream to be false together with tools
  check: { model: "jamba-mini" }, // nothing free proves a key
  modelList: "none", // /models answers 200 with an empty list, with any key and without one
});
