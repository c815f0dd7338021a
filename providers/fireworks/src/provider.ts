/** Code beside data: long answers go out as streams, a schema is told in the prompt too, and the list also names what no call can reach. */
import { type Call, defineProvider, type Facts, isObject, type JsonObject, type Note, type Provider, type Route } from "@lumiverse/core";
import { chatRoute, type Dialect, modelList, modelsCheck } from "@lumiverse/protocols/chat-completions";
import { models } from "./models.ts";
import type { FireworksSettings } from "./settings.ts";
import { version } from "./version.ts";

const BASE = "https://api.fireworks.ai/inference/v1";

const dialect: Dialect = {
  strict: "omit", // a field that is not in its schema is a 400 (anomalyco/opencode#24696)
  defaults: { context_length_exceeded_behavior: "error" }, // `truncate`, the default, lowers the output limit in silence
  reasoning: {
    budget: (tokens) => ({ thinking: { type: "enabled", budget_tokens: tokens } }), // never beside reasoning_effort
    read: ["reasoning_content"], // and a <think> block in the text of some models (kimi-k2.5, qwen3)
    replay: "always", // what is read of it is the model's default, or reasoning_history
  },
  errors: [
    { status: 401, is: "authentication", hint: "Keys begin with fw_: https://app.fireworks.ai/settings/users/api-keys" },
    {
      status: 404,
      text: "not found, inaccessible, and/or not deployed",
      is: "model-not-found",
      hint: "The list names models without a serverless deployment too: deploy it, or choose another",
    },
    {
      status: 400,
      text: "extra inputs are not permitted",
      is: "unsupported",
      hint: "Fireworks refuses every field that it does not know; look at parameters and hosted tools",
    },
    {
      status: 402,
      is: "insufficient-balance",
      hint: "A bill is open or the spending limit is reached: https://app.fireworks.ai/account/billing",
    },
    {
      status: 412, // a spent limit comes so too (amd/gaia#3766)
      text: "suspended",
      is: "insufficient-balance",
      hint: "A spending limit is reached or a bill is open: https://app.fireworks.ai/account/billing",
    },
    { status: 412, is: "invalid-request", hint: "A LoRA adapter that can't be loaded: look at how it was uploaded" },
    { status: 429, is: "rate-limit", hint: "Without a payment method there are 10 calls a minute" },
    { status: 413, is: "invalid-request", hint: "The request is too large in bytes: send smaller images" },
  ],
  explainError(facts) {
    // Of several complaints the one about an unknown field says most.
    const field = (/not permitted, field: '([^']+)'/.exec(facts.message) ?? /field: '([^']+)'/.exec(facts.message))?.[1];
    if (field !== undefined) facts.field = field;
  },
  finishBody: tellSchema,
  extras(json, emit) {
    if (isObject(json["perf_metrics"])) emit({ type: "details", details: { timings: json["perf_metrics"] } });
  },
};

const takes: Facts = {
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
  account: false, // no balance on the inference API
};

/** Fireworks: https://docs.fireworks.ai/api-reference/post-chatcompletions */
export const fireworks: Provider<FireworksSettings> = defineProvider<FireworksSettings>({
  id: "fireworks",
  name: "Fireworks",
  docs: "https://docs.fireworks.ai/api-reference/post-chatcompletions",
  version,
  contract: 1,
  credential: { kind: "api-key", required: true, env: "FIREWORKS_API_KEY", page: "https://app.fireworks.ai/settings/users/api-keys" },
  base: BASE,
  settings: () => import("./settings.ts").then((module) => module.settings),
  catalogue: () => import("./catalogue.ts").then((module) => module.catalogue),
  evidence: () => import("./evidence.ts").then((module) => module.evidence),
  route,
  operations: {
    check: modelsCheck(dialect), // the list wants the key
    models: modelList({ keep: reachable, takes: factsOf }),
  },
});

/** "Requests with max_tokens > 4096 must have stream=true" (400): a long answer that is wanted whole goes out as a stream. */
function route(call: Call<FireworksSettings>): Route {
  const { maxOutputTokens, parameters } = call.request;
  const cap = Number(parameters?.["max_tokens"] ?? maxOutputTokens ?? 0);
  return cap > 4096 ? { ...chat(call), unstreamed: "streamed" } : chat(call);
}

const chat = chatRoute<FireworksSettings>({
  base: BASE,
  dialect,
  takes,
  models,
  headers: ({ settings: { sessionAffinity } }) => (sessionAffinity === undefined ? {} : { "x-session-affinity": sessionAffinity }),
  adjust: (call) => ({ dialect: { defaults: fields(call) } }),
});

function fields({ settings }: Call<FireworksSettings>): Record<string, unknown> {
  const given: Record<string, unknown> = {
    context_length_exceeded_behavior: settings.contextOverflow,
    service_tier: settings.serviceTier,
    reasoning_history: settings.reasoningHistory,
    prompt_cache_key: settings.promptCacheKey,
    prompt_cache_isolation_key: settings.cacheIsolationKey,
    user: settings.user,
    perf_metrics_in_response: settings.perfMetrics,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** A model that is held to a schema and not told of it may write blanks up to the limit (the vendor's reference, response_format). */
function tellSchema(body: JsonObject, _call: unknown, notes: Note[]): void {
  const { messages, response_format: format } = body;
  const schema = isObject(format) && isObject(format["json_schema"]) ? format["json_schema"]["schema"] : undefined;
  if (schema === undefined || !Array.isArray(messages)) return;
  const first = messages.findIndex((message) => !isObject(message) || message["role"] !== "system");
  const content = `Answer in JSON, by this JSON Schema:\n${JSON.stringify(schema)}`;
  messages.splice(first < 0 ? messages.length : first, 0, { role: "system", content });
  notes.push({
    kind: "schema",
    field: "output",
    message: "the schema is told in the prompt too, or a model may write blanks to the limit",
  });
}

/** Models that draw stand in the same list, some of them as if they could chat. */
function reachable({ supports_chat: chat, kind }: JsonObject): boolean {
  return chat !== false && !(typeof kind === "string" && kind.startsWith("FLUMINA"));
}

function factsOf({ supports_image_input: image, supports_tools: tools }: JsonObject): Facts | undefined {
  if (typeof image !== "boolean" && typeof tools !== "boolean") return undefined;
  return { ...(typeof image === "boolean" ? { "input.image": image } : {}), ...(typeof tools === "boolean" ? { tools } : {}) };
}
