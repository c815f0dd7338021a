import { defineProvider, type Facts, factsFor, isObject, type JsonObject, type ModelFacts, type Provider } from "@lumiverse/core";
import { chatRoute, type Dialect, modelList, modelsCheck, openaiStrict } from "@lumiverse/protocols/chat-completions";
import { mistral as family } from "@lumiverse/protocols/families";
import type { MistralSettings } from "./settings.ts";
import { version } from "./version.ts";

const BASE = "https://api.mistral.ai/v1";

/** A closed schema: a field that is not of it is a 422 (`extra_forbidden`), so nothing is sent but what is named here. */
const dialect: Dialect = {
  ...family.messages, // ids of nine letters and digits, and no user turn directly after a tool's
  names: { seed: "random_seed" },
  streamOptions: false, // 422; usage comes on the last chunk unasked
  required: "any",
  prefill: "prefix",
  prefillEchoed: true, // the answer begins with the prefix
  toolTurnContent: "empty", // as the vendor writes its own turns
  files: "document_url",
  strictSchemas: openaiStrict,
  reasoning: { tags: "none", replay: "always", replayField: "content" }, // thinking chunks go back as they came
  errors: [
    { code: "invalid_model", is: "model-not-found" },
    {
      text: "extra inputs are not permitted",
      is: "invalid-request",
      hint: "Mistral refuses every field that it does not know: take it out of parameters",
    },
    { text: "are not enabled for this model", is: "unsupported" },
    { text: "tier capacity exceeded", is: "overloaded", hint: "The model has no capacity left at the moment; another one may" }, // 429 and 503
    {
      code: ["invalid_request_message_order", "3230"],
      is: "invalid-request",
      hint: "The conversation must end with a user or tool turn, or with a prefill",
    },
  ],
};

const takes: Facts = {
  "input.image": "unknown",
  "input.audio": false,
  "input.file": true, // read by the vendor's OCR before the model
  "input.video": false,
  "input.url": true,
  "output.image": false,
  "output.audio": false,
  tools: true,
  "toolChoice.none": true,
  "toolChoice.required": true,
  "toolChoice.named": true,
  parallelToolCalls: true,
  "tools.strict": true,
  "tools.images": false, // they go into a user turn behind the results
  "output.schema": true,
  "output.json": true,
  "output.tools": true,
  reasoning: "unknown",
  "reasoning.budget": false,
  maxOutputTokens: true,
  temperature: [0, 1.5],
  topP: [0, 1],
  topK: false,
  minP: false,
  frequencyPenalty: [-2, 2],
  presencePenalty: [-2, 2],
  repetitionPenalty: false,
  stop: true,
  seed: true,
  logprobs: false, // 400 "Logprobs are not enabled for this model"
  prefill: true,
  "cache.explicit": false,
  "cache.automatic": false,
  "cache.implicit": true,
  streaming: true,
  webSearch: false, // on the Conversations API alone
  countTokens: false,
  models: true,
  account: false,
};

const THINKS: Facts = { reasoning: ["high"], "reasoning.off": true, "reasoning.visible": true };

/** Beyond what the family knows of dated and numbered ids: where `latest` pointed in the list of July 2026, and models of others. */
const models: readonly ModelFacts[] = [
  { match: ["mistral-small-latest", "mistral-vibe-cli-fast", "magistral-small*"], takes: { "input.image": true, ...THINKS } }, // mistral-small-2603
  // mistral-medium-latest was 3.5 in that list and 3.1 by users' reports of August: nothing is said of its reasoning.
  { match: ["mistral-medium-latest", "mistral-large-latest", "ministral-*-latest"], takes: { "input.image": true } },
  {
    match: ["glm-*", "zai-glm-*"],
    takes: { "input.image": false, reasoning: ["high", "max"], "reasoning.off": "unknown", "reasoning.visible": true },
  },
];

/** Mistral: https://docs.mistral.ai/api */
export const mistral: Provider<MistralSettings> = defineProvider<MistralSettings>({
  id: "mistral",
  name: "Mistral",
  docs: "https://docs.mistral.ai/api",
  version,
  contract: 1,
  credential: { kind: "api-key", required: true, env: "MISTRAL_API_KEY", page: "https://console.mistral.ai/api-keys" },
  base: BASE,
  settings: () => import("./settings.ts").then((module) => module.settings),
  catalogue: () => import("./catalogue.ts").then((module) => module.catalogue),
  evidence: () => import("./evidence.ts").then((module) => module.evidence),
  route: chatRoute<MistralSettings>({
    base: BASE,
    dialect,
    takes,
    headers: ({ settings: { affinity } }) => (affinity === undefined ? {} : { "x-affinity": affinity }),
    adjust({ request: { model }, settings: { safePrompt, promptCacheKey } }) {
      const defaults = {
        ...(safePrompt === undefined ? {} : { safe_prompt: safePrompt }),
        ...(promptCacheKey === undefined ? {} : { prompt_cache_key: promptCacheKey }),
      };
      return { dialect: { defaults }, takes: factsFor(family.facts(model), models, model) };
    },
  }),
  operations: {
    check: modelsCheck(dialect), // the list wants the key
    models: modelList({
      keep: isChatModel,
      takes: factsOf,
      refine(info, entry) {
        if (typeof entry["deprecation"] === "string") info.state = "deprecated";
      },
    }),
  },
});

/** The list names a model once for each alias, and holds what embeds, reads and moderates as well. */
function isChatModel({ id, name, aliases, capabilities }: JsonObject): boolean {
  if (isObject(capabilities) && capabilities["completion_chat"] !== true) return false;
  return name === id || !Array.isArray(aliases) || !aliases.includes(name);
}

function factsOf({ id, capabilities }: JsonObject): Facts | undefined {
  if (!isObject(capabilities)) return undefined;
  const levels = factsFor(THINKS, models, String(id)).reasoning ?? true;
  return {
    tools: capabilities["function_calling"] === true,
    "input.image": capabilities["vision"] === true,
    "input.audio": capabilities["audio"] === true,
    reasoning: capabilities["reasoning"] === true ? levels : false,
  };
}
