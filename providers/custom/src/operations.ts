import {
  type Capabilities,
  endpoint,
  type HttpRequest,
  isObject,
  type JsonObject,
  type KeyVerdict,
  type ModelInfo,
  type Operation,
  type Operations,
} from "@lumiverse/core/provider";
import { outsideVersion } from "@lumiverse/protocols/chat-completions";
import { chatCheck, modelList, modelListCheck } from "@lumiverse/protocols/chat-completions/operations";
import { countTokens as countMessages } from "@lumiverse/protocols/messages/operations";
import { countTokens as countResponses } from "@lumiverse/protocols/responses/operations";
import { probe } from "./probe.ts";
import { anyServer, kindOf } from "./servers.ts";
import type { CustomSettings } from "./settings.ts";

/** Many servers return their model list without a key (LM Studio, Ollama, older llama.cpp), so the list proves nothing about a key. */
const check: Operation<KeyVerdict, CustomSettings> = {
  origin: "base",
  request(context) {
    const { checkModel } = context.settings;
    return (checkModel === undefined ? modelListCheck(anyServer) : chatCheck(anyServer, checkModel)).request(context);
  },
  parse(response) {
    const { settings, hasKey } = response.context;
    if (settings.checkModel !== undefined) return chatCheck(anyServer, settings.checkModel).parse(response);
    const { json, status } = response;
    if (status < 400 && !isObject(json) && !Array.isArray(json))
      return {
        value: { key: "unknown", usable: "unknown", reason: "the base URL does not belong to a model server: its model list is not JSON" },
      };
    if (models.parse(response) === undefined) return modelListCheck(anyServer).parse(response);
    const reason = hasKey ? "the server returned its model list, which may not require a key" : "the server answered without a key";
    return { value: { key: "unknown", usable: "unknown", reason, hint: "Set checkModel so that the check sends a chat of one token" } };
  },
};

/** Token counters for Chat Completions by kind of server. For other kinds, that of llama.cpp is tried. */
const COUNTERS: Readonly<Record<string, { url: (base: URL) => URL; read: string }>> = {
  "llama.cpp": { url: (base) => endpoint(base, "/chat/completions/input_tokens"), read: "input_tokens" },
  vllm: { url: (base) => outsideVersion(base, "/tokenize"), read: "count" },
  litellm: { url: (base) => outsideVersion(base, "/utils/token_counter"), read: "total_tokens" },
};

const countTokens: Operation<number, CustomSettings> = {
  origin: "base",
  request(context): HttpRequest {
    const { base, call, settings } = context;
    const counters = { responses: countResponses<CustomSettings>(), messages: countMessages<CustomSettings>() };
    if (settings.protocol === "responses" || settings.protocol === "messages") return counters[settings.protocol].request(context);
    const counter = COUNTERS[call === undefined ? "" : kindOf(call)] ?? COUNTERS["llama.cpp"];
    const { model, messages, tools } = call?.route.protocol.render(call).request.body ?? {};
    return {
      method: "POST",
      url: counter?.url(base) ?? base,
      body: { model, messages, ...(tools === undefined ? {} : { tools }) },
    };
  },
  parse({ status, json }) {
    if (status >= 400 || !isObject(json)) return undefined;
    const value = json["input_tokens"] ?? json["count"] ?? json["total_tokens"];
    return typeof value === "number" ? { value } : undefined;
  },
};

const models: Operation<readonly ModelInfo[], CustomSettings> = modelList({
  // The loaded context comes first, then the largest that the model supports.
  context: [
    "loaded_context_length",
    "meta.n_ctx",
    "max_model_len",
    "parameters.max_seq_len",
    "context_window",
    "context_length",
    "max_context_length",
    "meta.n_ctx_train",
  ],
  maxOutput: ["max_output_tokens", "max_completion_tokens", "max_output_length"],
  filter: ({ type }) => type !== "embeddings" && type !== "embedding",
  capabilities: listedCapabilities,
  refine(info, { state, status, aliases }) {
    if (typeof state === "string") info.state = state;
    else if (isObject(status) && typeof status["value"] === "string") info.state = status["value"]; // llama.cpp's router
    if (Array.isArray(aliases) && aliases.every((alias) => alias === info.id)) delete info.aliases;
  },
});

/** The capabilities that a list entry states. */
function listedCapabilities(entry: JsonObject): Capabilities | undefined {
  const { architecture, capabilities, type, input_modalities: flat } = entry;
  const input = (isObject(architecture) ? architecture["input_modalities"] : undefined) ?? flat;
  if (Array.isArray(input)) return { "input.image": input.includes("image"), "input.audio": input.includes("audio") };
  if (type !== "llm" && type !== "vlm") return undefined;
  const tools = Array.isArray(capabilities) ? { tools: capabilities.includes("tool_use") } : {};
  return { "input.image": type === "vlm", ...tools };
}

export const operations: Operations<CustomSettings> = { check, models: { ...models, partial: true }, countTokens, probe };
