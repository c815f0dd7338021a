import {
  type Call,
  type Capabilities,
  isObject,
  type JsonObject,
  type LumiverseError,
  type Provider,
  policyFor,
  type Recovery,
  withDegradation,
  wordOf,
} from "@lumiverse/core/provider";
import {
  atMostTools,
  chatProvider,
  type Dialect,
  type DialectModel,
  openaiStrict,
  type RouteChanges,
  tokenPrices,
} from "@lumiverse/protocols/chat-completions";
import { versionIn } from "@lumiverse/protocols/families";
import type { GroqSettings } from "./settings.ts";
import { version } from "./version.ts";

const dialect: Dialect = {
  maxTokens: "max_completion_tokens", // max_tokens is deprecated here
  compileStrictSchema: openaiStrict,
  reasoning: {
    fields: ["reasoning"], // gpt-oss adds `channel: "analysis"`
    // In the history, `reasoning_content` and `reasoning_details` are refused with 400, and so is `reasoning` on models that do not reason.
    replay: "never",
    replayField: "reasoning",
  },
  usageAt: ["usage", "x_groq.usage"], // streamed usage also comes under x_groq (fixtures/text)
  errorAt: ["x_groq.error"], // a failure in the middle of a stream
  seedAt: "x_groq.seed",
  errors: [
    { code: ["tool_use_failed", "json_validate_failed"], is: "invalid-generation" }, // the model's mistake, reported as 400 or inside a stream
    {
      code: "model_decommissioned",
      is: "model-not-found",
      hint: "Groq no longer serves this model: see https://console.groq.com/docs/deprecations",
    },
    {
      status: 413,
      code: "rate_limit_exceeded",
      is: "rate-limit",
      retryable: false,
      hint: "The request alone exceeds the tokens per minute of the plan: shorten it or change the plan",
    },
    { status: 498, is: "overloaded", hint: "The flex tier has no capacity left: try again later or set serviceTier to on_demand" },
    { status: 400, text: ["is not supported with this model", "does not support"], is: "unsupported" },
  ],
  extras({ json, emit }) {
    const [choice] = Array.isArray(json["choices"]) ? json["choices"] : [];
    const answer = isObject(choice) ? (choice["message"] ?? choice["delta"]) : undefined;
    // Compound models run tools, such as web search and code, on the server.
    if (isObject(answer) && Array.isArray(answer["executed_tools"]))
      emit({ type: "details", details: { executedTools: answer["executed_tools"] } });
  },
};

const capabilities: Capabilities = {
  "input.image": false,
  "input.audio": false,
  "input.file": false,
  "input.video": false,
  "input.url": true,
  "output.image": false,
  "output.audio": false,
  tools: true,
  "toolChoice.none": true,
  "toolChoice.required": true,
  "toolChoice.named": true,
  parallelToolCalls: true,
  "tools.images": false,
  "output.schema": false, // supported by the models that the list below names
  "output.json": true,
  "output.tools": false, // 400 "json mode cannot be combined with tool/function calling"; schemas are documented as incompatible with tools too
  reasoning: false,
  maxOutputTokens: true,
  temperature: [0, 2],
  topP: [0, 1],
  topK: false,
  minP: false,
  frequencyPenalty: false, // documented as unsupported
  presencePenalty: false,
  repetitionPenalty: false,
  stop: [0, 4],
  seed: true,
  logprobs: false, // 400
  "cache.explicit": false,
  "cache.automatic": false,
  "cache.implicit": true,
  streaming: true,
  webSearch: false,
  countTokens: false,
  models: true,
  account: false,
};

const MOST_TOOLS = 128;

const QWEN = /^qwen\/qwen-?(\d+)(?:\.(\d+))?(?!\d)/;

const models: readonly DialectModel[] = [
  {
    match: "openai/gpt-oss-*",
    capabilities: {
      reasoning: ["low", "medium", "high"],
      "reasoning.off": false,
      "reasoning.budget": false,
      "reasoning.visible": true,
      "output.schema": true,
    },
  },
  {
    match: versionIn(QWEN, [3]),
    capabilities: { reasoning: ["default"], "reasoning.off": true, "reasoning.budget": false, "reasoning.visible": true },
    // The default, `raw`, leaves <think> in the content and is refused together with tools and JSON mode.
    dialect: { defaults: { reasoning_format: "parsed" } },
  },
  { match: versionIn(QWEN, [3, 6]), capabilities: { "input.image": true } },
  { match: ["meta-llama/llama-4-*"], capabilities: { "input.image": true, "output.schema": true } },
  { match: "groq/compound*", capabilities: { tools: false, webSearch: true, "output.schema": false } }, // it runs its own tools and accepts no others
];

/** Groq: https://console.groq.com/docs/api-reference */
export const groq: Provider<GroqSettings> = chatProvider<GroqSettings>({
  id: "groq",
  name: "Groq",
  docs: "https://console.groq.com/docs/api-reference",
  version,
  base: "https://api.groq.com/openai/v1",
  env: "GROQ_API_KEY",
  keyPage: "https://console.groq.com/keys",
  settings: () => import("./settings.ts"),
  catalogue: () => import("./catalogue.ts"),
  dialect,
  capabilities,
  models,
  rules: [atMostTools(MOST_TOOLS)],
  adjust: ({ call, capabilities }) => ({ dialect: fromSettings(call.settings, capabilities), ...outputRoute(call, capabilities) }),
  modelList: {
    filter: isChatModel,
    capabilities: listedCapabilities,
    refine(info, entry) {
      const price = tokenPrices(entry["pricing"]);
      if (price !== undefined) info.price = price;
    },
  },
  recover,
});

function fromSettings({ serviceTier, replayReasoning }: Partial<GroqSettings>, { reasoning }: Capabilities): Dialect {
  return {
    ...(serviceTier === undefined ? {} : { defaults: { service_tier: serviceTier } }),
    ...(replayReasoning === true && reasoning !== false ? { reasoning: { replay: "always" } } : {}),
  };
}

/** Structured outputs cannot be streamed: https://console.groq.com/docs/structured-outputs. JSON mode can. */
function outputRoute({ request, policy, degradations }: Call<GroqSettings>, capabilities: Capabilities): RouteChanges {
  if (request.output === undefined) return {};
  if (policyFor(policy, "output") === "send") return { capabilities: { "output.tools": "unknown" } };
  const tools = request.tools?.length ?? 0;
  // More tools than Groq accepts are left out or refused.
  const hasTools = tools > 0 && tools <= MOST_TOOLS;
  const sendsSchema =
    request.output !== "json" && capabilities["output.schema"] === true && !hasTools && !degradations.has("output.schema");
  return sendsSchema ? { streaming: "no" } : {};
}

/** The list also contains speech, transcription and guard models. */
function isChatModel(entry: JsonObject): boolean {
  const { active, input_modalities: input, output_modalities: output, id } = entry;
  if (active === false || /whisper|-tts|prompt-guard/.test(wordOf(id))) return false;
  return (!Array.isArray(output) || output.includes("text")) && (!Array.isArray(input) || input.includes("text"));
}

/** The capabilities that a list entry states. */
function listedCapabilities(entry: JsonObject): Capabilities | undefined {
  const { supported_features: features, input_modalities: input } = entry;
  if (!Array.isArray(features)) return undefined;
  return {
    tools: features.includes("tools"),
    "output.json": features.includes("json_mode"),
    "output.schema": features.includes("structured_outputs"),
    ...(Array.isArray(input) ? { "input.image": input.includes("image") } : {}),
  };
}

/** The model wrote a tool call or JSON that Groq could not parse. The call is repeated once, with the model's text and the error. */
function recover({ error, call }: { error: LumiverseError; call: Call<GroqSettings> }): Recovery<GroqSettings> | undefined {
  if (error.code !== "invalid-generation" || call.degradations.has("failed-generation")) return undefined;
  const generation = error.generation ?? "";
  const request = {
    ...call.request,
    messages: [
      ...call.request.messages,
      ...(generation.trim() === "" ? [] : [{ role: "assistant" as const, content: generation }]),
      { role: "user" as const, content: `That was refused: ${error.message}. Answer again, in the form that was asked for.` },
    ],
  };
  return {
    call: withDegradation({ ...call, request }, "failed-generation"),
    note: {
      kind: "recovered",
      field: "messages",
      message: "The model's tool call or JSON was malformed. The call was repeated with the error.",
    },
  };
}
