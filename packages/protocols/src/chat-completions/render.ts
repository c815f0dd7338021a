import { type CheckedCall, endpoint, isObject, type JsonObject, mergeParameters, type Note, type Rendered } from "@lumiverse/core";
import type { Dialect } from "./dialect.ts";
import { needsRich, renderTexts, rich } from "./plain.ts";
import type { State } from "./protocol.ts";
import type { ToolSet } from "./tools.ts";

/** The request as this host spells it. A straight walk in a fixed order of keys, so that the same call is the same bytes. */
export function renderChat(call: CheckedCall, dialect: Dialect): Rendered {
  const notes: Note[] = [];
  const body: JsonObject = { model: call.request.model };
  let tools: ToolSet | undefined;
  if (needsRich(call, dialect)) {
    const { renderOutput, renderTools, renderTurns, toolSet } = rich.inside;
    tools = toolSet(call, dialect, notes);
    body["messages"] = renderTurns(call, dialect, tools, notes);
    renderTools(body, call, dialect, tools, notes);
    renderOutput(body, call, dialect, notes);
  } else body["messages"] = renderTexts(call, dialect);
  renderReasoning(body, call, dialect, notes);
  renderSampling(body, call, dialect);
  if (dialect.prefill === "continue" && call.request.prefill !== undefined) {
    body["add_generation_prompt"] = false;
    body["continue_final_message"] = true;
  }
  if (call.streaming) {
    body["stream"] = true;
    if (dialect.streamOptions ?? true) body["stream_options"] = { include_usage: true };
  }
  for (const key of Object.keys(dialect.defaults ?? {})) if (!(key in body)) body[key] = dialect.defaults?.[key];
  dialect.finishBody?.(body, call, notes);
  const cache = dialect.cache?.(body, call, notes);
  if (dialect.cache === undefined && call.request.cache !== undefined && call.request.cache !== false)
    notes.push({ kind: "cache", field: "cache", message: "this host takes no cache marks: none were sent" });
  mergeParameters(body, call.request.parameters, notes);
  return {
    request: { method: "POST", url: endpoint(call.route.base, dialect.path ?? "/chat/completions"), body },
    notes,
    state: stateOf(tools),
    ...(cache === undefined ? {} : { cache }),
  };
}

function stateOf(tools: ToolSet | undefined): State {
  const state: State = {};
  if (tools?.names.changed === true) state.names = tools.names;
  if (tools?.output !== undefined) state.outputTool = tools.output;
  return state;
}

function renderReasoning(body: JsonObject, call: CheckedCall, dialect: Dialect, notes: Note[]): void {
  const { reasoning } = call;
  if (reasoning === undefined) return;
  const how = dialect.reasoning;
  let fields: JsonObject | undefined;
  if (reasoning.kind === "off") fields = how?.off === undefined ? { reasoning_effort: "none" } : how.off(call);
  else if (reasoning.kind === "budget") fields = how?.budget?.(reasoning.tokens, call);
  else {
    const word = reasoning.kind === "effort" ? reasoning.word : undefined;
    fields = how?.on === undefined ? (word === undefined ? {} : { reasoning_effort: word }) : how.on(word, call);
  }
  if (fields === undefined)
    notes.push({ kind: "dropped", field: "reasoning", message: "a budget of reasoning tokens has no field here and was left out" });
  // A host's several switches (thinking, chat_template_kwargs) may share an object with what is there.
  for (const key of Object.keys(fields ?? {})) {
    const value = fields?.[key];
    const present = body[key];
    body[key] = isObject(value) && isObject(present) ? { ...present, ...value } : value;
  }
}

function renderSampling(body: JsonObject, call: CheckedCall, dialect: Dialect): void {
  const { request } = call;
  const put = (field: string, value: unknown): void => {
    if (value !== undefined) body[field] = value;
  };
  const names = dialect.names;
  put(dialect.maxTokens ?? "max_tokens", request.maxOutputTokens);
  put("temperature", request.temperature);
  put("top_p", request.topP);
  put(names?.topK ?? "top_k", request.topK);
  put(names?.minP ?? "min_p", request.minP);
  put("frequency_penalty", request.frequencyPenalty);
  put("presence_penalty", request.presencePenalty);
  put(names?.repetitionPenalty ?? "repetition_penalty", request.repetitionPenalty);
  put(names?.stop ?? "stop", request.stop);
  put(names?.seed ?? "seed", request.seed);
  if (request.logprobs !== undefined && request.logprobs !== false) {
    body["logprobs"] = true;
    if (typeof request.logprobs === "number") body["top_logprobs"] = request.logprobs;
  }
}
