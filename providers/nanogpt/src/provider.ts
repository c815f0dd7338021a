/**
 * NanoGPT has a separate endpoint for subscriptions (billing.ts), its own form of prompt caching, and an account with two endpoints (account.ts). The model list has
 * two entries for a model that can think: the plain id and the `:thinking` id.
 */
import {
  type Call,
  type Capabilities,
  isObject,
  type LumiverseError,
  type Provider,
  type Recovery,
  type Rule,
} from "@lumiverse/core/provider";
import {
  chatProvider,
  type Dialect,
  type DialectModel,
  dropReasoning,
  MAX_COMPLETION_TOKENS,
  renameOutputLimit,
} from "@lumiverse/protocols/chat-completions";
import { claude, gatewayRules } from "@lumiverse/protocols/families";
import { baseFor, cacheFor, headersFor, noteBilling } from "./billing.ts";
import { errors } from "./errors.ts";
import { acceptsBudget, isClaude, thinks } from "./model-id.ts";
import type { NanogptSettings } from "./settings.ts";
import { signIn } from "./sign-in.ts";
import { version } from "./version.ts";

const dialect: Dialect = {
  strict: "omit", // not documented
  audioFormats: ["wav", "mp3"], // the formats of OpenAI, whose API the host repeats; no others are documented
  reasoning: {
    on: ({ effort }) => ({ reasoning: { effort: effort === "max" ? "xhigh" : (effort ?? "medium") } }), // any effort except none switches reasoning on
    off: () => ({ reasoning: { effort: "none" } }),
    fields: ["reasoning", "reasoning_content"], // the second comes from /api/v1legacy; /api/v1thinking writes reasoning into the text
  },
  // It comes with the usage in the last chunk. Routes to Claude send only `amount` (seen by other clients, 2026).
  cost: { path: ["cost", "costUsd", "amount"], currency: "USD", container: "x_nanogpt_pricing" },
  errors,
  extras({ json: { x_nanogpt_pricing: pricing }, emit }) {
    if (isObject(pricing)) emit({ type: "details", details: { pricing } }); // present also where the upstream sends no usage
  },
};

const capabilities: Capabilities = {
  "input.url": true,
  "output.image": false, // images have a separate endpoint
  "output.audio": false,
  "toolChoice.none": true,
  "toolChoice.required": true,
  "toolChoice.named": true,
  parallelToolCalls: true,
  "tools.strict": false,
  "reasoning.off": true,
  "reasoning.budget": false,
  maxOutputTokens: true,
  temperature: [0, 2], // other values are refused with 400
  topP: [0, 1],
  topK: true,
  minP: [0, 1],
  frequencyPenalty: [-2, 2],
  presencePenalty: [-2, 2],
  repetitionPenalty: [-2, 2],
  stop: true,
  seed: true,
  logprobs: true,
  "cache.explicit": false,
  "cache.automatic": false,
  "cache.implicit": true,
  streaming: true,
  countTokens: false,
  models: true,
  account: true,
};

const models: readonly DialectModel[] = [
  {
    match: thinks,
    capabilities: { reasoning: ["minimal", "low", "medium", "high", "xhigh"], "reasoning.visible": true },
  },
  { match: isClaude, capabilities: { "cache.explicit": true, "cache.automatic": true, "cache.implicit": false } },
  {
    match: acceptsBudget, // the older ids accept a budget after a colon
    capabilities: { "reasoning.budget": [1024, 128_000] },
    dialect: {
      reasoning: {
        budget({ tokens, call: { request, settings } }) {
          const { maxTokens } = settings as NanogptSettings; // core passes the settings that this provider's schema parsed
          return { model: `${request.model}:${fittingBudget(tokens, request.maxOutputTokens ?? maxTokens)}` };
        },
      },
    },
  },
];

/** Claude refuses a budget that is not below the output limit, and one below 1,024 tokens. */
function fittingBudget(tokens: number, limit: number | undefined): number {
  return limit === undefined || tokens < limit ? tokens : Math.max(MINIMUM_BUDGET, Math.floor(limit * 0.8));
}
const MINIMUM_BUDGET = 1024;

/** A thinking budget and an output limit that do not go together. */
const budgetRules: readonly Rule[] = [
  {
    field: "reasoning",
    when: ({ model, reasoning, maxOutputTokens = Number.POSITIVE_INFINITY }) =>
      typeof reasoning === "object" && acceptsBudget(model) && maxOutputTokens <= MINIMUM_BUDGET,
    then: "drop",
    because: `Thinking needs a budget of at least ${MINIMUM_BUDGET} tokens below maxOutputTokens.`,
  },
];

/** NanoGPT: https://docs.nano-gpt.com */
export const nanogpt: Provider<NanogptSettings> = chatProvider<NanogptSettings>({
  id: "nanogpt",
  name: "NanoGPT",
  docs: "https://docs.nano-gpt.com",
  version,
  base: "https://nano-gpt.com/api/v1",
  env: "NANOGPT_API_KEY",
  keyPage: "https://nano-gpt.com/api",
  settings: () => import("./settings.ts"),
  catalogue: () => import("./catalogue.ts"),
  dialect,
  capabilities,
  models,
  rules: [...budgetRules, ...gatewayRules],
  headers: ({ settings }) => headersFor(settings),
  adjust: ({ call, base }) => ({
    base: baseFor(base, call.settings),
    dialect: fromSettings(call),
    capabilities: claude.refusalsOf(call.request.model, call.request),
  }),
  operations: () => import("./operations.ts").then(({ operations }) => operations(dialect)),
  recover,
  signIn,
});

function fromSettings({ settings, request, degradations }: Call<NanogptSettings>): Dialect {
  const { maxTokens, serviceTier, hideReasoning } = settings;
  const budget = typeof request.reasoning === "object" && acceptsBudget(request.model) ? request.reasoning.budgetTokens : 0;
  return {
    defaults: {
      // Without a limit the vendor cuts the answer at 4000 tokens, which thinking alone may use up.
      [degradations.has(MAX_COMPLETION_TOKENS) ? MAX_COMPLETION_TOKENS : "max_tokens"]:
        maxTokens ?? budget + (thinks(request.model) ? 8192 : 4000),
      ...(serviceTier === undefined ? {} : { service_tier: serviceTier }),
    },
    cache: cacheFor(settings),
    finishBody({ body, call, notes }) {
      const sent = Number(/:(\d+)$/.exec(String(body["model"]))?.[1]);
      if (call.reasoning?.kind === "budget" && sent < call.reasoning.tokens)
        notes.push({
          kind: "clamped",
          field: "reasoning",
          message: `The thinking budget of ${call.reasoning.tokens} became ${sent}: it must be lower than maxOutputTokens.`,
        });
      if (!call.streaming) body["include_usage"] = true; // without it an unstreamed answer contains no usage
      if (hideReasoning === true) body["reasoning"] = { ...(isObject(body["reasoning"]) ? body["reasoning"] : {}), exclude: true };
      noteBilling(settings, notes);
    },
  };
}

/** A model of OpenAI may demand the limit, which is always sent, by its newer name. Some models, such as GLM-5.3-flash, cannot stop thinking and refuse "off" with 400. */
function recover({ error, call }: { error: LumiverseError; call: Call<NanogptSettings> }): Recovery<NanogptSettings> | undefined {
  const renamed = renameOutputLimit(error, call, { alwaysLimits: true });
  if (renamed !== undefined) return renamed;
  if (error.status !== 400 || call.request.reasoning !== "off" || !/reasoning|thinking/i.test(error.message)) return undefined;
  return dropReasoning(call, 'The model cannot stop thinking. The call was repeated without reasoning: "off", so the model may think.');
}
