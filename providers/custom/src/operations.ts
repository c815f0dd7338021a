import {
  endpoint,
  type Facts,
  isObject,
  type JsonObject,
  type KeyVerdict,
  type ModelInfo,
  type Operation,
  type Operations,
  type WireRequest,
} from "@lumiverse/core";
import { chatCheck, modelList, modelsCheck } from "@lumiverse/protocols/chat-completions";
import { tokenCount } from "@lumiverse/protocols/messages";
import { countTokens as countResponses } from "@lumiverse/protocols/responses";
import { aboveVersion, probe } from "./probe.ts";
import { kindOf, plain } from "./servers.ts";
import type { CustomSettings } from "./settings.ts";

/** Many servers give their model list to anybody (LM Studio, Ollama, older llama.cpp), so it proves a server and no key. */
const check: Operation<KeyVerdict, CustomSettings> = {
  origin: "base",
  request(context) {
    const { checkModel } = context.settings;
    return (checkModel === undefined ? modelsCheck(plain) : chatCheck(plain, checkModel)).request(context);
  },
  parse(response, context) {
    const { settings, keyed } = context;
    if (settings.checkModel !== undefined) return chatCheck(plain, settings.checkModel).parse(response, context);
    const { json, status } = response;
    // LM Studio refuses a path in a 200.
    const refused = status < 400 && isObject(json) && json["error"] !== undefined ? { ...response, status: 404 } : response;
    if (refused.status >= 400) return modelsCheck(plain).parse(refused, context);
    if (!isObject(json) && !Array.isArray(json))
      return { value: { key: "unknown", usable: "unknown", reason: "what answered is no model server: its model list is no JSON" } };
    const reason = keyed ? "the server answered, but it may give its model list to anybody" : "the server answered without a key";
    return { value: { key: "unknown", usable: "unknown", reason, hint: "Set checkModel to have the check send a chat of one token" } };
  },
};

/** Counters of prompt tokens on Chat Completions, by kind of server. Elsewhere the first is tried. */
const COUNTERS: Readonly<Record<string, { url: (base: URL) => URL; read: string }>> = {
  "llama.cpp": { url: (base) => endpoint(base, "/chat/completions/input_tokens"), read: "input_tokens" },
  vllm: { url: (base) => aboveVersion(base, "/tokenize"), read: "count" },
  litellm: { url: (base) => aboveVersion(base, "/utils/token_counter"), read: "total_tokens" },
};

const countTokens: Operation<number, CustomSettings> = {
  origin: "base",
  request(context): WireRequest {
    const { base, call, settings } = context;
    const wire = { responses: countResponses<CustomSettings>(), messages: tokenCount<CustomSettings>() };
    if (settings.protocol === "responses" || settings.protocol === "messages") return wire[settings.protocol].request(context);
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
  // What is loaded counts, then what the model could.
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
  keep: ({ type }) => type !== "embeddings" && type !== "embedding",
  takes: factsOf,
  refine(info, { state, status, aliases }) {
    if (typeof state === "string") info.state = state;
    else if (isObject(status) && typeof status["value"] === "string") info.state = status["value"]; // llama.cpp's router
    if (Array.isArray(aliases) && aliases.every((alias) => alias === info.id)) delete info.aliases;
  },
});

function factsOf(entry: JsonObject): Facts | undefined {
  const { architecture, capabilities, type, input_modalities: flat } = entry;
  const input = (isObject(architecture) ? architecture["input_modalities"] : undefined) ?? flat;
  if (Array.isArray(input)) return { "input.image": input.includes("image"), "input.audio": input.includes("audio") };
  if (type !== "llm" && type !== "vlm") return undefined;
  const tools = Array.isArray(capabilities) ? { tools: capabilities.includes("tool_use") } : {};
  return { "input.image": type === "vlm", ...tools };
}

export const operations: Operations<CustomSettings> = { check, models: { ...models, partial: true }, countTokens, probe };
