/** Kimi K2.5 and K2.6 must stop thinking before a tool can be forced by name. */
import { type Capabilities, isObject, type Provider, type Rule } from "@lumiverse/core/provider";
import { chatProvider, type Dialect, type DialectModel, moonshotSchema } from "@lumiverse/protocols/chat-completions";
import { versionIn } from "@lumiverse/protocols/families";
import type { MoonshotSettings } from "./settings.ts";
import { version } from "./version.ts";

const BASE = "https://api.moonshot.ai/v1";
const CHINA = "https://api.moonshot.cn/v1";

const dialect: Dialect = {
  maxTokens: "max_completion_tokens", // max_tokens is deprecated
  images: "data", // the host fetches no public URLs; it accepts data URLs, and `ms://` with the id of an uploaded file
  toolTurnContent: "omit", // else 400 "text content is empty"
  toolName: { min: 3, max: 64, first: /[A-Za-z_]/ },
  strict: "omit",
  compileSchema: moonshotSchema,
  prefill: "partial",
  reasoning: {
    // A tool call without this field is refused while the model thinks. Dropping it later loses the prompt cache from the next user turn on.
    replay: "present",
  },
  errors: [
    {
      code: "exceeded_current_quota_error",
      is: "insufficient-balance",
      retryable: false,
      hint: "The account has no balance left, although the status is 429: top up in the console",
    },
    {
      code: "rate_limit_reached_error",
      is: "rate-limit",
      hint: "The lowest tier allows one call at a time and three per minute: top up to raise the limit",
    },
    { code: "engine_overloaded_error", is: "overloaded" },
    {
      status: 401,
      is: "authentication",
      hint: "Accounts of platform.moonshot.ai and platform.moonshot.cn are separate: set the region that the key belongs to",
    },
    {
      code: "resource_not_found_error",
      is: "model-not-found",
      hint: "Older Kimi and moonshot-v1 models were switched off: choose one that models() lists",
    },
    {
      status: 400,
      text: ["only 1 is allowed", "only 0.6 is allowed"],
      is: "unsupported",
      hint: "Kimi models accept one fixed value per sampling parameter: remove these parameters",
    },
    {
      status: 400,
      text: "reasoning_content is missing",
      is: "invalid-request",
      hint: "Send the assistant messages back unchanged, with their reasoning parts",
    },
  ],
};

const capabilities: Capabilities = {
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
  // Kimi models accept one value, which depends on the mode; any other is refused with 400.
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
  webSearch: true, // `$web_search`: the caller sends the arguments of the call back as its result
  countTokens: true,
  models: true,
  account: true,
};

const KIMI = /^kimi-k(\d+)(?:\.(\d+))?(?![\d.])/;

/** Models that are older than those which the capabilities above describe. */
const models: readonly DialectModel[] = [
  { match: versionIn(KIMI, [2, 5], [3, 1]), capabilities: { "input.image": true, "input.video": true } },
  { match: versionIn(KIMI, [2, 7], [3]), capabilities: { reasoning: true, "toolChoice.required": false } },
  {
    match: versionIn(KIMI, [2, 5], [2, 7]),
    capabilities: { reasoning: true, "reasoning.off": true, "toolChoice.required": false, "toolChoice.named": true },
    dialect: {
      // Together with reasoning_effort it is refused: 400 "cannot specify both".
      reasoning: { on: () => ({ thinking: { type: "enabled" } }), off: () => ({ thinking: { type: "disabled" } }) },
      finishBody({ body, notes }) {
        if (!isObject(body["tool_choice"]) || (isObject(body["thinking"]) && body["thinking"]["type"] === "disabled")) return;
        body["thinking"] = { type: "disabled" };
        notes.push({
          kind: "changed",
          field: "reasoning",
          message: "Thinking was switched off for this call, because the vendor refuses a tool forced by name while the model thinks.",
        });
      },
    },
  },
  {
    match: versionIn(KIMI, [2], [2, 5]),
    capabilities: { reasoning: false, "toolChoice.required": false, "input.image": false, "input.video": false },
  },
  { match: "kimi-k2-thinking*", capabilities: { reasoning: true } },
  {
    match: "moonshot-v1-*",
    capabilities: {
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
    because: "A stop sequence may have at most 32 bytes.",
  },
  {
    field: "output",
    // A trailing assistant turn is a prefill too.
    when: ({ output, prefill, messages }) => output === "json" && (prefill !== undefined || messages.at(-1)?.role === "assistant"),
    then: "refuse",
    because: "The vendor does not allow partial mode together with JSON mode.",
  },
];

/** Moonshot AI (Kimi): https://platform.moonshot.ai/docs */
export const moonshot: Provider<MoonshotSettings> = chatProvider<MoonshotSettings>({
  id: "moonshot",
  name: "Moonshot",
  docs: "https://platform.moonshot.ai/docs",
  version,
  base: BASE,
  baseFor: ({ settings }) => (settings.region === "cn" ? CHINA : BASE),
  origins: [CHINA],
  env: "MOONSHOT_API_KEY",
  keyPage: "https://platform.moonshot.ai/console/api-keys",
  settings: () => import("./settings.ts"),
  catalogue: () => import("./catalogue.ts"),
  dialect,
  capabilities,
  models,
  rules,
  adjust: ({ call: { settings, request } }) => ({ dialect: fromSettings(settings, request.model) }),
  operations: () => import("./operations.ts").then(({ operations }) => operations(dialect)),
});

/** K2.5 refuses `keep`, and newer models than K2.6 read earlier reasoning without it. */
const acceptsKeep = versionIn(KIMI, [2, 6], [2, 7]);

function fromSettings({ keepThinking, promptCacheKey, safetyIdentifier }: Partial<MoonshotSettings>, model: string): Dialect {
  const keeps = keepThinking !== false && acceptsKeep(model);
  const thinking = { type: "enabled", keep: "all" };
  return {
    defaults: {
      ...(keeps ? { thinking } : {}),
      ...(promptCacheKey === undefined ? {} : { prompt_cache_key: promptCacheKey }),
      ...(safetyIdentifier === undefined ? {} : { safety_identifier: safetyIdentifier }),
    },
    ...(keeps ? { reasoning: { on: () => ({ thinking }) } } : {}),
  };
}
