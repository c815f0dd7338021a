/** What nine servers do in their own way: data for the kind that a setting names or the probe finds. What is not said is as everywhere. */
import { type Call, type Facts, isObject } from "@lumiverse/core";
import { type Dialect, openaiStrict } from "@lumiverse/protocols/chat-completions";
import type { CustomSettings } from "./settings.ts";

export type Kind = Exclude<CustomSettings["server"], "auto" | undefined>;

export interface Server {
  dialect: Dialect;
  takes: Facts;
  /** What it takes on Responses and Messages. */
  beside?: Facts;
  /** More output than this part of the window takes the prompt's place without a word. */
  outputShare?: number;
}

/** A server of which nothing is known gets what most servers take, and every fact is unknown: it is tried. */
export const plain: Dialect = {
  systemPlace: "first", // templates of Qwen 3.5 and later fail on any other place, as HTTP 500 or 400 (ggml-org/llama.cpp#27367)
  strict: "asked",
  strictSchemas: openaiStrict,
  reasoning: { replay: "never" },
  errors: [
    {
      text: "unexpected endpoint or method",
      is: "not-found",
      hint: "The base URL misses its version: LM Studio serves http://localhost:1234/v1; with CORS off it says the same to a browser",
    },
    { text: ["loading model", "model is loading"], is: "overloaded", hint: "The server is still loading its model" },
    { text: "system message must be at the beginning", is: "invalid-request", hint: 'Set systemPlace to "first"' },
    { text: ["mmproj", "image input is not supported"], is: "unsupported", hint: "The server runs this model without its vision part" },
    { text: "cannot have 2 or more assistant messages", is: "invalid-request", hint: 'Set alternation to "merge"' },
    { text: "enable-auto-tool-choice", is: "unsupported", hint: "Start vLLM with --enable-auto-tool-choice and a --tool-call-parser" },
    { status: 401, is: "authentication", hint: "The server wants the key that it was started with, as apiKey" },
  ],
};

/** The value of `chat_template_kwargs` has one name per family of models; a template ignores what it does not know. */
const template = (on: boolean): Record<string, unknown> => ({ chat_template_kwargs: { enable_thinking: on, thinking: on } });
const level = (effort: string | undefined): Record<string, unknown> => (effort === undefined ? {} : { reasoning_effort: effort });

export const styles: Readonly<Record<Exclude<CustomSettings["reasoningStyle"], undefined>, Dialect["reasoning"] & object>> = {
  effort: {},
  thinking: {
    on: (effort) => ({ thinking: { type: "enabled" }, ...level(effort) }),
    off: () => ({ thinking: { type: "disabled" } }),
    budget: (tokens) => ({ thinking: { type: "enabled", budget_tokens: tokens } }),
  },
  "enable-thinking": {
    on: () => ({ enable_thinking: true }),
    off: () => ({ enable_thinking: false }),
    budget: (tokens) => ({ enable_thinking: true, thinking_budget: tokens }),
  },
  template: { on: () => template(true), off: () => template(false) },
  none: {},
};

export const servers: Readonly<Record<Kind, Server>> = {
  unknown: { dialect: {}, takes: {} },
  "lm-studio": {
    dialect: { names: { repetitionPenalty: "repeat_penalty" }, images: "data" },
    takes: {
      "output.json": false, // json_schema and text alone
      "input.url": false,
      minP: false,
      logprobs: false,
      reasoning: false, // chosen in the app; on Responses there is a field
    },
  },
  ollama: {
    dialect: { images: "data", reasoning: { read: ["reasoning"], replayField: "reasoning" } },
    takes: {
      "toolChoice.none": false, // the field is ignored: no tools are sent instead
      "toolChoice.required": false,
      "toolChoice.named": false,
      parallelToolCalls: false,
      "input.url": false, // 400
      topK: false, // set in the Modelfile; ignored here, as num_ctx is
      minP: false,
      repetitionPenalty: false,
      reasoning: ["low", "medium", "high", "max"],
      "reasoning.off": true,
      "reasoning.budget": false,
    },
  },
  "text-generation-webui": {
    dialect: { reasoning: { on: (effort) => ({ enable_thinking: true, ...level(effort) }), off: () => ({ enable_thinking: false }) } },
    takes: { "output.schema": false, "output.json": false, "reasoning.budget": false }, // response_format is ignored
  },
  koboldcpp: {
    dialect: {
      images: "data", // any other image is left out without a word
      finishBody(body, call) {
        if (call.request.prefill !== undefined) body["continue_assistant_turn"] = true;
      },
    },
    takes: {
      "output.json": false, // its grammar for JSON mode has a list as its root (1.115)
      "input.url": false,
      frequencyPenalty: false, // read only where there is no presence penalty
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
      prefillEchoed: true, // an unstreamed answer begins with it, a stream does not (b11669, fixtures/prefill)
    },
    takes: {
      tools: true,
      "toolChoice.none": true,
      "toolChoice.required": true,
      "toolChoice.named": false, // taken, and the model chooses all the same (b11669, fixtures/tool-choice-named)
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
    // The schema's field of these wires is not read (b11669, fixtures/responses-output-schema).
    beside: { "output.schema": false, "output.json": false, "toolChoice.named": false },
  },
  vllm: {
    dialect: { prefill: "continue", reasoning: { budget: (tokens) => ({ thinking_token_budget: tokens }) } },
    takes: { reasoning: ["minimal", "low", "medium", "high", "xhigh", "max"], "reasoning.off": true },
  },
  sglang: {
    dialect: { prefill: "continue" },
    takes: {
      "output.tools": false, // the tools' constraint is dropped
      "input.audio": false, // audio by URL alone
      reasoning: ["minimal", "low", "medium", "high", "xhigh", "max"],
      "reasoning.off": true,
      "reasoning.budget": false,
    },
  },
  tabbyapi: {
    dialect: {
      toolDescription: "required", // 422 without one
      prefill: "continue",
      finishBody(body) {
        // The whole of `json_schema` would be taken for the schema, its name and all.
        const format = body["response_format"];
        const inner = isObject(format) ? format["json_schema"] : undefined;
        if (!isObject(inner)) return;
        delete body["response_format"];
        body["json_schema"] = inner["schema"];
      },
      reasoning: {
        on: (effort) => ({ enable_thinking: true, ...level(effort) }),
        off: () => ({ enable_thinking: false }),
        budget: (tokens) => ({ enable_thinking: true, reasoning_budget_tokens: tokens }),
      },
    },
    takes: { "output.json": false },
  },
  litellm: {
    dialect: {
      finishBody(body) {
        // Anthropic behind it wants a list of tools wherever the history has calls.
        const { messages, tools } = body;
        const calls =
          Array.isArray(messages) && messages.some((message: unknown) => isObject(message) && message["tool_calls"] !== undefined);
        if (calls && tools === undefined) body["tools"] = [];
      },
    },
    takes: { "reasoning.budget": false },
  },
};

/** Said by a person, found out, or not known. */
export function kindOf({ settings, facts }: Pick<Call<CustomSettings>, "settings" | "facts">): Kind {
  const said = settings.server === "auto" ? facts?.server : settings.server;
  return said !== undefined && Object.hasOwn(servers, said) ? (said as Kind) : "unknown"; // its keys are the kinds
}
