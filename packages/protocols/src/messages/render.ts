/** A checked call as a request of the Messages wire. */
import { type CheckedCall, endpoint, isObject, type JsonObject, mergeParameters, type Note, type Rendered } from "@lumiverse/core";
import type { Names } from "@lumiverse/core/wire";
import type { ClaudeTraits } from "../families/claude.ts";
import { isRich, SAME_NAMES } from "../plain.ts";
import { betasFor } from "./betas.ts";
import { planCache } from "./cache.ts";
import { cacheInForce, type MessagesHost, type MessagesOptions, VERSION } from "./host.ts";
import type { ReaderState } from "./reader.ts";
import { renderThinking, type Thinking, WITHOUT } from "./thinking.ts";
import type { ToolFields } from "./tools.ts";
import { noteOnce, renderTurns, rich, type Turn, type Turns } from "./turns.ts";

export function render(call: CheckedCall, host: MessagesHost, options: MessagesOptions): Rendered {
  const { request } = call;
  const notes: Note[] = [];
  const traits = host.traits?.(request.model);
  const betas = new Set(options.betas);
  const { names, fields } = isRich(call) ? toolsOf(call, notes) : NO_TOOLS;
  const turns = renderTurns(call.messages, {
    traits,
    names,
    notes,
    betas,
    thinking: call.without.has(WITHOUT.replay) ? "none" : options.editedHistory === "strip" && traits?.bound === true ? "running" : "all",
    unsigned: host.unsigned ?? "drop",
    citations: cites(options, fields.format !== undefined, notes),
    unsupported: call.policy.unsupported === "warn" || call.policy.unsupported === "send" ? call.policy.unsupported : "refuse",
  });
  const thinking = openLoop(turns.messages, renderThinking(call, traits, host, options, notes), notes);
  for (const beta of thinking.betas) betas.add(beta);
  if (request.prefill !== undefined && request.prefill !== "") prefill(turns.messages, request.prefill, notes);

  const limit = request.maxOutputTokens ?? ownLimit(call, thinking, traits);
  const body: JsonObject = {
    ...(host.modelInBody === false ? {} : { model: request.model }),
    ...host.fields,
    max_tokens: limit,
    ...(turns.system.length === 0 ? {} : { system: turns.system }),
    messages: turns.messages,
    ...(fields.tools === undefined ? {} : { tools: fields.tools }),
    ...(fields.tool_choice === undefined ? {} : { tool_choice: fields.tool_choice }),
    ...(thinking.thinking === undefined ? {} : { thinking: thinking.thinking }),
    ...outputConfig(thinking.effort, fields.format),
    ...sampling(call, notes),
    ...rest(turns, options),
    ...(call.streaming ? { stream: true } : {}),
  };
  mergeParameters(body, request.parameters, notes);
  const cache = planCache(
    body,
    cacheInForce(options.promptCache, request.cache),
    { mode: host.cache ?? "automatic", minimum: traits?.minimumCache, model: request.model },
    notes,
  );
  for (const beta of betasFor(body)) betas.add(beta);
  const asked = host.betas === "never" ? listed(betas, options, notes) : betas;

  const state: ReaderState = {
    toolName: names.neutral,
    ...(fields.outputTool === undefined ? {} : { outputTool: fields.outputTool }),
    ...(request.maxOutputTokens === undefined && body["max_tokens"] === limit ? { ownLimit: limit } : {}),
  };
  const path = typeof host.path === "function" ? host.path(call) : (host.path ?? "/messages");
  return {
    request: { method: "POST", url: endpoint(call.route.base, path), headers: headers(call, host, asked, notes), body },
    notes,
    cache,
    state,
  };
}

const NO_TOOLS: { names: Names; fields: ToolFields } = { names: SAME_NAMES, fields: {} };
function toolsOf(call: CheckedCall, notes: Note[]): typeof NO_TOOLS {
  const { calledNames, renderTools, toolNames } = rich.inside;
  const declared = (call.request.tools ?? []).flatMap((tool) => ("hosted" in tool ? [] : [tool.name]));
  const names = toolNames([...declared, ...calledNames(call), ...(call.output?.strategy === "tool" ? [call.output.name] : [])], {
    max: 128,
    refused: /[^a-zA-Z0-9_-]/,
  });
  return { names, fields: renderTools(call, names, notes) };
}

function cites(options: MessagesOptions, formatted: boolean, notes: Note[]): boolean {
  if (options.citations !== true || !formatted) return options.citations === true;
  notes.push({ kind: "dropped", field: "settings.citations", message: "the vendor gives no citations together with structured output" });
  return false;
}

/** A tool loop whose turn began without thinking (another model's, or a hand-made one) can't go on with a thinking budget. */
function openLoop(messages: readonly Turn[], thinking: Thinking, notes: Note[]): Thinking {
  const [turn, results] = messages.slice(-2);
  const running =
    turn?.role === "assistant" &&
    results?.content[0]?.["type"] === "tool_result" &&
    turn.content.some((block) => block["type"] === "tool_use");
  const first = turn?.content[0]?.["type"];
  if (thinking.budget === undefined || !running || first === "thinking" || first === "redacted_thinking") return thinking;
  notes.push({
    kind: "dropped",
    field: "reasoning",
    message: "the running tool loop began without this model's thinking, and the vendor takes no thinking budget before it is closed",
  });
  return { betas: [] };
}

function prefill(messages: Turn[], text: string, notes: Note[]): void {
  // Blanks at the end of it are refused.
  const trimmed = text.trimEnd();
  if (trimmed !== text)
    notes.push({ kind: "prefill", field: "prefill", message: "blanks at the end of the prefill were left out: the vendor refuses them" });
  if (trimmed === "") return;
  const last = messages[messages.length - 1];
  if (last?.role === "assistant") last.content.push({ type: "text", text: trimmed });
  else messages.push({ role: "assistant", content: [{ type: "text", text: trimmed }] });
}

/** The wire demands a limit. Room for thinking where there is some; never above what is known of the model. */
function ownLimit(call: CheckedCall, thinking: Thinking, traits: ClaudeTraits | undefined): number {
  const thinks = thinking.thinking === undefined ? traits?.unasked === "on" : thinking.thinking["type"] === "adaptive";
  const wanted = thinking.budget === undefined ? (thinks ? 16_384 : 4096) : thinking.budget + 4096;
  const known = call.route.takes.maxOutputTokens;
  const most = Array.isArray(known) && typeof known[1] === "number" ? known[1] : wanted;
  return Math.min(wanted, most);
}

function outputConfig(effort: string | undefined, format: JsonObject | undefined): JsonObject {
  if (effort === undefined && format === undefined) return {};
  return { output_config: { ...(effort === undefined ? {} : { effort }), ...(format === undefined ? {} : { format }) } };
}

/** Fields of a request that this wire has no name for. The check leaves them out; asked to send everything, it is said here. */
const NAMELESS = ["minP", "frequencyPenalty", "presencePenalty", "repetitionPenalty", "seed", "logprobs"] as const;

function sampling(call: CheckedCall, notes: Note[]): JsonObject {
  const { request, without } = call;
  for (const field of NAMELESS)
    if (request[field] !== undefined) notes.push({ kind: "dropped", field, message: `the Messages wire has no field for ${field}` });
  const out: JsonObject = {};
  if (!without.has(WITHOUT.sampling)) {
    if (request.temperature !== undefined) out["temperature"] = request.temperature;
    if (request.topP !== undefined && !without.has(WITHOUT.topP)) out["top_p"] = request.topP;
    if (request.topK !== undefined) out["top_k"] = request.topK;
  }
  const stop = typeof request.stop === "string" ? [request.stop] : (request.stop ?? []);
  const kept = stop.filter((one) => one.trim() !== "");
  if (kept.length < stop.length)
    notes.push({ kind: "dropped", field: "stop", message: "stop sequences of blanks alone were left out: the vendor refuses them" });
  if (kept.length > 0) out["stop_sequences"] = kept;
  return out;
}

function rest(turns: Turns, options: MessagesOptions): JsonObject {
  const { container } = turns;
  const id = isObject(container) ? container["id"] : undefined;
  return {
    ...(typeof id === "string" ? { container: id } : {}),
    ...(options.userId === undefined ? {} : { metadata: { user_id: options.userId } }),
    ...(options.serviceTier === undefined ? {} : { service_tier: options.serviceTier }),
    ...(options.inferenceGeo === undefined ? {} : { inference_geo: options.inferenceGeo }),
  };
}

/** To a host that may know none of the vendor's betas, only those go that a person listed. */
function listed(betas: ReadonlySet<string>, options: MessagesOptions, notes: Note[]): Set<string> {
  const own = new Set(options.betas);
  const missing = [...betas].filter((beta) => !own.has(beta));
  if (missing.length > 0)
    notes.push({
      kind: "dropped",
      field: "settings.betas",
      message: `this host is not the vendor's own and got no anthropic-beta for ${missing.join(", ")}; list it in betas if it takes it`,
    });
  return own;
}

function headers(call: CheckedCall, host: MessagesHost, betas: Set<string>, notes: Note[]): Record<string, string> {
  const version = host.fields?.["anthropic_version"] === undefined ? { "anthropic-version": VERSION } : {};
  const values = [...betas];
  if (values.length === 0) return version;
  if (Object.keys(call.request.headers ?? {}).some((name) => name.toLowerCase() === "anthropic-beta"))
    noteOnce(notes, {
      kind: "warning",
      field: "headers",
      message: `anthropic-beta of the call replaces ${values.join(", ")}, which this request needs; use the setting betas to add to them`,
    });
  return { ...version, "anthropic-beta": values.join(",") };
}
