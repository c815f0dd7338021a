/** Fireworks refuses long answers that are not streamed, and its models need a schema in the prompt as well. */
import { type Call, type Capabilities, isObject, type Provider, readNumber } from "@lumiverse/core/provider";
import { chatProvider, type Dialect } from "@lumiverse/protocols/chat-completions";
import { isChatModel, listedCapabilities } from "./model-list.ts";
import { models } from "./models.ts";
import { putSchemaIntoPrompt } from "./schema-prompt.ts";
import type { FireworksSettings } from "./settings.ts";
import { version } from "./version.ts";

const dialect: Dialect = {
  schemaVendor: "fireworks", // it checks schemas itself, whatever the model
  strict: "omit", // fields outside the host's schema are refused with 400 (anomalyco/opencode#24696)
  defaults: { context_length_exceeded_behavior: "error" }, // the vendor's default, `truncate`, lowers the output limit without reporting it
  // Some models (kimi-k2.5, qwen3) write a <think> block into the text in addition to reasoning_content.
  reasoning: {
    budget: ({ tokens }) => ({ thinking: { type: "enabled", budget_tokens: tokens } }), // it excludes reasoning_effort
    replay: "always", // the model's default or reasoning_history decides what the model reads
  },
  errors: [
    { status: 401, is: "authentication", hint: "Keys begin with fw_: create one at https://app.fireworks.ai/settings/users/api-keys" },
    {
      status: 404,
      text: "not found, inaccessible, and/or not deployed",
      is: "model-not-found",
      hint: "The list includes models without a serverless deployment: deploy this model or choose another",
    },
    {
      status: 400,
      text: "extra inputs are not permitted",
      is: "unsupported",
      hint: "Fireworks refuses unknown fields: remove it from parameters or from the hosted tool",
    },
    {
      status: 402,
      is: "insufficient-balance",
      hint: "A bill is unpaid or the spending limit is reached: see https://app.fireworks.ai/account/billing",
    },
    {
      status: 412, // also for a spending limit that is reached (amd/gaia#3766)
      text: "suspended",
      is: "insufficient-balance",
      hint: "A spending limit is reached or a bill is unpaid: see https://app.fireworks.ai/account/billing",
    },
    { status: 412, is: "invalid-request", hint: "A LoRA adapter cannot be loaded: check its upload" },
    { status: 429, is: "rate-limit", hint: "Accounts without a payment method may make 10 calls per minute: wait, or add one" },
    { status: 413, is: "invalid-request", hint: "The request is too large in bytes: send smaller images" },
  ],
  explainError({ error }) {
    // Of several validation errors, the one about an unknown field is the most useful.
    const field = (/not permitted, field: '([^']+)'/.exec(error.message) ?? /field: '([^']+)'/.exec(error.message))?.[1];
    if (field !== undefined) error.field = field;
  },
  finishBody: putSchemaIntoPrompt,
  extras({ json, emit }) {
    if (isObject(json["perf_metrics"])) emit({ type: "details", details: { timings: json["perf_metrics"] } });
  },
};

const capabilities: Capabilities = {
  "input.audio": false,
  "input.file": false,
  "output.image": false,
  "output.audio": false,
  tools: true,
  "toolChoice.none": true,
  "toolChoice.required": true,
  "toolChoice.named": true,
  parallelToolCalls: true,
  "tools.strict": false,
  "output.schema": true,
  "output.json": true,
  maxOutputTokens: true,
  temperature: [0, 2],
  topP: [0, 1],
  topK: [0, 100],
  minP: [0, 1],
  frequencyPenalty: [-2, 2],
  presencePenalty: [-2, 2],
  repetitionPenalty: [0, 2],
  stop: [0, 4],
  seed: true,
  logprobs: [0, 5],
  "cache.explicit": false,
  "cache.automatic": false,
  "cache.implicit": true,
  streaming: true,
  sources: false,
  webSearch: false,
  countTokens: false,
  models: true,
  account: false, // the inference API has no balance
};

/** Fireworks: https://docs.fireworks.ai/api-reference/post-chatcompletions */
export const fireworks: Provider<FireworksSettings> = chatProvider<FireworksSettings>({
  id: "fireworks",
  name: "Fireworks",
  docs: "https://docs.fireworks.ai/api-reference/post-chatcompletions",
  version,
  base: "https://api.fireworks.ai/inference/v1",
  env: "FIREWORKS_API_KEY",
  keyPage: "https://app.fireworks.ai/settings/users/api-keys",
  settings: () => import("./settings.ts"),
  catalogue: () => import("./catalogue.ts"),
  dialect,
  capabilities,
  models,
  headers: ({ settings: { sessionAffinity } }) => (sessionAffinity === undefined ? {} : { "x-session-affinity": sessionAffinity }),
  adjust: ({ call }) => ({ dialect: { defaults: fromSettings(call) }, ...(isLong(call) ? { unstreamed: "streamed" } : {}) }),
  modelList: { filter: isChatModel, capabilities: listedCapabilities },
});

/** Longer answers must be streamed: 400 "Requests with max_tokens > 4096 must have stream=true". */
function isLong({ request: { maxOutputTokens, parameters } }: Call<FireworksSettings>): boolean {
  return readNumber(parameters?.["max_tokens"] ?? maxOutputTokens) > 4096;
}

function fromSettings({ settings }: Call<FireworksSettings>): Record<string, unknown> {
  const fields: Record<string, unknown> = {
    context_length_exceeded_behavior: settings.contextOverflow,
    service_tier: settings.serviceTier,
    reasoning_history: settings.reasoningHistory,
    prompt_cache_key: settings.promptCacheKey,
    prompt_cache_isolation_key: settings.cacheIsolationKey,
    user: settings.user,
    perf_metrics_in_response: settings.perfMetrics,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
