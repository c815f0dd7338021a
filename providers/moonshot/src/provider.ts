/** Code beside data: K2.5 and K2.6 must stop thinking for a tool forced by name, and tokens are counted by a page of the vendor's own. */
import {
  type Account,
  defineProvider,
  endpoint,
  type Facts,
  isObject,
  type JsonObject,
  type Operation,
  type Provider,
  type Rule,
} from "@lumiverse/core";
import {
  type AccountPage,
  accountCheck,
  accountPage,
  chatRoute,
  type Dialect,
  type DialectModel,
  modelList,
  moonshotSchema,
} from "@lumiverse/protocols/chat-completions";
import { atLeast, versionOf } from "@lumiverse/protocols/families";
import type { MoonshotSettings } from "./settings.ts";
import { version } from "./version.ts";

const BASE = "https://api.moonshot.ai/v1";
const CHINA = "https://api.moonshot.cn/v1";

const dialect: Dialect = {
  maxTokens: "max_completion_tokens", // max_tokens is deprecated
  images: "data", // public links are not fetched: data URLs, or `ms://` and the id of an uploaded file
  toolTurnContent: "omit", // "text content is empty" (400)
  toolName: { min: 3, max: 64, first: /[A-Za-z_]/ },
  strict: "omit",
  schemas: moonshotSchema,
  prefill: "partial",
  reasoning: {
    read: ["reasoning_content"],
    // A call without it is refused while thinking, and dropping it loses the cache from the next user turn on.
    replay: "present",
  },
  errors: [
    {
      code: "exceeded_current_quota_error",
      is: "insufficient-balance",
      retryable: false,
      hint: "The account is out of money, though the status says 429: top up in the console",
    },
    {
      code: "rate_limit_reached_error",
      is: "rate-limit",
      hint: "The lowest tier has one call at a time and three a minute; a top-up raises it",
    },
    { code: "engine_overloaded_error", is: "overloaded" },
    {
      status: 401,
      is: "authentication",
      hint: "Accounts of platform.moonshot.ai and platform.moonshot.cn are separate: for a key of the other one change the region",
    },
    {
      code: "resource_not_found_error",
      is: "model-not-found",
      hint: "Older Kimi and moonshot-v1 models were switched off; models() lists what there is",
    },
    {
      status: 400,
      text: ["only 1 is allowed", "only 0.6 is allowed"],
      is: "unsupported",
      hint: "Kimi models pin their sampling: send none",
    },
    {
      status: 400,
      text: "reasoning_content is missing",
      is: "invalid-request",
      hint: "Send the assistant messages back as they came, with their reasoning parts",
    },
  ],
};

const takes: Facts = {
  "input.audio": false,
  "input.file": false,
  "output.image": false,
  "output.audio": false,
  tools: true,
  "toolChoice.none": true,
  "toolChoice.required": true,
  "toolChoice.named": false, // "incompatible with thinking enabled" (400)
  parallelToolCalls: false,
  "tools.strict": false,
  "tools.images": false,
  "output.schema": true,
  "output.json": true,
  reasoning: ["low", "high", "max"],
  "reasoning.off": false,
  "reasoning.budget": false,
  "reasoning.visible": true,
  maxOutputTokens: true,
  // Pinned on all Kimi models, to a value that depends on the mode: any other is a 400.
  temperature: false,
  topP: false,
  topK: false,
  minP: false,
  frequencyPenalty: false,
  presencePenalty: false,
  repetitionPenalty: false,
  stop: [0, 5],
  seed: false,
  logprobs: false,
  prefill: true,
  "cache.explicit": false,
  "cache.automatic": false,
  "cache.implicit": true,
  streaming: true,
  sources: false,
  webSearch: true, // `$web_search`, whose arguments the caller sends back as its result
  countTokens: true,
  models: true,
  account: true,
};

/** From one version up to, and without, another. */
const kimi =
  (from: readonly number[], to?: readonly number[]) =>
  (id: string): boolean => {
    const found = versionOf(id, /^kimi-k(\d+)(?:\.(\d+))?(?![\d.])/);
    return found !== undefined && atLeast(found, from) && (to === undefined || !atLeast(found, to));
  };

// What newer models do is said above; these are the older ones.
const models: readonly DialectModel[] = [
  { match: kimi([2, 5], [3, 1]), takes: { "input.image": true, "input.video": true } },
  { match: kimi([2, 7], [3]), takes: { reasoning: true, "toolChoice.required": false } },
  {
    match: kimi([2, 5], [2, 7]),
    takes: { reasoning: true, "reasoning.off": true, "toolChoice.required": false, "toolChoice.named": true },
    dialect: {
      // Never beside reasoning_effort: "cannot specify both" (400).
      reasoning: { on: () => ({ thinking: { type: "enabled" } }), off: () => ({ thinking: { type: "disabled" } }) },
      finishBody(body, _call, notes) {
        if (!isObject(body["tool_choice"]) || (isObject(body["thinking"]) && body["thinking"]["type"] === "disabled")) return;
        body["thinking"] = { type: "disabled" };
        notes.push({
          kind: "changed",
          field: "reasoning",
          message: "a tool forced by name is refused while thinking: it was switched off for this call",
        });
      },
    },
  },
  { match: kimi([2], [2, 5]), takes: { reasoning: false, "toolChoice.required": false, "input.image": false, "input.video": false } },
  { match: "kimi-k2-thinking*", takes: { reasoning: true } },
  {
    match: "moonshot-v1-*",
    takes: {
      reasoning: false,
      "toolChoice.required": false,
      temperature: [0, 1],
      topP: [0, 1],
      frequencyPenalty: [-2, 2],
      presencePenalty: [-2, 2],
    },
  },
];

const rules: readonly Rule[] = [
  {
    field: "stop",
    when: ({ stop = [] }) => (typeof stop === "string" ? [stop] : stop).some((one) => new TextEncoder().encode(one).length > 32),
    then: "refuse",
    because: "a stop sequence may have 32 bytes at most",
  },
  {
    field: "prefill",
    when: ({ output, prefill }) => output === "json" && prefill !== undefined,
    then: "refuse",
    because: "partial mode can't be used together with JSON mode",
  },
];

/** Moonshot AI (Kimi): https://platform.moonshot.ai/docs */
export const moonshot: Provider<MoonshotSettings> = defineProvider<MoonshotSettings>({
  id: "moonshot",
  name: "Moonshot",
  docs: "https://platform.moonshot.ai/docs",
  version,
  contract: 1,
  credential: { kind: "api-key", required: true, env: "MOONSHOT_API_KEY", page: "https://platform.moonshot.ai/console/api-keys" },
  base: BASE,
  origins: [CHINA],
  settings: () => import("./settings.ts").then((module) => module.settings),
  catalogue: () => import("./catalogue.ts").then((module) => module.catalogue),
  evidence: () => import("./evidence.ts").then((module) => module.evidence),
  route: chatRoute<MoonshotSettings>({
    base: ({ settings }) => (settings.region === "cn" ? CHINA : BASE),
    dialect,
    takes,
    models,
    rules,
    adjust: ({ settings, request }) => ({ dialect: fromSettings(settings, request.model) }),
  }),
  operations: {
    check: accountCheck(dialect, balancePage()),
    models: modelList({ takes: factsOf }),
    account: accountPage(dialect, balancePage()),
    countTokens: countTokens(),
  },
});

function fromSettings({ keepThinking, promptCacheKey, safetyIdentifier }: Partial<MoonshotSettings>, model: string): Dialect {
  const defaults: Record<string, unknown> = {};
  // K2.6 alone: K2.5 refuses `keep`, and newer ones read their earlier reasoning anyway.
  const keeps = keepThinking !== false && kimi([2, 6], [2, 7])(model);
  const thinking = { type: "enabled", keep: "all" };
  if (keeps) defaults["thinking"] = thinking;
  if (promptCacheKey !== undefined) defaults["prompt_cache_key"] = promptCacheKey;
  if (safetyIdentifier !== undefined) defaults["safety_identifier"] = safetyIdentifier;
  return { defaults, ...(keeps ? { reasoning: { on: () => ({ thinking }) } } : {}) };
}

function balancePage(): AccountPage<MoonshotSettings> {
  return {
    url: ({ base }) => endpoint(base, "/users/me/balance"),
    read(json, { base, settings }): Account | undefined {
      const data = isObject(json) ? json["data"] : undefined;
      if (!isObject(data) || typeof data["available_balance"] !== "number") return undefined;
      const amount = data["available_balance"];
      const currency = settings.region === "cn" || base.hostname.endsWith(".cn") ? "CNY" : "USD";
      return { balance: { amount, currency }, summary: `${amount.toFixed(2)} ${currency}` };
    },
  };
}

function factsOf(entry: JsonObject): Facts | undefined {
  const { supports_image_in: image, supports_video_in: video, supports_reasoning: reasons } = entry;
  if (typeof image !== "boolean" && typeof video !== "boolean") return undefined;
  // Which levels a model takes is not told, only that it does not reason.
  return { "input.image": image === true, "input.video": video === true, ...(reasons === false ? { reasoning: false } : {}) };
}

function countTokens(): Operation<number, MoonshotSettings> {
  return {
    origin: "base",
    request({ base, call }) {
      const { model, messages } = call?.route.protocol.render(call).request.body ?? {};
      return { method: "POST", url: endpoint(base, "/tokenizers/estimate-token-count"), body: { model, messages } };
    },
    parse({ json }) {
      const data = isObject(json) ? json["data"] : undefined;
      return isObject(data) && typeof data["total_tokens"] === "number" ? { value: data["total_tokens"] } : undefined;
    },
  };
}
