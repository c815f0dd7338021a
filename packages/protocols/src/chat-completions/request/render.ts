import {
  type CheckedCall,
  definedFields,
  endpoint,
  isObject,
  type JsonObject,
  mergeParameters,
  type Note,
  type Rendered,
} from "@lumiverse/core/provider";
import { addBreakpoints } from "../../shared/prompt-cache.ts";
import { seedOf32Bits } from "../../shared/seed.ts";
import type { Dialect } from "../dialect.ts";
import { MAX_COMPLETION_TOKENS } from "../recover.ts";
import { type RenderContext, renderOutput, renderTools, toolSet, toolState } from "../tools.ts";
import { renderTurns } from "./turns.ts";

/** The request in the dialect of one host. Keys are written in a fixed order, so that the same call has the same bytes. */
export function renderChat(call: CheckedCall, dialect: Dialect): Rendered {
  const notes: Note[] = [];
  const body: JsonObject = { model: call.request.model };
  const tools = toolSet(call, dialect, notes);
  // The tools are rendered first, because the turns repeat their names. In the body and in the notes, the turns come first.
  const toolNotes: Note[] = [];
  body["messages"] = [];
  renderTools(body, tools, { call, dialect, notes: toolNotes });
  body["messages"] = renderTurns(call, dialect, tools, notes);
  notes.push(...toolNotes);
  const context: RenderContext = { call, dialect, notes };
  renderOutput(body, context);
  renderReasoning(body, context);
  renderSampling(body, context);
  if (dialect.prefill === "continue" && call.request.prefill !== undefined) {
    body["add_generation_prompt"] = false;
    body["continue_final_message"] = true;
  }
  if (call.streaming) {
    body["stream"] = true;
    if (dialect.streamOptions ?? true) body["stream_options"] = { include_usage: true };
  }
  for (const key of Object.keys(dialect.defaults ?? {})) if (!(key in body)) body[key] = dialect.defaults?.[key];
  dialect.finishBody?.({ body, call, notes });
  const cache = addBreakpoints(dialect, { body, call, notes });
  mergeParameters(body, call.request.parameters, notes);
  return {
    request: { method: "POST", url: endpoint(call.route.base, dialect.path ?? "/chat/completions"), body },
    notes,
    state: toolState(tools),
    ...definedFields({ cache }),
  };
}

function renderReasoning(body: JsonObject, { call, dialect, notes }: RenderContext): void {
  const { reasoning } = call;
  if (reasoning === undefined) return;
  const spelling = dialect.reasoning;
  let fields: JsonObject | undefined;
  if (reasoning.kind === "off") fields = spelling?.off === undefined ? { reasoning_effort: "none" } : spelling.off({ call });
  else if (reasoning.kind === "budget") fields = spelling?.budget?.({ tokens: reasoning.tokens, call });
  else {
    const word = reasoning.kind === "effort" ? reasoning.word : undefined;
    fields = spelling?.on === undefined ? (word === undefined ? {} : { reasoning_effort: word }) : spelling.on({ effort: word, call });
  }
  if (fields === undefined)
    notes.push({
      kind: "dropped",
      field: "reasoning",
      message: "The host has no field for a budget of reasoning tokens, so it was dropped.",
    });
  // Objects such as chat_template_kwargs may already contain other fields.
  for (const key of Object.keys(fields ?? {})) {
    const value = fields?.[key];
    const present = body[key];
    body[key] = isObject(value) && isObject(present) ? { ...present, ...value } : value;
  }
}

function renderSampling(body: JsonObject, { call, dialect, notes }: RenderContext): void {
  const { request } = call;
  const set = (field: string, value: unknown): void => {
    if (value !== undefined) body[field] = value;
  };
  const names = dialect.names;
  set(call.degradations.has(MAX_COMPLETION_TOKENS) ? MAX_COMPLETION_TOKENS : (dialect.maxTokens ?? "max_tokens"), request.maxOutputTokens);
  set("temperature", request.temperature);
  set("top_p", request.topP);
  set(names?.topK ?? "top_k", request.topK);
  set(names?.minP ?? "min_p", request.minP);
  set("frequency_penalty", request.frequencyPenalty);
  set("presence_penalty", request.presencePenalty);
  set(names?.repetitionPenalty ?? "repetition_penalty", request.repetitionPenalty);
  set(names?.stop ?? "stop", request.stop?.length === 0 ? undefined : request.stop);
  set(names?.seed ?? "seed", seedOf32Bits(call, notes));
  if (request.logprobs !== undefined && request.logprobs !== false) {
    body["logprobs"] = true;
    if (typeof request.logprobs === "number") body["top_logprobs"] = request.logprobs;
  }
}
