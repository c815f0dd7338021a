import type { JsonObject, SettingsModule } from "@lumiverse/core";
import { defineSettings, z } from "@lumiverse/core/settings";

/** Each says how the server behind the base URL differs. Absent: what its kind of server says, or else what most servers take. */
export interface CustomSettings {
  /** Which wire. Default `chat-completions`. */
  protocol?: "chat-completions" | "responses" | "messages" | undefined;
  /** What kind of server it is. `auto` asks its model list, once a connection. Default `unknown`. */
  server?:
    | "auto"
    | "unknown"
    | "lm-studio"
    | "ollama"
    | "text-generation-webui"
    | "koboldcpp"
    | "llama.cpp"
    | "vllm"
    | "sglang"
    | "tabbyapi"
    | "litellm"
    | undefined;
  /** Extra HTTP headers. */
  headers?: Record<string, string> | undefined;
  /** With it the key check is a chat of one token with this model, which proves the key; a model list may be public. */
  checkModel?: string | undefined;
  /** Models that the server has and does not list, or of a server that lists none. */
  models?: string[] | undefined;
  maxTokensField?: "max_tokens" | "max_completion_tokens" | undefined;
  systemRole?: "system" | "developer" | undefined;
  /** Where system messages go. */
  systemPlace?: "first" | "anywhere" | "leading" | "user" | undefined;
  /** What comes between a tool's result and the next user turn. */
  alternation?: "free" | "merge" | "filler" | undefined;
  /** The field that asks for reasoning. */
  reasoningStyle?: "effort" | "thinking" | "enable-thinking" | "template" | "none" | undefined;
  /** Which assistant turns carry their reasoning back. */
  reasoningReplay?: "never" | "tool-turns" | "always" | "present" | undefined;
  reasoningField?: "reasoning_content" | "reasoning" | "reasoning_details" | undefined;
  /** How structured output is asked for. */
  structuredOutput?: "schema" | "json" | "prompt" | undefined;
  /** Schemas and tools with `strict`, where nothing is lost by it. */
  strictSchemas?: boolean | undefined;
  /** Ask for usage in streams. */
  usageInStream?: boolean | undefined;
  /** `no-tools`: calls with tools are asked for whole. */
  streaming?: "yes" | "no" | "no-tools" | undefined;
  /** `data`: the server fetches no images from the web. */
  images?: "url" | "data" | undefined;
  /** Where images of a tool's result go. */
  toolImages?: "user" | "parts" | undefined;
  /** Tool messages repeat the function's name. */
  toolResultName?: boolean | undefined;
  /** Fields for every request body, unless the call says otherwise. */
  includeBody?: JsonObject | undefined;
  /** Fields that never go into a request body. */
  excludeBody?: string[] | undefined;
}

export const settings: SettingsModule<CustomSettings> = defineSettings<CustomSettings>(
  z.strictObject({
    protocol: z
      .enum(["chat-completions", "responses", "messages"])
      .default("chat-completions")
      .meta({
        title: "API",
        help: "Most servers speak Chat Completions; some speak OpenAI's Responses or Anthropic's Messages beside it.",
        section: "Server",
        order: 10,
        choices: { "chat-completions": "Chat Completions", responses: "Responses", messages: "Messages" },
      }),
    server: z
      .enum([
        "auto",
        "unknown",
        "lm-studio",
        "ollama",
        "text-generation-webui",
        "koboldcpp",
        "llama.cpp",
        "vllm",
        "sglang",
        "tabbyapi",
        "litellm",
      ])
      .optional()
      .meta({
        title: "Kind of server",
        help: "auto looks at the server's model list once a connection. A kind that stays unknown works as well.",
        section: "Server",
        order: 20,
        choices: {
          auto: "Find out",
          unknown: "Any",
          "lm-studio": "LM Studio",
          ollama: "Ollama",
          koboldcpp: "KoboldCpp",
          vllm: "vLLM",
          sglang: "SGLang",
          tabbyapi: "TabbyAPI",
          litellm: "LiteLLM proxy",
        },
      }),
    headers: z.record(z.string(), z.string()).optional().meta({
      title: "Extra headers",
      help: "Sent with every request. The key has a field of its own.",
      section: "Server",
      order: 30,
      secret: true,
    }),
    checkModel: z.string().min(1).optional().meta({
      title: "Model for the key check",
      help: "With it the check is a chat of one token, which proves the key. Without it the model list is asked, which many servers give to anybody.",
      section: "Server",
      order: 40,
    }),
    models: z.array(z.string().min(1)).optional().meta({
      title: "Models",
      help: "Names as the server expects them. They are listed beside what the server lists itself, and alone where it has no list.",
      section: "Server",
      order: 45,
    }),
    streaming: z.enum(["yes", "no", "no-tools"]).optional().meta({
      title: "Streaming",
      help: "no-tools: calls with tools are asked for whole, for servers that lose tool calls in a stream.",
      section: "Server",
      order: 50,
    }),
    usageInStream: onChat(z.boolean().optional(), {
      title: "Ask for usage in streams",
      help: "Sends stream_options.include_usage. Off for servers that refuse it.",
      order: 60,
    }),
    maxTokensField: onChat(z.enum(["max_tokens", "max_completion_tokens"]).optional(), {
      title: "Field of the output limit",
      help: "max_tokens is what most servers take; proxies of newer OpenAI models want the other.",
      order: 70,
    }),
    systemRole: onChat(z.enum(["system", "developer"]).optional(), {
      title: "Role of system messages",
      help: "developer is known to OpenAI's own models and few others.",
      order: 80,
    }),
    systemPlace: onChat(z.enum(["first", "anywhere", "leading", "user"]).optional(), {
      title: "Place of system messages",
      help: "first: merged into one at the head, which every chat template takes. user: folded into the first user turn, for models that know no system role.",
      order: 90,
    }),
    alternation: onChat(z.enum(["free", "merge", "filler"]).optional(), {
      title: "Alternation of turns",
      help: "merge: neighbours of one role are joined. filler: a short assistant turn between a tool's result and a user turn, for Mistral's templates.",
      order: 100,
    }),
    images: onChat(z.enum(["url", "data"]).optional(), {
      title: "Images",
      help: "data: the server takes images in the request alone and fetches none from the web.",
      order: 110,
    }),
    toolImages: onChat(z.enum(["user", "parts"]).optional(), {
      title: "Images of tool results",
      help: "user: in a user turn after the results. parts: in the tool message, where the server takes that.",
      order: 120,
    }),
    toolResultName: onChat(z.boolean().optional(), {
      title: "Name the function in tool results",
      help: "For servers whose templates want the name there.",
      order: 130,
    }),
    reasoningStyle: onChat(z.enum(["effort", "thinking", "enable-thinking", "template", "none"]).optional(), {
      title: "How reasoning is asked for",
      help: "effort: reasoning_effort. thinking: thinking.type, as at Z.AI. enable-thinking: enable_thinking, as at Qwen. template: chat_template_kwargs.",
      section: "Reasoning",
      order: 200,
    }),
    reasoningReplay: onChat(z.enum(["never", "tool-turns", "always", "present"]).optional(), {
      title: "Send reasoning back",
      help: "Which assistant turns carry their reasoning back. present: every turn, with an empty text where there was none (DeepSeek, Kimi).",
      section: "Reasoning",
      order: 210,
    }),
    reasoningField: onChat(z.enum(["reasoning_content", "reasoning", "reasoning_details"]).optional(), {
      title: "Field of reasoning that goes back",
      help: "The field of an earlier turn in which this server reads its reasoning.",
      section: "Reasoning",
      order: 220,
    }),
    structuredOutput: z.enum(["schema", "json", "prompt"]).optional().meta({
      title: "Structured output",
      help: "Unset: a JSON Schema is tried, then JSON mode, then the prompt, and what worked is remembered.",
      section: "Output",
      order: 300,
    }),
    strictSchemas: onChat(z.boolean().optional(), {
      title: "Strict schemas",
      help: "Sends strict with schemas that lose nothing by it. Off: most local servers constrain the output anyway.",
      section: "Output",
      order: 310,
    }),
    includeBody: z.record(z.string(), z.unknown()).optional().meta({
      title: "More request fields",
      help: "JSON. Put into every request unless the call says otherwise.",
      section: "Request",
      order: 400,
    }),
    excludeBody: z.array(z.string().min(1)).optional().meta({
      title: "Fields left out",
      help: "Names of request fields that this server refuses. They are left out, with a note.",
      section: "Request",
      order: 410,
    }),
  }),
);

/** A field that has a meaning on Chat Completions alone. */
function onChat<T extends z.ZodType>(schema: T, meta: { title: string; help: string; section?: string; order: number }): T {
  return schema.meta({ section: "Compatibility", condition: { path: "protocol", equals: "chat-completions" }, ...meta });
}
