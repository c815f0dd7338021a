import {
  type Capabilities,
  type CheckedCall,
  capabilitiesFor,
  isObject,
  type JsonObject,
  type ModelCapabilities,
  type Note,
  type Provider,
  policyFor,
  wordOf,
} from "@lumiverse/core/provider";
import {
  atMostTools,
  chatProvider,
  type Dialect,
  dropReasoning,
  mistralTemplate,
  openaiStrict,
} from "@lumiverse/protocols/chat-completions";
import { mistral as family } from "@lumiverse/protocols/families";
import type { MistralSettings } from "./settings.ts";
import { version } from "./version.ts";

/**
 * The words of `reasoning_effort` besides `none`. The model behind a `latest` id changes, so its levels are not stated as a capability, but the vendor refuses other
 * words on every model.
 */
function fitEffort({ body, call, notes }: { body: JsonObject; call: CheckedCall; notes: Note[] }): void {
  const { reasoning_effort: word } = body;
  if (typeof word !== "string" || policyFor(call.policy, "reasoning") === "send") return;
  if (word === "none" || word === "high" || (word === "max" && /^(?:zai-)?glm-/.test(call.request.model))) return;
  body["reasoning_effort"] = "high";
  notes.push({ kind: "clamped", field: "reasoning", message: `${word} became high: the vendor accepts high or off.` });
}

/** Mistral refuses unknown fields with 422 (`extra_forbidden`), so only documented fields are sent. */
const dialect: Dialect = {
  ...mistralTemplate, // it requires tool-call ids of nine letters and digits, and no user turn directly after a tool result
  names: { seed: "random_seed" },
  streamOptions: false, // 422; the last chunk contains usage anyway
  requiredToolChoice: "any",
  prefill: "prefix",
  prefillEchoed: true, // the answer begins with the prefix
  toolTurnContent: "empty", // as the vendor sends its own turns
  files: "document_url",
  compileStrictSchema: openaiStrict,
  reasoning: { tags: "none", replay: "always", replayField: "content" }, // thinking chunks are sent back unchanged
  finishBody: fitEffort,
  errors: [
    { code: "invalid_model", is: "model-not-found" },
    {
      text: "extra inputs are not permitted",
      is: "invalid-request",
      hint: "Mistral refuses every unknown field: remove it from parameters",
    },
    { text: "are not enabled for this model", is: "unsupported" },
    { text: "tier capacity exceeded", is: "overloaded", hint: "The model has no capacity left: try again later or choose another model" }, // 429 and 503
    {
      code: ["invalid_request_message_order", "3230"],
      is: "invalid-request",
      hint: "The conversation must end with a user or tool turn, or with a prefill",
    },
  ],
};

const capabilities: Capabilities = {
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
  "tools.images": false, // images of a tool result are sent in a user turn after the results
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
  webSearch: false, // on the Conversations API only
  countTokens: false,
  models: true,
  account: false,
};

const THINKS: Capabilities = { reasoning: ["high"], "reasoning.off": true, "reasoning.visible": true };

/** Models that the family does not describe by id: those that `latest` ids pointed to in the list of July 2026, and models of other vendors. */
const models: readonly ModelCapabilities[] = [
  { match: ["mistral-small-latest", "mistral-vibe-cli-fast", "magistral-small*"], capabilities: { "input.image": true, ...THINKS } }, // mistral-small-2603
  // mistral-medium-latest was 3.5 in that list and 3.1 according to users in August, so its reasoning is not stated.
  { match: ["mistral-medium-latest", "mistral-large-latest", "ministral-*-latest"], capabilities: { "input.image": true } },
  {
    match: ["glm-*", "zai-glm-*"],
    capabilities: { "input.image": false, reasoning: ["high", "max"], "reasoning.off": "unknown", "reasoning.visible": true },
  },
];

/** Mistral: https://docs.mistral.ai/api */
export const mistral: Provider<MistralSettings> = chatProvider<MistralSettings>({
  id: "mistral",
  name: "Mistral",
  docs: "https://docs.mistral.ai/api",
  version,
  base: "https://api.mistral.ai/v1",
  env: "MISTRAL_API_KEY",
  keyPage: "https://console.mistral.ai/api-keys",
  settings: () => import("./settings.ts"),
  catalogue: () => import("./catalogue.ts"),
  dialect,
  capabilities,
  rules: [
    ...family.hostRules,
    atMostTools(128),
    {
      field: "seed",
      when: ({ seed }) => seed !== undefined && seed < 0,
      then: "drop",
      because: "The vendor accepts no negative seed. Without a seed it chooses one, which is what -1 means elsewhere.",
    },
  ],
  headers: ({ settings: { affinity } }) => (affinity === undefined ? {} : { "x-affinity": affinity }),
  adjust: ({ call: { request, settings } }) => ({
    dialect: { defaults: fromSettings(settings) },
    capabilities: capabilitiesFor(family.capabilitiesOf(request.model), models, request.model),
  }),
  // A `latest` id may point to a model that does not reason.
  recover: ({ error, call }) =>
    (error.status === 400 || error.status === 422) && /reasoning_effort/i.test(error.message)
      ? dropReasoning(call, "The model refuses reasoning_effort. The call was repeated without a request for reasoning.")
      : undefined,
  modelList: {
    filter: isChatModel,
    capabilities: listedCapabilities,
    refine(info, entry) {
      if (typeof entry["deprecation"] === "string") info.state = "deprecated";
    },
  },
});

function fromSettings({ safePrompt, promptCacheKey }: Partial<MistralSettings>): Record<string, unknown> {
  return {
    ...(safePrompt === undefined ? {} : { safe_prompt: safePrompt }),
    ...(promptCacheKey === undefined ? {} : { prompt_cache_key: promptCacheKey }),
  };
}

/** The list contains a model once per alias, and also models for embeddings, OCR and moderation. */
function isChatModel({ id, name, aliases, capabilities }: JsonObject): boolean {
  if (isObject(capabilities) && capabilities["completion_chat"] !== true) return false;
  return name === id || !Array.isArray(aliases) || !aliases.includes(name);
}

/** The capabilities that a list entry states. */
function listedCapabilities({ id, capabilities }: JsonObject): Capabilities | undefined {
  if (!isObject(capabilities)) return undefined;
  const levels = capabilitiesFor(THINKS, models, wordOf(id)).reasoning ?? true;
  return {
    tools: capabilities["function_calling"] === true,
    "input.image": capabilities["vision"] === true,
    "input.audio": capabilities["audio"] === true,
    reasoning: capabilities["reasoning"] === true ? levels : false,
  };
}
