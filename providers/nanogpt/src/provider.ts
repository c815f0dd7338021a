/**
 * Code beside data: a subscription with an endpoint of its own (billing.ts), caching in the vendor's own words, and an account of two pages
 * (account.ts). Base id and `:thinking` id of a model are two entries of the list.
 */
import {
  type Call,
  defineProvider,
  type Facts,
  isObject,
  type JsonObject,
  type LumiverseError,
  type Price,
  type Provider,
  type Recovery,
} from "@lumiverse/core";
import { chatRoute, type Dialect, type DialectModel, modelList } from "@lumiverse/protocols/chat-completions";
import { claude } from "@lumiverse/protocols/families";
import { account, keyCheck } from "./account.ts";
import { baseOf, cacheOf, headersOf, noteBilling } from "./billing.ts";
import { errors } from "./errors.ts";
import type { NanogptSettings } from "./settings.ts";
import { version } from "./version.ts";

const dialect: Dialect = {
  strict: "omit", // not documented
  reasoning: {
    on: (effort) => ({ reasoning: { effort: effort === "max" ? "xhigh" : (effort ?? "medium") } }), // anything but none switches it on
    off: () => ({ reasoning: { effort: "none" } }),
    read: ["reasoning", "reasoning_content"], // the second on /api/v1legacy; /api/v1thinking merges it into the text
  },
  // On the last frame, beside the usage; `amount` alone on routes to Claude (seen by other clients, 2026).
  cost: { path: ["cost", "costUsd", "amount"], currency: "USD", beside: "x_nanogpt_pricing" },
  errors,
  extras({ x_nanogpt_pricing: pricing }, emit) {
    if (isObject(pricing)) emit({ type: "details", details: { pricing } }); // there where upstreams tell no usage
  },
};

const takes: Facts = {
  "input.url": true,
  "output.image": false, // images have an endpoint of their own
  "output.audio": false,
  "toolChoice.none": true,
  "toolChoice.required": true,
  "toolChoice.named": true,
  parallelToolCalls: true,
  "tools.strict": false,
  "reasoning.off": true,
  "reasoning.budget": false,
  maxOutputTokens: true,
  temperature: [0, 2], // out of range: 400
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
    takes: { reasoning: ["minimal", "low", "medium", "high", "xhigh"], "reasoning.visible": true },
  },
  { match: isClaude, takes: { "cache.explicit": true, "cache.automatic": true, "cache.implicit": false } },
  {
    match: budgeted, // the older ids take a budget behind a colon
    takes: { "reasoning.budget": [1024, 128_000] },
    dialect: { reasoning: { budget: (tokens, { request }) => ({ model: `${request.model}:${tokens}` }) } },
  },
];

function thinks(id: string): boolean {
  return /(?::|-)thinking(?::|$)/.test(id);
}
/** A budget that goes nowhere must not make room for itself. */
function budgeted(id: string): boolean {
  return isClaude(id) && id.endsWith("-thinking");
}
function isClaude(id: string): boolean {
  return claude.claudeTraits(id) !== undefined;
}

/** NanoGPT: https://docs.nano-gpt.com */
export const nanogpt: Provider<NanogptSettings> = defineProvider<NanogptSettings>({
  id: "nanogpt",
  name: "NanoGPT",
  docs: "https://docs.nano-gpt.com",
  version,
  contract: 1,
  credential: { kind: "api-key", required: true, env: "NANOGPT_API_KEY", page: "https://nano-gpt.com/api" },
  base: "https://nano-gpt.com/api/v1",
  settings: () => import("./settings.ts").then((module) => module.settings),
  catalogue: () => import("./catalogue.ts").then((module) => module.catalogue),
  evidence: () => import("./evidence.ts").then((module) => module.evidence),
  route: (call) => ({ ...chat(call), base: baseOf(call) }),
  operations: {
    check: keyCheck(dialect),
    models: modelList({
      path: "/models?detailed=true",
      name: ["name", "displayName"],
      maxOutput: ["max_output_tokens"],
      takes: factsOf,
      refine(info, { pricing, created, canonicalId }) {
        const price = priceOf(pricing);
        if (price !== undefined) info.price = price;
        if (typeof created === "number" && created > 0) info.released = new Date(created * 1000).toISOString().slice(0, 10);
        if (typeof canonicalId === "string" && canonicalId !== info.id) info.aliases = [canonicalId];
      },
    }),
    account: account(dialect),
  },
  recover,
  signIn: {
    authorizeURL({ callback, challenge, nonce }) {
      const url = new URL("https://nano-gpt.com/auth");
      const query = { callback_url: callback, code_challenge: challenge, code_challenge_method: "S256", scope: "api.use models.read" };
      for (const [key, value] of Object.entries({ ...query, state: nonce, client_name: "Lumiverse" })) url.searchParams.set(key, value);
      return url;
    },
    exchange: ({ code, verifier }) => ({
      method: "POST",
      url: new URL("https://nano-gpt.com/api/v1/auth/keys"),
      body: { grant_type: "authorization_code", code, code_verifier: verifier },
    }),
    parse({ json, status }) {
      const key = isObject(json) ? (json["key"] ?? json["access_token"]) : undefined;
      if (typeof key !== "string" || key === "") throw new Error(`the exchange (HTTP ${status}) gave no key`);
      return { key };
    },
  },
});

const chat = chatRoute<NanogptSettings>({
  base: "https://nano-gpt.com/api/v1",
  dialect,
  takes,
  models,
  adjust({ settings, request }) {
    const { maxTokens, serviceTier, hideReasoning } = settings;
    const budget = typeof request.reasoning === "object" && budgeted(request.model) ? request.reasoning.budgetTokens : 0;
    const facts = claude.facts(request.model, request);
    return {
      dialect: {
        defaults: {
          max_tokens: maxTokens ?? budget + (thinks(request.model) ? 8192 : 4000), // said aloud: the vendor cuts at 4000 unasked, and thinking alone may use that up
          ...(serviceTier === undefined ? {} : { service_tier: serviceTier }),
        },
        cache: cacheOf(settings),
        finishBody(body, call, notes) {
          if (!call.streaming) body["include_usage"] = true; // an unstreamed answer tells no usage otherwise
          if (hideReasoning === true) body["reasoning"] = { ...(isObject(body["reasoning"]) ? body["reasoning"] : {}), exclude: true };
          noteBilling(settings, notes);
        },
      },
      // What a Claude refuses it refuses here too.
      takes: Object.fromEntries(
        (["temperature", "topP", "topK", "prefill", "input.audio", "input.video"] as const)
          .filter((capability) => facts[capability] === false)
          .map((capability) => [capability, false]),
      ),
    };
  },
  headers: ({ settings }) => headersOf(settings),
});

/** Some models can't stop thinking, and say so only when asked to (GLM-5.3-flash). Never for money. */
function recover(error: LumiverseError, call: Call<NanogptSettings>): Recovery<NanogptSettings> | undefined {
  if (error.status !== 400 || call.request.reasoning !== "off" || !/reasoning|thinking/i.test(error.message)) return undefined;
  if (call.without.has("reasoning-off")) return undefined;
  const { reasoning: _, ...request } = call.request;
  return {
    call: { ...call, request, without: new Set([...call.without, "reasoning-off"]) },
    note: { kind: "recovered", field: "reasoning", message: "this model can't stop thinking; it was asked once more and may think" },
  };
}

function factsOf({ capabilities, id }: JsonObject): Facts | undefined {
  if (!isObject(capabilities)) return undefined;
  const facts: { -readonly [C in keyof Facts]: Facts[C] } = {};
  const told = {
    "input.image": "vision",
    "input.file": "pdf_upload",
    tools: "tool_calling",
    parallelToolCalls: "parallel_tool_calls",
    "output.schema": "structured_output",
  } as const;
  for (const [capability, name] of Object.entries(told) as [keyof typeof told, string][])
    if (typeof capabilities[name] === "boolean") facts[capability] = capabilities[name];
  // Of a base id it is said too when only its `:thinking` sibling thinks.
  if (capabilities["reasoning"] === false && !thinks(String(id))) facts.reasoning = false;
  return facts;
}

/** Already per million tokens. */
function priceOf(pricing: unknown): Price | undefined {
  if (!isObject(pricing) || pricing["unit"] !== "per_million_tokens" || typeof pricing["prompt"] !== "number") return undefined;
  return {
    input: pricing["prompt"],
    ...(typeof pricing["completion"] === "number" ? { output: pricing["completion"] } : {}),
    currency: typeof pricing["currency"] === "string" ? pricing["currency"] : "USD",
  };
}
