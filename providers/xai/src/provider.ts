/**
 * Code beside data: server tools and searches live on the Responses API alone, so the call chooses the wire; deferred answers (`deferred.ts`) are fetched
 * by a second call; the key's own page and the list of models (`operations.ts`) are shaped like no other's.
 */
import {
  type Call,
  type ChatRequest,
  defineProvider,
  type Facts,
  factsFor,
  type ModelFacts,
  type Provider,
  type Route,
  type Rule,
} from "@lumiverse/core";
import { chatRoute, type Dialect, openaiStrict } from "@lumiverse/protocols/chat-completions";
import { atLeast, versionOf } from "@lumiverse/protocols/families";
import { responses } from "@lumiverse/protocols/responses";
import { deferred, receiptOf } from "./deferred.ts";
import { errors } from "./errors.ts";
import { grokModels, keyCheck } from "./operations.ts";
import { responsesDialect } from "./responses.ts";
import type { XaiSettings } from "./settings.ts";
import { version } from "./version.ts";

const BASE = "https://api.x.ai/v1";

const dialect: Dialect = {
  maxTokens: "max_completion_tokens", // visible text alone: reasoning is not bounded by it
  toolTurnContent: "space", // "Each message must have at least one content element": null and omission pass with some versions only
  files: "none", // documents go by the Responses API
  strictSchemas: openaiStrict,
  reasoning: { read: ["reasoning_content"], tags: "none", replay: "never" }, // not wanted back
  // completion_tokens leaves reasoning out; that total_tokens is the sum of all three says so in each answer (fixtures/reasoning).
  cost: { path: "cost_in_usd_ticks", currency: "USD", unit: 1e-10 },
  errors,
};

const takes: Facts = {
  "input.audio": false,
  "input.file": true, // takes the call to Responses, as the vendor's own tools do
  "input.video": false,
  "input.url": true,
  "output.image": false,
  "output.audio": false,
  tools: true,
  "toolChoice.none": true,
  "toolChoice.required": true,
  "toolChoice.named": true,
  parallelToolCalls: true,
  "tools.strict": true, // always so, says https://docs.x.ai/developers/model-capabilities/text/structured-outputs.md
  "tools.images": false, // results are text; images go into the next message
  "output.schema": true,
  "output.json": true,
  "output.tools": true,
  reasoning: true, // a level is a 400 but for listed models
  "reasoning.off": false,
  "reasoning.budget": false,
  "reasoning.visible": true,
  maxOutputTokens: true,
  temperature: [0, 2],
  topP: [0, 1],
  topK: false,
  minP: false,
  frequencyPenalty: false, // these three are refused even as 0 or empty, on models that don't reason too
  presencePenalty: false,
  stop: false,
  repetitionPenalty: false,
  seed: true,
  logprobs: [0, 8],
  prefill: false,
  "cache.explicit": false,
  "cache.automatic": false,
  "cache.implicit": true,
  streaming: true,
  sources: true,
  webSearch: true,
  countTokens: false,
  models: true,
  account: false,
};
const onResponses: Facts = { seed: false };

/** grok-4.20 is older than grok-4.3: its number is a decimal fraction. */
const since =
  (...minimum: number[]) =>
  (id: string): boolean => {
    const found = versionOf(id.replace(/^grok-4\.20(?!\d)/i, "grok-4.2"), /^grok-(\d+)(?:\.(\d+))?(?![\d.])/);
    return found !== undefined && atLeast(found, minimum);
  };

/** Efforts by model: https://docs.x.ai/developers/model-capabilities/text/reasoning */
const models: readonly ModelFacts[] = [
  { match: since(4), takes: { "input.image": true } },
  { match: since(4, 3), takes: { reasoning: ["low", "medium", "high"] } },
  { match: (id) => since(4, 3)(id) && !since(4, 4)(id), takes: { "reasoning.off": true } }, // `none`, a 400 from 4.5 on
  { match: since(4, 7), takes: { reasoning: ["low", "medium", "high", "xhigh"] } },
  { match: "grok-3-mini*", takes: { reasoning: ["low", "high"] } },
  { match: "*non-reasoning*", takes: { reasoning: false, "reasoning.visible": false } },
  { match: "grok-*multi-agent*", takes: { tools: false, reasoning: ["low", "medium", "high", "xhigh"] } }, // how many agents: 4, or 16 from high on
];

const rules: readonly Rule[] = [
  {
    field: "toolChoice",
    when: ({ tools, toolChoice }) => toolChoice === "required" && tools?.some((tool) => "name" in tool) !== true,
    then: "refuse",
    because: "the vendor's own tools can't be forced",
  },
];

/** xAI: https://docs.x.ai */
export const xai: Provider<XaiSettings> = defineProvider<XaiSettings>({
  id: "xai",
  name: "xAI",
  docs: "https://docs.x.ai",
  version,
  contract: 1,
  credential: { kind: "api-key", required: true, env: "XAI_API_KEY", page: "https://console.x.ai" },
  base: BASE,
  origins: ["https://us.api.x.ai", "https://us-east-1.api.x.ai", "https://eu-west-1.api.x.ai"], // https://docs.x.ai/developers/regions
  settings: () => import("./settings.ts").then((module) => module.settings),
  catalogue: () => import("./catalogue.ts").then((module) => module.catalogue),
  evidence: () => import("./evidence.ts").then((module) => module.evidence),
  route,
  operations: { check: keyCheck(dialect), models: grokModels(BASE) },
});

function route(call: Call<XaiSettings>): Route {
  if (onlyResponses(call) || call.settings.api === "responses")
    return {
      protocol: responses(responsesDialect(call.settings)),
      base: call.baseURL ?? new URL(BASE),
      takes: { ...factsFor(takes, models, call.request.model), ...onResponses },
      rules,
    };
  const route = chat(call);
  if (call.settings.deferred !== true && receiptOf(call.request.messages) === undefined) return route;
  return { ...route, protocol: deferred(route.protocol), streaming: "no" };
}

const chat = chatRoute<XaiSettings>({
  base: BASE,
  dialect,
  takes,
  models,
  rules,
  headers({ settings: { conversationId: id } }) {
    return id === undefined ? {} : { "x-grok-conv-id": id };
  },
  adjust({ settings: { serviceTier: tier } }) {
    return tier === undefined ? undefined : { dialect: { defaults: { service_tier: tier } } };
  },
});

/** What Chat Completions does not serve: the vendor's own tools, documents, several agents. */
function onlyResponses({ request, settings }: Call<XaiSettings>): boolean {
  return (
    settings.webSearch?.enabled === true ||
    settings.xSearch?.enabled === true ||
    /multi-agent/i.test(request.model) ||
    request.tools?.some((tool) => "hosted" in tool) === true ||
    hasDocument(request)
  );
}

function hasDocument({ messages }: ChatRequest): boolean {
  return messages.some(({ content }) => typeof content !== "string" && content.some((part) => part.type === "file"));
}
