/** What hosts document beyond the types that they are held against. */
import type { JsonObject } from "@lumiverse/core/provider";
import type { VendorType } from "./vendor-schemas.ts";

/** Fields that a host documents and the vendor type lacks, by the name of the definition that holds them. */
export interface Extension {
  providers: readonly string[];
  type: VendorType;
  /** The page that documents them. */
  source: string;
  /** Fields by definition. */
  fields?: Readonly<Record<string, Readonly<Record<string, JsonObject>>>>;
  /** Fields whose type the host widens, by definition. */
  retyped?: Readonly<Record<string, Readonly<Record<string, JsonObject>>>>;
  /** Fields that may be left out, by definition. */
  optional?: Readonly<Record<string, readonly string[]>>;
  /** Further members of a union, by definition. */
  members?: Readonly<Record<string, readonly JsonObject[]>>;
  /** Definitions that the host replaces. */
  replaced?: Readonly<Record<string, JsonObject>>;
}

const number: JsonObject = { type: "number" };
const integer: JsonObject = { type: "integer" };
const boolean: JsonObject = { type: "boolean" };
const text: JsonObject = { type: "string" };
const object: JsonObject = { type: "object" };
const words = (...list: string[]): JsonObject => ({ enum: list });
const urlPart = (type: string): JsonObject => ({
  type: "object",
  properties: {
    type: { const: type },
    [type]: { type: "object", properties: { url: text }, required: ["url"], additionalProperties: false },
  },
  required: ["type", type],
  additionalProperties: false,
});
const cacheControl: JsonObject = {
  type: "object",
  properties: { type: { const: "ephemeral" }, ttl: words("5m", "1h") },
  required: ["type"],
  additionalProperties: false,
};
const thinking: JsonObject = {
  type: "object",
  properties: { type: words("enabled", "disabled"), budget_tokens: integer, keep: text, clear_thinking: boolean },
  required: ["type"],
  additionalProperties: false,
};

const BODY = "ChatCompletionCreateParams";
const ASSISTANT = "ChatCompletionAssistantMessageParam";
const PART = "ChatCompletionContentPart";

/** Sampling of vLLM, SGLang and most servers and gateways of open models. */
const openModels = { top_k: integer, min_p: number, repetition_penalty: number };

export const extensions: readonly Extension[] = [
  {
    providers: ["chutes", "custom", "electronhub", "fireworks", "infermatic", "nanogpt", "pollinations", "siliconflow"],
    type: "OpenaiChat",
    source: "https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html#extra-parameters",
    fields: { [BODY]: openModels, [ASSISTANT]: { reasoning_content: text } },
    members: { [PART]: [urlPart("video_url")] },
  },
  {
    providers: ["chutes", "infermatic"],
    type: "OpenaiChat",
    source: "https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html#extra-parameters",
    fields: { [BODY]: { chat_template_kwargs: object, add_generation_prompt: boolean, continue_final_message: boolean } },
  },
  {
    providers: ["custom"],
    type: "OpenaiChat",
    source: "https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md", // and the servers named in providers/custom/src/servers.ts
    fields: {
      [BODY]: {
        chat_template_kwargs: object,
        add_generation_prompt: boolean,
        continue_final_message: boolean,
        repeat_penalty: number,
        json_schema: object,
        enable_thinking: boolean,
        thinking_budget: integer,
        continue_assistant_turn: boolean,
        reasoning_budget_tokens: integer,
        thinking,
        reasoning: object,
        response_prefix: text,
      },
      ChatCompletionToolMessageParam: { name: text },
    },
  },
  {
    providers: ["deepseek"],
    type: "OpenaiChat",
    source: "https://api-docs.deepseek.com/api/create-chat-completion",
    fields: { [BODY]: { thinking, user_id: text }, [ASSISTANT]: { reasoning_content: text, prefix: boolean } },
  },
  {
    providers: ["electronhub", "nanogpt"],
    type: "OpenaiChat",
    source: "https://docs.nano-gpt.com/api-reference/endpoint/chat-completion", // ElectronHub has the same fields: https://docs.electronhub.ai
    fields: {
      [BODY]: { reasoning: object, cache_control: cacheControl, web_search: boolean },
      [PART]: { cache_control: cacheControl },
      ChatCompletionContentPartText: { cache_control: cacheControl },
      ChatCompletionFunctionTool: { cache_control: cacheControl },
    },
  },
  {
    providers: ["nanogpt"],
    type: "OpenaiChat",
    source: "https://docs.nano-gpt.com/api-reference/endpoint/chat-completion",
    fields: { [BODY]: { include_usage: boolean, prompt_caching: object, caching: boolean } },
  },
  {
    providers: ["fireworks"],
    type: "OpenaiChat",
    source: "https://docs.fireworks.ai/api-reference/post-chatcompletions",
    fields: {
      [BODY]: {
        context_length_exceeded_behavior: words("error", "truncate"),
        thinking,
        reasoning_history: text,
        prompt_cache_isolation_key: text,
        perf_metrics_in_response: boolean,
      },
    },
  },
  {
    providers: ["moonshot"],
    type: "OpenaiChat",
    source: "https://platform.moonshot.ai/docs/api/chat",
    fields: { [BODY]: { thinking }, [ASSISTANT]: { reasoning_content: text, partial: boolean } },
    members: { [PART]: [urlPart("video_url")] },
  },
  {
    providers: ["pollinations"],
    type: "OpenaiChat",
    source: "https://github.com/pollinations/pollinations/blob/master/APIDOCS.md",
    fields: { [BODY]: { referrer: text, private: boolean, thinking } },
  },
  {
    providers: ["siliconflow"],
    type: "OpenaiChat",
    source: "https://docs.siliconflow.com/en/api-reference/chat-completions/chat-completions",
    fields: { [BODY]: { enable_thinking: boolean, thinking_budget: integer } },
  },
  {
    providers: ["zai"],
    type: "OpenaiChat",
    source: "https://docs.z.ai/api-reference/llm/chat-completion",
    fields: {
      [BODY]: { thinking, tool_stream: boolean, do_sample: boolean, user_id: text },
      [ASSISTANT]: { reasoning_content: text, prefix: boolean },
    },
    members: { [PART]: [urlPart("video_url"), urlPart("file_url")] },
  },
  {
    providers: ["xai"],
    type: "OpenaiChat",
    source: "https://docs.x.ai/docs/guides/deferred-chat-completions",
    fields: { [BODY]: { deferred: boolean } },
  },
  {
    providers: ["xai"],
    type: "OpenaiResponses",
    source: "https://docs.x.ai/docs/guides/tools/search-tools",
    fields: {
      WebSearchTool: {
        allowed_domains: { type: "array", items: text },
        excluded_domains: { type: "array", items: text },
        enable_image_understanding: boolean,
      },
    },
    members: {
      Tool: [
        {
          type: "object",
          properties: {
            type: { const: "x_search" },
            allowed_x_handles: { type: "array", items: text },
            excluded_x_handles: { type: "array", items: text },
            from_date: text,
            to_date: text,
          },
          required: ["type"],
          additionalProperties: false,
        },
      ],
    },
  },
  {
    providers: ["groq"],
    type: "GroqChat",
    source: "https://console.groq.com/docs/api-reference#chat-create", // the SDK leaves it out; usage of a stream arrives without it too
    fields: {
      [BODY]: { stream_options: { type: ["object", "null"], properties: { include_usage: boolean }, additionalProperties: false } },
    },
  },
  {
    providers: ["mistral"],
    type: "MistralChat",
    source: "https://docs.mistral.ai/api/endpoint/chat", // the SDK fills in defaults, and its types state what it sends
    optional: {
      ChatCompletionRequest$Outbound: ["stream"],
      ChatCompletionStreamRequest$Outbound: ["stream"],
      ToolCall$Outbound: ["index"],
    },
  },
  {
    providers: ["openrouter"],
    type: "OpenrouterChat",
    source: "https://openrouter.ai/docs/use-cases/reasoning-tokens",
    fields: { ChatRequestReasoning$Outbound: { max_tokens: integer, exclude: boolean, enabled: boolean } },
    optional: { ChatRequest$Outbound: ["stream"] }, // the SDK fills in the default
  },
  {
    providers: ["openrouter"],
    type: "OpenrouterChat",
    source: "https://openrouter.ai/docs/guides/routing/provider-selection#max-price",
    replaced: { MaxPrice$Outbound: { type: "object", additionalProperties: { type: ["number", "string"] } } },
  },
  {
    providers: ["openrouter"],
    type: "OpenrouterChat",
    source: "https://openrouter.ai/docs/guides/features/presets",
    fields: { ChatRequest$Outbound: { preset: text } },
  },
  {
    providers: ["google", "google-vertex"],
    type: "GoogleGenerateContent",
    source: "https://ai.google.dev/gemini-api/docs/function-calling?example=meeting#step-1", // the REST examples spell types in lower case
    replaced: {
      Type: {
        enum: ["STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT", "NULL"].flatMap((type) => [type, type.toLowerCase()]),
      },
    },
  },
  {
    providers: ["google", "google-vertex"],
    type: "GoogleGenerateContent",
    source: "https://protobuf.dev/programming-guides/json/", // int64: the JSON form is a text, and numbers are accepted
    retyped: {
      Schema: Object.fromEntries(
        ["maxItems", "maxLength", "maxProperties", "minItems", "minLength", "minProperties"].map((name) => [
          name,
          { type: ["string", "integer"] },
        ]),
      ),
    },
  },
  {
    providers: ["perplexity"],
    type: "PerplexityAgent",
    source:
      "https://github.com/perplexityai/api-platform-developers/blob/main/skills/migrate-sonar-to-agent-api/references/request-mapping.md", // the vendor's own guide
    fields: { ResponsesRequestInput: { tool_choice: { type: ["string", "object"] }, parallel_tool_calls: boolean } },
    retyped: { ReasoningConfigInput: { effort: words("minimal", "low", "medium", "high", "xhigh", "max") } },
    optional: { InputMessageInput: ["type"] },
  },
  {
    providers: ["mistral"],
    type: "MistralChat",
    source: "https://docs.mistral.ai/capabilities/audio", // the object is also what the vendor answered in recordings of July 2026
    retyped: {
      AudioChunk$Outbound: {
        input_audio: {
          anyOf: [text, { type: "object", properties: { data: text, format: text }, required: ["data"], additionalProperties: false }],
        },
      },
    },
  },
  {
    providers: ["custom", "infermatic"],
    type: "OpenaiChat",
    // The word becomes the media type of a data URL, and the decoder reads every format.
    source: "https://github.com/vllm-project/vllm/pull/11027",
    replaced: {
      "ChatCompletionContentPartInputAudio.InputAudio": {
        type: "object",
        properties: { data: text, format: text },
        required: ["data", "format"],
        additionalProperties: false,
      },
    },
  },
  {
    providers: ["anthropic", "custom"],
    type: "AnthropicMessages",
    source: "https://platform.claude.com/docs/en/api/messages/create", // the SDK dropped them with its version 1; models before Opus 4.7 accept them
    fields: { MessageCreateParams: { temperature: number, top_p: number, top_k: integer } },
  },
];
