import type { Call, Capabilities, ChatRequest, ModelCapabilities, Provider, Route, Rule } from "@lumiverse/core/provider";
import { atMostTools, chatProvider, type Dialect, openaiStrict } from "@lumiverse/protocols/chat-completions";
import { atLeast, versionOf } from "@lumiverse/protocols/families";
import { responses } from "@lumiverse/protocols/responses";
import { deferred, deferredRequestId } from "./deferred.ts";
import { errors } from "./errors.ts";
import { responsesDialect } from "./responses.ts";
import type { XaiSettings } from "./settings.ts";
import { version } from "./version.ts";

const dialect: Dialect = {
  maxTokens: "max_completion_tokens", // it limits the visible text only, not the reasoning
  toolTurnContent: "space", // null and omission are refused by some versions with "Each message must have at least one content element" (fixtures/tool-loop)
  files: "none", // documents require the Responses API
  compileStrictSchema: openaiStrict,
  reasoning: { fields: ["reasoning_content"], tags: "none", replay: "never" }, // the vendor does not require it back
  // completion_tokens excludes reasoning: total_tokens is the sum of prompt, completion and reasoning (fixtures/reasoning).
  cost: { path: "cost_in_usd_ticks", currency: "USD", unit: 1e-10 },
  errors,
};

const capabilities: Capabilities = {
  "input.audio": false,
  "input.file": true, // a document sends the call to Responses, as the vendor's own tools do
  "input.video": false,
  "input.url": true,
  "output.image": false,
  "output.audio": false,
  tools: true,
  "toolChoice.none": true,
  "toolChoice.required": true,
  "toolChoice.named": true,
  parallelToolCalls: true,
  "tools.strict": true, // always strict: https://docs.x.ai/developers/model-capabilities/text/structured-outputs.md
  "tools.images": false, // tool results are strings, so images are sent in the next message
  "output.schema": true,
  "output.json": true,
  "output.tools": true,
  reasoning: true, // the vendor answers 400 to a level, except for the models listed below
  "reasoning.off": false,
  "reasoning.budget": false,
  "reasoning.visible": true,
  maxOutputTokens: true,
  temperature: [0, 2],
  topP: [0, 1],
  topK: false,
  minP: false,
  frequencyPenalty: false, // the vendor refuses this and the next two even as 0 or empty, also for models that do not reason (August 2026)
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
const onResponses: Capabilities = { seed: false };

/** Matches models from a version on. The version of grok-4.20 is a decimal fraction, so it is older than grok-4.3. */
const since =
  (...minimum: number[]) =>
  (id: string): boolean => {
    const found = versionOf(id.replace(/^grok-4\.20(?!\d)/i, "grok-4.2"), /^grok-(\d+)(?:\.(\d+))?(?![\d.])/);
    return found !== undefined && atLeast(found, minimum);
  };

/** Efforts by model: https://docs.x.ai/developers/model-capabilities/text/reasoning */
const models: readonly ModelCapabilities[] = [
  { match: since(4), capabilities: { "input.image": true } },
  { match: since(4, 3), capabilities: { reasoning: ["low", "medium", "high"] } },
  { match: (id) => since(4, 3)(id) && !since(4, 4)(id), capabilities: { "reasoning.off": true } }, // `none`, which the vendor refuses with 400 from 4.5 on
  { match: since(4, 7), capabilities: { reasoning: ["low", "medium", "high", "xhigh"] } },
  { match: "grok-3-mini*", capabilities: { reasoning: ["low", "high"] } },
  { match: "*non-reasoning*", capabilities: { reasoning: false, "reasoning.visible": false } },
  { match: "grok-*multi-agent*", capabilities: { tools: false, reasoning: ["low", "medium", "high", "xhigh"] } }, // the level sets the number of agents: 4, or 16 from high on
];

const rules: readonly Rule[] = [
  atMostTools(200), // https://docs.x.ai/developers/tools/function-calling; more are refused with "invalid-argument"
  {
    field: "toolChoice",
    when: ({ tools, toolChoice }) => toolChoice === "required" && tools?.some((tool) => "name" in tool) !== true,
    then: "refuse",
    because: "the vendor cannot force its own tools",
  },
];

const chat = chatProvider<XaiSettings>({
  id: "xai",
  name: "xAI",
  docs: "https://docs.x.ai",
  version,
  base: "https://api.x.ai/v1",
  origins: ["https://us.api.x.ai", "https://us-east-1.api.x.ai", "https://eu-west-1.api.x.ai"], // https://docs.x.ai/developers/regions
  env: "XAI_API_KEY",
  keyPage: "https://console.x.ai",
  settings: () => import("./settings.ts"),
  catalogue: () => import("./catalogue.ts"),
  operations: () => import("./operations.ts").then((module) => module.operations),
  dialect,
  capabilities,
  models,
  rules,
  headers: ({ settings: { conversationId: id } }) => (id === undefined ? {} : { "x-grok-conv-id": id }),
  adjust: ({ call }) => {
    const { serviceTier: tier } = call.settings;
    return tier === undefined ? undefined : { dialect: { defaults: { service_tier: tier } } };
  },
});

/** xAI: https://docs.x.ai */
export const xai: Provider<XaiSettings> = { ...chat, route };

function route(call: Call<XaiSettings>): Route {
  const { request, settings } = call;
  const onChat = chat.route(call);
  if (settings.api === "responses" || needsResponses(call)) {
    const { base, capabilities } = onChat;
    return {
      protocol: responses(responsesDialect(settings)),
      base,
      capabilities: { ...capabilities, ...onResponses },
      rules,
      // A search of the settings is sent already.
      ...(settings.webSearch?.enabled === true ? {} : { serverTools: "xai" }),
    };
  }
  if (settings.deferred !== true && deferredRequestId(request.messages) === undefined) return onChat;
  return { ...onChat, protocol: deferred(onChat.protocol), streaming: "no" };
}

/** Only Responses serves the vendor's own tools, documents and multi-agent models. */
function needsResponses({ request, settings }: Call<XaiSettings>): boolean {
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
