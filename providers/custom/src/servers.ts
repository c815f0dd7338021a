/** The deviations of known servers from `anyServer`, by the kind that the setting `server` names or the probe finds. */
import { type Call, type Capabilities, isObject } from "@lumiverse/core/provider";
import { type Dialect, openaiStrict } from "@lumiverse/protocols/chat-completions";
import type { CustomSettings } from "./settings.ts";

export type Kind = Exclude<CustomSettings["server"], "auto" | undefined>;

/** The deviations of one kind of server. */
export interface Server {
  dialect: Dialect;
  capabilities: Capabilities;
  /** Its capabilities on Responses and Messages. */
  capabilitiesElsewhere?: Capabilities;
  /** The largest part of the context window that the output can use before the server silently cuts the prompt. */
  outputShare?: number;
}

/** The dialect that most servers accept. All capabilities are unknown, so that features are tried. */
export const anyServer: Dialect = {
  googleSignatures: true, // Google's compatible endpoint may stand behind any address
  systemPlacement: "first", // templates of Qwen 3.5 and later answer 500 or 400 to a later system message (ggml-org/llama.cpp#27367)
  strict: "requested",
  compileStrictSchema: openaiStrict,
  reasoning: { replay: "never" },
  usageAt: ["usage", "x_groq.usage"], // gateways that pass Groq's answers on, such as Hugging Face's router
  errorAt: ["x_groq.error"],
  seedAt: "x_groq.seed",
  errors: [
    {
      text: "unexpected endpoint or method",
      is: "not-found",
      hint: "The base URL has no version path: LM Studio serves http://localhost:1234/v1. LM Studio also answers this to a browser while CORS is off",
    },
    { text: ["loading model", "model is loading"], is: "overloaded", hint: "The server is still loading its model: try again later" },
    { text: "system message must be at the beginning", is: "invalid-request", hint: 'Set systemPlacement to "first"' },
    {
      text: ["mmproj", "image input is not supported"],
      is: "unsupported",
      hint: "The server runs this model without its vision part: start it with the multimodal projector",
    },
    {
      text: ["reasoning_content is missing", "missing reasoning_content", "must be passed back", "reasoning_content must be"], // Kimi and DeepSeek
      is: "invalid-request",
      hint: 'The model needs its reasoning back: set reasoningReplay to "tool-turns", or to "present" for turns of other models',
    },
    { text: "cannot have 2 or more assistant messages", is: "invalid-request", hint: 'Set alternation to "merge"' },
    // What the vendors behind a gateway report: DeepSeek, Alibaba and GitHub Copilot.
    { text: "content exists risk", is: "content-filter" },
    { code: "data_inspection_failed", is: "content-filter" },
    { code: "model_not_supported", is: "model-not-found" },
    { text: "enable-auto-tool-choice", is: "unsupported", hint: "Start vLLM with --enable-auto-tool-choice and a --tool-call-parser" },
    { code: "budget_exceeded", is: "insufficient-balance", hint: "The budget that the proxy gives this key is used up" }, // LiteLLM, also with 401
    { status: 401, is: "authentication", hint: "The server requires the key that it was started with: pass it as apiKey" },
  ],
};

/** Chat templates name this switch by model family and ignore names that they do not know. */
const template = (on: boolean): Record<string, unknown> => ({ chat_template_kwargs: { enable_thinking: on, thinking: on } });
const level = (effort: string | undefined): Record<string, unknown> => (effort === undefined ? {} : { reasoning_effort: effort });

/** How each value of the setting `reasoningStyle` requests reasoning. */
export const reasoningStyles: Readonly<Record<Exclude<CustomSettings["reasoningStyle"], undefined>, Dialect["reasoning"] & object>> = {
  effort: {},
  thinking: {
    on: ({ effort }) => ({ thinking: { type: "enabled" }, ...level(effort) }),
    off: () => ({ thinking: { type: "disabled" } }),
    budget: ({ tokens }) => ({ thinking: { type: "enabled", budget_tokens: tokens } }),
  },
  "enable-thinking": {
    on: () => ({ enable_thinking: true }),
    off: () => ({ enable_thinking: false }),
    budget: ({ tokens }) => ({ enable_thinking: true, thinking_budget: tokens }),
  },
  template: { on: () => template(true), off: () => template(false) },
  none: {},
};

/** The deviations by kind of server. */
export const servers: Readonly<Record<Kind, Server>> = {
  unknown: { dialect: {}, capabilities: {} },
  "lm-studio": {
    dialect: { names: { repetitionPenalty: "repeat_penalty" }, images: "data", reasoning: { tags: "leading" } }, // models reason as the app is set
    capabilities: {
      "output.json": false, // response_format accepts json_schema and text only
      "input.url": false,
      minP: false,
      logprobs: false,
      reasoning: false, // the app controls it; only Responses has a field
    },
  },
  ollama: {
    dialect: { images: "data", reasoning: { fields: ["reasoning"], replayField: "reasoning" } },
    capabilities: {
      "toolChoice.none": false, // the server ignores tool_choice, so the tools are not sent
      "toolChoice.required": false,
      "toolChoice.named": false,
      parallelToolCalls: false,
      "input.url": false, // the server answers 400
      topK: false, // the Modelfile sets it; the server ignores the field, as it ignores num_ctx
      minP: false,
      repetitionPenalty: false,
      reasoning: ["low", "medium", "high", "max"],
      "reasoning.off": true,
      "reasoning.budget": false,
    },
  },
  "text-generation-webui": {
    dialect: { reasoning: { on: ({ effort }) => ({ enable_thinking: true, ...level(effort) }), off: () => ({ enable_thinking: false }) } },
    capabilities: { "output.schema": false, "output.json": false, "reasoning.budget": false }, // the server ignores response_format
  },
  koboldcpp: {
    dialect: {
      images: "data", // the server silently ignores image URLs
      finishBody({ body, call }) {
        if (call.request.prefill !== undefined) body["continue_assistant_turn"] = true;
      },
    },
    capabilities: {
      "output.json": false, // its grammar for JSON mode produces a list (1.115)
      "input.url": false,
      frequencyPenalty: false, // the server reads it only without a presence penalty
      logprobs: false,
      reasoning: ["minimal", "low", "medium", "high"],
      "reasoning.off": true,
      "reasoning.budget": false,
    },
    outputShare: 0.5,
  },
  "llama.cpp": {
    dialect: {
      names: { repetitionPenalty: "repeat_penalty" },
      prefillEchoed: true, // unstreamed answers repeat the prefill, streams do not (b11669, fixtures/prefill)
    },
    capabilities: {
      tools: true,
      "toolChoice.none": true,
      "toolChoice.required": true,
      "toolChoice.named": false, // the server accepts it and does not force the tool (b11669, fixtures/tool-choice-named)
      parallelToolCalls: true,
      "output.schema": true,
      "output.json": true,
      maxOutputTokens: true,
      temperature: true,
      topP: true,
      topK: true,
      minP: true,
      frequencyPenalty: true,
      presencePenalty: true,
      repetitionPenalty: true,
      stop: true,
      seed: true,
      logprobs: true,
      prefill: true,
      "reasoning.budget": false,
      "cache.implicit": true,
      streaming: true,
    },
    // The server ignores the schema on these protocols (b11669, fixtures/responses-output-schema).
    capabilitiesElsewhere: { "output.schema": false, "output.json": false, "toolChoice.named": false },
  },
  vllm: {
    dialect: { prefill: "continue", reasoning: { budget: ({ tokens }) => ({ thinking_token_budget: tokens }) } },
    capabilities: { reasoning: ["minimal", "low", "medium", "high", "xhigh", "max"], "reasoning.off": true },
  },
  sglang: {
    dialect: { prefill: "continue" },
    capabilities: {
      "output.tools": false, // the server drops the constraint of the tools when there is a schema
      "input.audio": false, // the server accepts audio by URL only
      reasoning: ["minimal", "low", "medium", "high", "xhigh", "max"],
      "reasoning.off": true,
      "reasoning.budget": false,
    },
  },
  tabbyapi: {
    dialect: {
      toolDescription: "required", // the server answers 422 without a description
      prefill: "continue",
      finishBody({ body }) {
        // The server reads the whole object `json_schema` as the schema, including its name (fixtures/tabbyapi-schema).
        const format = body["response_format"];
        const inner = isObject(format) ? format["json_schema"] : undefined;
        if (!isObject(inner)) return;
        delete body["response_format"];
        body["json_schema"] = inner["schema"];
      },
      reasoning: {
        on: ({ effort }) => ({ enable_thinking: true, ...level(effort) }),
        off: () => ({ enable_thinking: false }),
        budget: ({ tokens }) => ({ enable_thinking: true, reasoning_budget_tokens: tokens }),
      },
    },
    capabilities: { "output.json": false },
  },
  litellm: {
    dialect: {
      finishBody({ body }) {
        // Anthropic behind the proxy requires tools when the history contains calls (fixtures/litellm-history-with-calls).
        const { messages, tools } = body;
        const calls =
          Array.isArray(messages) && messages.some((message: unknown) => isObject(message) && message["tool_calls"] !== undefined);
        if (calls && tools === undefined) body["tools"] = [];
      },
    },
    capabilities: { "reasoning.budget": false },
  },
};

/** The kind of server: from the setting, from the probe, or unknown. */
export function kindOf({ settings, server: info }: Pick<Call<CustomSettings>, "server" | "settings">): Kind {
  const name = settings.server === "auto" ? info?.server : settings.server;
  return name !== undefined && Object.hasOwn(servers, name) ? (name as Kind) : "unknown"; // the keys of servers are the kinds
}
