/** A checked call as a request of the Messages protocol. */
import {
  type CheckedCall,
  definedFields,
  endpoint,
  isObject,
  type JsonObject,
  mergeParameters,
  type Note,
  policyFor,
  type Rendered,
  type ToolNames,
} from "@lumiverse/core/provider";
import type { ClaudeTraits } from "../../families/claude.ts";
import { effectivePromptCache } from "../../shared/prompt-cache.ts";
import { sentToolNames } from "../../shared/tool-names.ts";
import { planCache } from "../cache/cache.ts";
import type { CacheHost } from "../cache/cache-plan.ts";
import type { MessagesHost, MessagesOptions, RenderContext } from "../host.ts";
import { DEGRADATIONS } from "../recover.ts";
import type { ReaderState } from "../response/reader.ts";
import { betasOf, requestHeaders } from "./betas.ts";
import { renderThinking, type ThinkingFields } from "./thinking.ts";
import { renderTools, type ToolFields } from "./tools.ts";
import { lacksThinking, renderTurns, type Turn, type TurnContext, type Turns } from "./turns.ts";

export function render(call: CheckedCall, host: MessagesHost, options: MessagesOptions): Rendered {
  const { request } = call;
  const notes: Note[] = [];
  const traits = host.traits?.(request.model);
  const betas = new Set(options.betas);
  const context: RenderContext = { call, host, options, traits, notes, betas };
  const names = sentToolNames(call, { max: 128, refused: /[^a-zA-Z0-9_-]/ }, notes);
  const tools = renderTools(call, names, notes);
  const turns = renderConversation(context, names, tools);
  const thinking = withoutBudgetInOpenLoop(turns.messages, renderThinking(context), notes);
  for (const beta of thinking.betas) betas.add(beta);
  if (request.prefill !== undefined && request.prefill !== "") addPrefill(turns.messages, request.prefill, notes);

  const limit = request.maxOutputTokens ?? defaultMaxTokens(call, thinking, traits);
  const body: JsonObject = {
    ...(host.modelInBody === false ? {} : { model: request.model }),
    ...host.fields,
    max_tokens: limit,
    ...(turns.system.length === 0 ? {} : { system: turns.system }),
    messages: turns.messages,
    ...definedFields({ tools: tools.tools, tool_choice: tools.tool_choice, thinking: thinking.thinking }),
    ...outputConfig(thinking.effort, tools.format),
    ...sampling(call, notes),
    ...container(turns),
    ...settingsFields(options),
    ...(call.streaming ? { stream: true } : {}),
  };
  mergeParameters(body, request.parameters, notes);
  const cacheHost: CacheHost = { mode: host.cache ?? "automatic", minimum: traits?.minimumCache, model: request.model };
  const cache = planCache(body, effectivePromptCache(options.promptCache, request.cache), cacheHost, notes);
  for (const beta of betasOf(body)) betas.add(beta);

  const state: ReaderState = {
    toolName: names.decode,
    decodeArguments: (sent) => tools.properties.get(names.decode(sent))?.decode,
    ...definedFields({ outputTool: tools.outputTool }),
    ...(request.maxOutputTokens === undefined && body["max_tokens"] === limit ? { defaultLimit: limit } : {}),
  };
  const path = typeof host.path === "function" ? host.path(call) : (host.path ?? "/messages");
  const url = endpoint(call.route.base, path);
  return { request: { method: "POST", url, headers: requestHeaders(context), body }, notes, state, ...definedFields({ cache }) };
}

function renderConversation({ call, host, options, traits, notes, betas }: RenderContext, names: ToolNames, tools: ToolFields): Turns {
  return renderTurns(call.messages, {
    traits,
    names,
    properties: tools.properties,
    notes,
    betas,
    breakpoints: call.breakpoints,
    thinking: thinkingToSend(call, options, traits),
    unsignedThinking: host.unsignedThinking ?? "drop",
    citations: withCitations(options, tools.format !== undefined, notes),
    unsupported: policyFor(call.policy, "messages") ?? "error",
  });
}

function thinkingToSend(call: CheckedCall, options: MessagesOptions, traits: ClaudeTraits | undefined): TurnContext["thinking"] {
  if (call.degradations.has(DEGRADATIONS.replay)) return "none";
  return options.editedHistory === "strip" && traits?.bound === true ? "open-turn" : "all";
}

function withCitations(options: MessagesOptions, hasFormat: boolean, notes: Note[]): boolean {
  if (options.citations !== true || !hasFormat) return options.citations === true;
  notes.push({
    kind: "dropped",
    field: "settings.citations",
    message: "The vendor returns no citations with structured output.",
  });
  return false;
}

/** Removes a thinking budget when the open tool loop began without thinking (a turn of another model, or a hand-written one): the vendor refuses it. */
function withoutBudgetInOpenLoop(messages: readonly Turn[], thinking: ThinkingFields, notes: Note[]): ThinkingFields {
  const [turn, results] = messages.slice(-2);
  const loopIsOpen = turn?.role === "assistant" && results?.content[0]?.["type"] === "tool_result";
  if (thinking.budget === undefined || !loopIsOpen || !lacksThinking(turn.content)) return thinking;
  notes.push({
    kind: "dropped",
    field: "reasoning",
    message: "The open tool loop began without thinking of this model, so the vendor accepts no thinking budget until it ends.",
  });
  return { betas: [] };
}

function addPrefill(messages: Turn[], text: string, notes: Note[]): void {
  const trimmed = text.trimEnd();
  if (trimmed !== text)
    notes.push({
      kind: "prefill",
      field: "prefill",
      message: "Whitespace at the end of the prefill was removed, because the vendor refuses it.",
    });
  if (trimmed === "") return;
  const last = messages[messages.length - 1];
  if (last?.role === "assistant") last.content.push({ type: "text", text: trimmed });
  else messages.push({ role: "assistant", content: [{ type: "text", text: trimmed }] });
}

/**
 * `max_tokens` is required. The default is the model's own limit, so that it cuts no answer. Models that refuse a prompt whose length and `max_tokens` exceed the
 * context window, and unknown models, get a lower one; the reader notes when it cuts the answer.
 */
function defaultMaxTokens(call: CheckedCall, thinking: ThinkingFields, traits: ClaudeTraits | undefined): number {
  const known = call.route.capabilities.maxOutputTokens;
  const most = Array.isArray(known) && typeof known[1] === "number" ? known[1] : traits?.maxOutput;
  if (traits?.stopsAtWindow === true && most !== undefined) return most;
  const wanted = (thinking.budget ?? 0) + 4096;
  return most === undefined ? wanted : Math.min(wanted, most);
}

function outputConfig(effort: string | undefined, format: JsonObject | undefined): JsonObject {
  if (effort === undefined && format === undefined) return {};
  return { output_config: definedFields({ effort, format }) };
}

/** Request fields that the protocol has no field for. They arrive here only under the policy `send`. */
const NOT_IN_PROTOCOL = ["minP", "frequencyPenalty", "presencePenalty", "repetitionPenalty", "seed", "logprobs"] as const;

function sampling(call: CheckedCall, notes: Note[]): JsonObject {
  const { request, degradations } = call;
  for (const field of NOT_IN_PROTOCOL)
    if (request[field] !== undefined) notes.push({ kind: "dropped", field, message: `The Messages protocol has no field for ${field}.` });
  const fields: JsonObject = {};
  if (!degradations.has(DEGRADATIONS.sampling)) {
    if (request.temperature !== undefined) fields["temperature"] = request.temperature;
    if (request.topP !== undefined && !degradations.has(DEGRADATIONS.topP)) fields["top_p"] = request.topP;
    if (request.topK !== undefined) fields["top_k"] = request.topK;
  }
  const stop = typeof request.stop === "string" ? [request.stop] : (request.stop ?? []);
  const sequences = stop.filter((sequence) => sequence.trim() !== "");
  if (sequences.length < stop.length)
    notes.push({
      kind: "dropped",
      field: "stop",
      message: "Stop sequences of whitespace alone were dropped, because the vendor refuses them.",
    });
  if (sequences.length > 0) fields["stop_sequences"] = sequences;
  return fields;
}

function container({ container: last }: Turns): JsonObject {
  const id = isObject(last) ? last["id"] : undefined;
  return typeof id === "string" ? { container: id } : {};
}

function settingsFields(options: MessagesOptions): JsonObject {
  return {
    ...(options.userId === undefined ? {} : { metadata: { user_id: options.userId } }),
    ...definedFields({ service_tier: options.serviceTier, inference_geo: options.inferenceGeo }),
  };
}
