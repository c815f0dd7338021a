import { type Call, type Capabilities, defineProvider, type Provider, type Route, type Rule } from "@lumiverse/core/provider";
import { atMostTools, chatCompletions, samplingRules } from "@lumiverse/protocols/chat-completions";
import { openai as family } from "@lumiverse/protocols/families";
import { responses } from "@lumiverse/protocols/responses";
import { chosenApi, isVendor, scopeHeaders } from "./api.ts";
import { acceptsBreakpoints } from "./cache.ts";
import { chatDialect, responsesDialect } from "./dialects.ts";
import { recover } from "./recover.ts";
import type { OpenaiSettings } from "./settings.ts";
import { version } from "./version.ts";

const BASE = "https://api.openai.com/v1";

/** OpenAI: https://platform.openai.com/docs/api-reference */
export const openai: Provider<OpenaiSettings> = defineProvider<OpenaiSettings>({
  id: "openai",
  name: "OpenAI",
  docs: "https://platform.openai.com/docs/api-reference",
  version,
  contract: 1,
  base: BASE,
  origins: ["https://us.api.openai.com", "https://eu.api.openai.com"], // data residency: other hosts that accept the same keys
  credential: { kind: "api-key", required: true, env: "OPENAI_API_KEY", page: "https://platform.openai.com/api-keys" },
  settings: () => import("./settings.ts").then((module) => module.settings),
  catalogue: () => import("./catalogue.ts").then((module) => module.catalogue),
  operations: () => import("./operations.ts").then((module) => module.operations),
  route,
  recover,
});

/** Both APIs accept this for every model of the vendor. For other models behind other base URLs nothing is known. */
const vendorCapabilities: Capabilities = {
  tools: true,
  "toolChoice.none": true,
  "toolChoice.required": true,
  "toolChoice.named": true,
  parallelToolCalls: true,
  "tools.strict": true,
  "input.url": true,
  "input.video": false,
  "output.schema": true,
  "output.json": true,
  "output.tools": true,
  maxOutputTokens: true,
  topK: false,
  minP: false,
  repetitionPenalty: false,
  prefill: false, // a conversation may end with an assistant turn, but the model answers it instead of continuing it
  "cache.implicit": true,
  streaming: true,
  models: true,
};
const onResponses: Capabilities = {
  "tools.images": true,
  "input.audio": false,
  frequencyPenalty: false,
  presencePenalty: false,
  stop: false,
  seed: false,
  sources: true,
  webSearch: true,
  countTokens: true,
};
const onChat: Capabilities = { "tools.images": false, seed: true, sources: "unknown", countTokens: false };

function route(call: Call<OpenaiSettings>): Route {
  const { request, settings, baseURL } = call;
  const onResponsesApi = chosenApi(call) === "responses";
  const traits = family.traitsOf(request.model);
  const capabilities = modelCapabilities(call, traits);
  const rules = family.rules(request.model);
  return {
    protocol: onResponsesApi ? responses(responsesDialect(call)) : chatCompletions(chatDialect(call)),
    base: baseURL ?? new URL(BASE),
    headers: scopeHeaders(settings),
    ...(onResponsesApi ? { serverTools: "openai" } : {}),
    capabilities: {
      ...capabilities,
      ...(onResponsesApi ? onResponses : onChat),
      "reasoning.visible": capabilities.reasoning !== false && onResponsesApi,
    },
    rules: [
      ...rules,
      ...(isKnown(call) ? bounds : []),
      ...(onResponsesApi ? responsesRules : [...(isKnown(call) ? chatBounds : []), ...chatRules(request.model, traits)]),
      ...samplingRules,
    ],
  };
}

/** True where the vendor's own checks apply. */
function isKnown({ request, baseURL }: Call<OpenaiSettings>): boolean {
  return isVendor(baseURL) || family.isModel(request.model);
}

function modelCapabilities(call: Call<OpenaiSettings>, traits: family.OpenaiTraits): Capabilities {
  const { request } = call;
  const breakpoints = acceptsBreakpoints(traits);
  return {
    ...(isKnown(call) ? { ...vendorCapabilities, "cache.explicit": breakpoints, "cache.automatic": breakpoints } : {}),
    ...family.capabilitiesOf(request.model),
    // Such a model accepts log-probabilities while reasoning is off. The rules of the family refuse them while it reasons.
    ...(traits.sampling === "while-off" && family.requestsReasoning(traits, request) ? { logprobs: "unknown" as const } : {}),
  };
}

/** The ranges that both APIs document. Whether a model accepts the field at all is a capability. */
const RANGES = { temperature: [0, 2], topP: [0, 1], frequencyPenalty: [-2, 2], presencePenalty: [-2, 2], logprobs: [0, 20] } as const;
const bounds: readonly Rule[] = (Object.keys(RANGES) as (keyof typeof RANGES)[]) // the keys of a constant
  .map((field) => ({
    field,
    when: () => true,
    then: "clamp",
    range: RANGES[field],
    because: `OpenAI accepts ${RANGES[field].join(" to ")}.`,
  }));

/** https://platform.openai.com/docs/api-reference/chat/create */
const chatBounds: readonly Rule[] = [
  {
    field: "stop",
    when: ({ stop }) => Array.isArray(stop) && stop.length > 4,
    then: "refuse",
    because: "Chat Completions accept four stop sequences at most",
  },
  atMostTools(128),
];

const responsesRules: readonly Rule[] = [
  {
    field: "maxOutputTokens",
    when: () => true,
    then: "clamp",
    range: [16, Number.MAX_SAFE_INTEGER],
    because: "The Responses API accepts no output limit below 16.", // 400 integer_below_min_value
  },
];

/** From gpt-5.4 on, Chat Completions answers 400 to function tools while the model reasons, from gpt-5.5 on also when no reasoning was requested. */
function chatRules(model: string, traits: family.OpenaiTraits): Rule[] {
  if (!family.isModel(model) || traits.toolsWithReasoningOnChat) return [];
  return [
    {
      field: "tools",
      when: (request) => family.requestsReasoning(traits, request),
      then: "refuse",
      because: `${model} accepts tools on Chat Completions only while it does not reason: set reasoning to "off", or api to "responses"`,
    },
  ];
}

export type { OpenaiSettings };
