/** Reads one answer of the Messages protocol. Unstreamed answers pass through the same block reader as streamed ones. */
import {
  type Emit,
  type FinishReason,
  isHtml,
  isObject,
  type JsonObject,
  LumiverseError,
  type Note,
  type Reader,
  type SseMessage,
} from "@lumiverse/core/provider";
import { type BlockNames, BlockReader } from "./blocks.ts";
import { reportedFailure } from "./errors.ts";
import { readUsage, type TokenCounts, usageOf } from "./usage.ts";

/** What the reader must know of the request. */
export interface ReaderState extends BlockNames {
  /** `max_tokens`, when the request did not set maxOutputTokens. */
  defaultLimit?: number;
}

/** `stop_reason`. https://platform.claude.com/docs/en/build-with-claude/handling-stop-reasons */
const FINISH: Readonly<Record<string, FinishReason>> = {
  end_turn: "stop",
  stop_sequence: "stop",
  max_tokens: "length",
  tool_use: "tool-calls",
  pause_turn: "pause",
  // The answer pauses after its summary, so that the caller can look at it. It continues when it is sent back.
  compaction: "pause",
  refusal: "refusal",
  model_context_window_exceeded: "context-overflow",
};

export class MessagesReader implements Reader {
  phase: Reader["phase"] = "open";
  readonly #state: ReaderState;
  #blocks: BlockReader;
  #started = false;
  #counts: TokenCounts = { details: {} };
  #stopReason: string | undefined;
  #container: unknown;
  #noted: Set<string> = new Set();
  #unframedText = "";

  constructor(state: ReaderState) {
    this.#state = state;
    this.#blocks = this.#newBlocks();
  }

  #newBlocks(): BlockReader {
    return new BlockReader(this.#state, (field, message, emit) => this.#noteUnknown(field, message, emit));
  }

  message(message: SseMessage, emit: Emit): void {
    if (this.phase === "done" || message.data === "[DONE]") return;
    const json = parseEvent(message.data);
    const type = typeof json["type"] === "string" ? json["type"] : message.event;
    switch (type) {
      case "content_block_delta":
        return this.#blocks.delta(json["index"], json["delta"], emit);
      case "content_block_start":
        return this.#blocks.open(json["index"], json["content_block"], emit);
      case "content_block_stop":
        return this.#blocks.close(json["index"], emit);
      case "message_start":
        return this.#start(json["message"], emit);
      case "message_delta":
        if (isObject(json["delta"])) this.#outcome(json["delta"], json["context_management"], emit);
        this.#transformations(json["input_transformations"], emit);
        readUsage(this.#counts, json["usage"]);
        emit({ type: "usage", usage: usageOf(this.#counts, "exact") });
        return;
      case "message_stop":
        return this.#finish(emit);
      case "ping":
        return;
      default:
        return this.#otherEvent(type, json, emit);
    }
  }

  body(json: unknown, emit: Emit): void {
    const failure = reportedFailure(json);
    if (failure !== undefined) throw failure;
    // Some hosts leave out `type`, but all send `stop_reason`. A body with neither is not a message.
    if (!isObject(json) || !Array.isArray(json["content"]) || (json["type"] !== "message" && typeof json["stop_reason"] !== "string"))
      throw new LumiverseError({
        code: "malformed-response",
        message: "the answer is JSON but not a message: it has no content blocks",
        hint: "Check that the base URL leads to a Messages endpoint",
      });
    this.#start(json, emit);
    for (const content of json["content"]) this.#blocks.readComplete(content, emit);
    this.#outcome(json, json["context_management"], emit);
    this.#finish(emit);
  }

  unframedText(text: string, emit: Emit): void {
    if (this.phase === "done") return;
    this.#unframedText = text;
    if (isHtml({ text }))
      throw new LumiverseError({
        code: "malformed-response",
        message: "the host answered with an HTML page instead of the stream",
        hint: "Check the base URL",
      });
    for (const candidate of [text, ...text.split("\n")]) {
      const failure = reportedFailure(parsed(candidate));
      if (failure !== undefined) throw failure;
    }
    this.#noteUnknown("stream", "The stream contained text outside its events, which was ignored.", emit);
  }

  end(emit: Emit): void {
    if (this.phase === "done") return;
    // The stop reason and the final usage have arrived; only the terminator is missing.
    if (this.phase === "finishing") {
      emit({ type: "note", note: { kind: "warning", message: "The stream ended after its stop reason, without message_stop." } });
      return this.#finish(emit);
    }
    throw new LumiverseError({
      code: "truncated",
      message: this.#started ? "the stream ended before message_stop" : "the stream ended before message_start",
      ...(this.#unframedText === "" ? {} : { hint: `The stream ended with this text: ${this.#unframedText.slice(0, 200)}` }),
    });
  }

  #start(message: unknown, emit: Emit): void {
    if (this.#started) {
      // A proxy that switches to another upstream appends the second answer to the first.
      emit({ type: "reset" });
      emit({
        type: "note",
        note: { kind: "warning", message: "A second message_start arrived, so everything before it was discarded." },
      });
      this.#blocks = this.#newBlocks();
      this.#counts = { details: {} };
      this.#stopReason = undefined;
      this.phase = "open";
    }
    this.#started = true;
    const fields = isObject(message) ? message : {};
    const { id, model } = fields;
    emit({ type: "start", id: typeof id === "string" ? id : undefined, model: typeof model === "string" ? model : undefined });
    this.#transformations(fields["input_transformations"], emit);
    readUsage(this.#counts, fields["usage"]);
    emit({ type: "usage", usage: usageOf(this.#counts, "partial") });
    if (isObject(fields["diagnostics"])) this.#counts.details["diagnostics"] = fields["diagnostics"];
  }

  #outcome(delta: JsonObject, contextManagement: unknown, emit: Emit): void {
    const { stop_reason: reason, stop_sequence: sequence, stop_details: stopDetails, container } = delta;
    if (typeof reason === "string") {
      this.#stopReason = reason;
      this.phase = "finishing";
    }
    const { details } = this.#counts;
    if (typeof sequence === "string") details.stopSequence = sequence;
    if (isObject(stopDetails)) details["refusal"] = stopDetails;
    if (isObject(contextManagement)) details["contextManagement"] = contextManagement;
    this.#transformations(delta["input_transformations"], emit);
    if (isObject(container)) details["container"] = this.#container = container;
  }

  /** Notes what the vendor changed in the history before the model read it. */
  #transformations(list: unknown, emit: Emit): void {
    if (!Array.isArray(list)) return;
    for (const transformation of list) {
      if (!isObject(transformation)) continue;
      const description = [transformation["type"], transformation["reason"]].filter((word) => typeof word === "string").join(", ");
      // An unstreamed answer passes here twice.
      if (this.#noted.has(description)) continue;
      this.#noted.add(description);
      emit({
        type: "note",
        note: { kind: "dropped", field: "messages", message: `The vendor changed the history that it was sent: ${description}.` },
      });
    }
  }

  #finish(emit: Emit): void {
    this.#blocks.closeAll(emit);
    const { toolCalls, textLength } = this.#blocks;
    const raw = this.#stopReason;
    const known = raw === undefined || !Object.hasOwn(FINISH, raw) ? undefined : FINISH[raw];
    if (raw !== undefined && known === undefined) this.#noteUnknown(raw, `The stop reason ${raw} is unknown.`, emit);
    let reason = known ?? "other";
    // The output tool is not a call, and some hosts send end_turn together with calls.
    if (reason === "tool-calls" && toolCalls === 0) reason = "stop";
    else if (reason === "stop" && toolCalls > 0 && raw === "end_turn") reason = "tool-calls";
    const note = finishNote(reason, this.#state.defaultLimit, textLength);
    if (note !== undefined) emit({ type: "note", note });
    emit({ type: "usage", usage: usageOf(this.#counts, "exact") });
    emit({ type: "details", details: this.#counts.details });
    this.phase = "done";
    emit({ type: "finish", reason, raw, ...(this.#container === undefined ? {} : { replay: { container: this.#container } }) });
  }

  #otherEvent(type: string | undefined, json: JsonObject, emit: Emit): void {
    const failure = reportedFailure(type === "error" ? { ...json, type } : json);
    if (failure !== undefined) throw failure;
    // A host that ignores `stream` may send the whole answer as one event.
    if (type === "message" && Array.isArray(json["content"])) return this.body(json, emit);
    this.#noteUnknown(String(type), `The event type ${String(type)} is unknown.`, emit);
  }

  #noteUnknown(field: string, message: string, emit: Emit): void {
    if (this.#noted.has(field)) return;
    this.#noted.add(field);
    emit({ type: "note", note: { kind: "unknown", field, message } });
  }
}

/** What a caller should know about this finish reason. */
function finishNote(reason: FinishReason, defaultLimit: number | undefined, textLength: number): Note | undefined {
  if (reason === "length" && defaultLimit !== undefined)
    return {
      kind: "cut",
      field: "maxOutputTokens",
      message: `The answer was cut at the default limit of ${defaultLimit} tokens, because the request has no maxOutputTokens.`,
    };
  if (reason === "refusal" && textLength > 0)
    return { kind: "warning", message: "The model ended with a refusal. The vendor asks callers to discard the text before it." };
  return undefined;
}

function parseEvent(data: string): JsonObject {
  let json: unknown;
  try {
    json = JSON.parse(data);
  } catch (cause) {
    throw new LumiverseError({ code: "malformed-response", message: `an event of the stream is not JSON: ${data.slice(0, 120)}`, cause });
  }
  if (!isObject(json)) throw new LumiverseError({ code: "malformed-response", message: "an event of the stream is not a JSON object" });
  return json;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
