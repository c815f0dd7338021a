import type { JsonObject, SettingsModule } from "@lumiverse/core";
import { annotations, defineSettings, type SettingAnnotations, type StandardSchema } from "@lumiverse/core/settings";
import * as z from "zod/mini";
import { schema } from "./settings.schema.ts";

/** How the server behind the base URL differs. The default of each setting is the value for the kind of server, otherwise the one that most servers accept. */
export interface CustomSettings {
  /** The protocol. Default `chat-completions`. */
  protocol?: "chat-completions" | "responses" | "messages" | undefined;
  /** The kind of server. `auto` finds it out by the model list, once per connection. Default `unknown`. */
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
  /** The model for the key check, which then is a chat of one token and proves the key. Default: the model list, which may be public. */
  checkModel?: string | undefined;
  /** Models that the server has and does not list. */
  models?: string[] | undefined;
  maxTokensField?: "max_tokens" | "max_completion_tokens" | undefined;
  systemRole?: "system" | "developer" | undefined;
  /** Where system messages are sent. */
  systemPlacement?: "first" | "anywhere" | "leading" | "user" | undefined;
  /** How turns alternate. `filler` adds an assistant turn between a tool result and a user turn. */
  alternation?: "free" | "merge" | "filler" | undefined;
  /** The field that requests reasoning. */
  reasoningStyle?: "effort" | "thinking" | "enable-thinking" | "template" | "none" | undefined;
  /** Which assistant turns are sent with their reasoning. */
  reasoningReplay?: "never" | "tool-turns" | "always" | "present" | undefined;
  reasoningField?: "reasoning_content" | "reasoning" | "reasoning_details" | undefined;
  /** How structured output is requested. */
  structuredOutput?: "schema" | "json" | "prompt" | undefined;
  /** Sends `strict` with schemas and tools that lose nothing by it. */
  strictSchemas?: boolean | undefined;
  /** Requests usage in streams. */
  usageInStream?: boolean | undefined;
  /** `no-tools`: calls with tools are not streamed. */
  streaming?: "yes" | "no" | "no-tools" | undefined;
  /** `data`: the server does not fetch images by URL. */
  images?: "url" | "data" | undefined;
  /** Where images of tool results are sent. */
  toolImages?: "user" | "parts" | undefined;
  /** Adds the function's name to tool messages. */
  toolResultName?: boolean | undefined;
  /** Fields that are added to every request body. Fields of the call replace them. */
  includeBody?: JsonObject | undefined;
  /** Fields that are removed from every request body. */
  excludeBody?: string[] | undefined;
}

/** Adds the texts that a form shows to a schema. */
const setting = <T extends z.ZodMiniType>(schema: T, shown: SettingAnnotations): T => schema.check(z.meta(annotations(shown)));

export const validator: StandardSchema<CustomSettings> = z.strictObject({
  protocol: setting(z._default(z.enum(["chat-completions", "responses", "messages"]), "chat-completions"), {
    title: "API",
    help: "Most servers speak Chat Completions. Some also speak OpenAI's Responses or Anthropic's Messages.",
    section: "Server",
    order: 10,
    choices: { "chat-completions": "Chat Completions", responses: "Responses", messages: "Messages" },
  }),
  server: setting(
    z.optional(
      z.enum([
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
      ]),
    ),
    {
      title: "Kind of server",
      help: "auto reads the server's model list once per connection. An unknown kind also works.",
      section: "Server",
      order: 20,
      choices: {
        auto: "Automatic",
        unknown: "Any",
        "lm-studio": "LM Studio",
        ollama: "Ollama",
        koboldcpp: "KoboldCpp",
        vllm: "vLLM",
        sglang: "SGLang",
        tabbyapi: "TabbyAPI",
        litellm: "LiteLLM proxy",
      },
    },
  ),
  headers: setting(z.optional(z.record(z.string(), z.string())), {
    title: "Extra headers",
    help: "Headers for every request. The key has its own field.",
    section: "Server",
    order: 30,
    secret: true,
  }),
  checkModel: setting(z.optional(z.string().check(z.minLength(1))), {
    title: "Model for the key check",
    help: "With it, the check is a chat of one token, which proves the key. Without it, the check reads the model list, which many servers return without a key.",
    section: "Server",
    order: 40,
  }),
  models: setting(z.optional(z.array(z.string().check(z.minLength(1)))), {
    title: "Models",
    help: "Names as the server expects them. They are added to the list of the server and replace it when the server has none.",
    section: "Server",
    order: 45,
  }),
  streaming: setting(z.optional(z.enum(["yes", "no", "no-tools"])), {
    title: "Streaming",
    help: "no-tools does not stream calls with tools, for servers that lose tool calls in streams.",
    section: "Server",
    order: 50,
  }),
  usageInStream: onChat(z.optional(z.boolean()), {
    title: "Request usage in streams",
    help: "Sends stream_options.include_usage. Switch it off for servers that refuse it.",
    order: 60,
  }),
  maxTokensField: onChat(z.optional(z.enum(["max_tokens", "max_completion_tokens"])), {
    title: "Field of the output limit",
    help: "Most servers accept max_tokens. Proxies of newer OpenAI models require max_completion_tokens.",
    order: 70,
  }),
  systemRole: onChat(z.optional(z.enum(["system", "developer"])), {
    title: "Role of system messages",
    help: "Only OpenAI's models and few others know developer.",
    order: 80,
  }),
  systemPlacement: onChat(z.optional(z.enum(["first", "anywhere", "leading", "user"])), {
    title: "Placement of system messages",
    help: "first merges them into one message at the start, which every chat template accepts. user moves them into the first user turn, for models without a system role.",
    order: 90,
  }),
  alternation: onChat(z.optional(z.enum(["free", "merge", "filler"])), {
    title: "Alternation of turns",
    help: "merge joins neighbouring turns of one role. filler adds a short assistant turn between a tool result and a user turn, for Mistral's templates.",
    order: 100,
  }),
  images: onChat(z.optional(z.enum(["url", "data"])), {
    title: "Images",
    help: "data is for servers that accept image data only and do not fetch images by URL.",
    order: 110,
  }),
  toolImages: onChat(z.optional(z.enum(["user", "parts"])), {
    title: "Images of tool results",
    help: "user sends them in a user turn after the results. parts sends them in the tool message, for servers that accept it.",
    order: 120,
  }),
  toolResultName: onChat(z.optional(z.boolean()), {
    title: "Name the function in tool results",
    help: "For servers whose chat templates require the name.",
    order: 130,
  }),
  reasoningStyle: onChat(z.optional(z.enum(["effort", "thinking", "enable-thinking", "template", "none"])), {
    title: "How reasoning is requested",
    help: "effort sends reasoning_effort. thinking sends thinking.type, as Z.AI requires. enable-thinking sends enable_thinking, as Qwen requires. template sends chat_template_kwargs.",
    section: "Reasoning",
    order: 200,
  }),
  reasoningReplay: onChat(z.optional(z.enum(["never", "tool-turns", "always", "present"])), {
    title: "Send reasoning back",
    help: "Which assistant turns are sent with their reasoning. present adds an empty text to turns without reasoning (DeepSeek, Kimi).",
    section: "Reasoning",
    order: 210,
  }),
  reasoningField: onChat(z.optional(z.enum(["reasoning_content", "reasoning", "reasoning_details"])), {
    title: "Field of replayed reasoning",
    help: "The field in which this server expects the reasoning of earlier turns.",
    section: "Reasoning",
    order: 220,
  }),
  structuredOutput: setting(z.optional(z.enum(["schema", "json", "prompt"])), {
    title: "Structured output",
    help: "Default: a JSON Schema is tried, then JSON mode, then the prompt. The connection remembers what worked.",
    section: "Output",
    order: 300,
  }),
  strictSchemas: onChat(z.optional(z.boolean()), {
    title: "Strict schemas",
    help: "Sends strict with schemas that lose nothing by it. Default: off, because most local servers constrain the output anyway.",
    section: "Output",
    order: 310,
  }),
  includeBody: setting(z.optional(z.record(z.string(), z.unknown())), {
    title: "Additional request fields",
    help: "A JSON object. Its fields are added to every request, and fields of the call replace them.",
    section: "Request",
    order: 400,
  }),
  excludeBody: setting(z.optional(z.array(z.string().check(z.minLength(1)))), {
    title: "Removed request fields",
    help: "Names of request fields that this server refuses. They are removed with a note.",
    section: "Request",
    order: 410,
  }),
});

export const settings: SettingsModule<CustomSettings> = defineSettings({ validator, schema });

/** A setting that applies to Chat Completions only. */
function onChat<T extends z.ZodMiniType>(schema: T, meta: { title: string; help: string; section?: string; order: number }): T {
  return setting(schema, { section: "Compatibility", condition: { path: "protocol", equals: "chat-completions" }, ...meta });
}
