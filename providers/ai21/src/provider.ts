import { defineProvider, type Facts, type Provider } from "@lumiverse/core";
import { chatCheck, chatRoute, type Dialect } from "@lumiverse/protocols/chat-completions";
import type { Ai21Settings } from "./settings.ts";
import { version } from "./version.ts";

const BASE = "https://api.ai21.com/studio/v1";

const dialect: Dialect = {
  systemPlace: "first",
  alternation: "merge",
  content: "string", // lists of parts are refused
  streamOptions: false, // no field here; usage comes on the last chunk
  strict: "omit",
  reasoning: { read: [], tags: "none", replay: "never" },
  errors: [
    { text: "missing authentication", is: "authentication" }, // told as 400 on some paths
    { status: 403, is: "authentication" },
    {
      status: 422,
      text: "not supported",
      is: "model-not-found",
      hint: "Models are listed at https://docs.ai21.com/docs/jamba-foundation-models",
    },
    { status: 422, text: ["too long", "maximum length"], is: "context-overflow" },
    { status: 424, is: "server" },
  ],
  finishBody(body) {
    delete body["tool_choice"]; // no such field: `auto`, which alone gets here, is what happens
  },
};

const takes: Facts = {
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
  topK: false, // unknown fields are a 422
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
  models: false, // /models answers 200 with an empty list, with any key and without
  account: false,
};

/** AI21: https://docs.ai21.com/reference/jamba-1-6-api-ref */
export const ai21: Provider<Ai21Settings> = defineProvider<Ai21Settings>({
  id: "ai21",
  name: "AI21",
  docs: "https://docs.ai21.com/reference/jamba-1-6-api-ref",
  version,
  contract: 1,
  credential: { kind: "api-key", required: true, env: "AI21_API_KEY", page: "https://studio.ai21.com/account/api-key" },
  base: BASE,
  settings: () => import("./settings.ts").then((module) => module.settings),
  catalogue: () => import("./catalogue.ts").then((module) => module.catalogue),
  evidence: () => import("./evidence.ts").then((module) => module.evidence),
  route: chatRoute<Ai21Settings>({
    base: BASE,
    dialect,
    takes,
    streaming: "no-tools", // the documentation wants stream to be false beside tools
  }),
  operations: { check: chatCheck(dialect, "jamba-mini") }, // nothing free proves a key
});
