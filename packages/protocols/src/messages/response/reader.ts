/** Reads one answer of the Messages protocol. Unstreamed answers pass through the same block reader as streamed ones. */
import {
  type Emit,
  errorMessage,
  excerpt,
  type FinishReason,
  isObject,
  type JsonObject,
  LumiverseError,
  type Note,
  parseJson,
  type Reader,
  ReportedFailure,
  type SseMessage,
  type VendorFieldsReader,
  wordOf,
} from "@lumiverse/core/provider";
import { unlisted } from "../../shared/failure-envelopes.ts";
import { finishReasonOf, finishWord } from "../../shared/finish-reasons.ts";
import { elementsOf, filledText, isFilledText, quoted, tokenCount, unwrapped } from "../../shared/json-values.ts";
import { SimilarJson } from "../../shared/similar-json.ts";
import { eventObjects, isDone, isHeartbeat, objectOf, refuseHtml } from "../../shared/stream-events.ts";
import { reportedFailure } from "../errors.ts";
import { type BlockNames, BlockReader } from "./blocks.ts";
import { promptTokens, readUsage, type TokenCounts, usageOf } from "./usage.ts";

/** What the reader must know of the request. */
export interface ReaderState extends BlockNames {
  /** `max_tokens`, when the request did not set maxOutputTokens. */
  defaultLimit?: number;
}

export class MessagesReader implements Reader {
  phase: Reader["phase"] = "open";
  readonly #state: ReaderState;
  #blocks: BlockReader;
  #started = false;
  /** message_stop has come. */
  #stopped = false;
  #ended = false;
  /** Content came after a stop reason, so the next stop reason may be premature too. */
  #reopened = false;
  /** The final output count has come. Streams begin with a preview of it. */
  #hasFinalUsage = false;
  #counts: TokenCounts = { details: {} };
  #stopReason: string | undefined;
  #container: unknown;
  /** Content of message_start. Some proxies have the whole answer there, and send no blocks. */
  #startContent: readonly unknown[] = [];
  readonly #json: SimilarJson = new SimilarJson();
  #noted: Set<string> = new Set();
  #unframedText = "";

  /** Present when the caller asks for the vendor's own fields. */
  readonly #vendorFields: VendorFieldsReader | undefined;

  constructor(state: ReaderState, vendorFields?: VendorFieldsReader) {
    this.#state = state;
    this.#vendorFields = vendorFields;
    this.#blocks = this.#newBlocks();
  }

  #newBlocks(): BlockReader {
    return new BlockReader(this.#state, (kind, field, message, emit) => this.#note(kind, field, message, emit));
  }

  /** A stop reason that came before any text or call, or that content has followed before, may be premature. The final usage comes with the last one. */
  get expects(): Reader["expects"] {
    if (this.phase !== "finishing") return undefined;
    if (this.#reopened || !this.#blocks.hasVisibleContent) return "content";
    return this.#hasFinalUsage || this.#stopped ? undefined : "usage";
  }

  message(message: SseMessage, emit: Emit): void {
    if (this.phase === "done" || isHeartbeat(message)) return;
    if (isDone(message.data)) {
      if (this.phase === "finishing") this.phase = "done";
      return;
    }
    for (const json of eventObjects(message, this.#json, emit)) this.#event(objectOf(json), message.event, emit);
  }

  #event(json: JsonObject, name: string | undefined, emit: Emit): void {
    const type = filledText(json["type"]) ?? name;
    if (this.#vendorFields !== undefined && type !== "error" && json["error"] === undefined)
      emit({ type: "vendor-fields", ...this.#vendorFields.read(json, this.#json.similar) });
    switch (type) {
      case "content_block_delta":
        this.#reopen();
        return this.#blocks.delta(json["index"], json["delta"], emit);
      case "content_block_start":
        this.#reopen();
        return this.#blocks.open(json["index"], json["content_block"], emit);
      case "content_block_stop":
        return this.#blocks.close(json["index"], emit);
      case "message_start":
        if (isObject(json["message"])) this.#startContent = elementsOf(json["message"]["content"]);
        return this.#start(json["message"], emit);
      case "message_delta":
        this.#blocks.closeWaiting(emit);
        if (isObject(json["delta"])) {
          this.#outcome(json["delta"], json["context_management"], emit);
          this.#readUsage(json["delta"]["usage"]);
        }
        this.#transformations(json["input_transformations"], emit);
        this.#readUsage(json["usage"]);
        emit({ type: "usage", usage: usageOf(this.#counts, this.#hasFinalUsage ? "exact" : "partial") });
        return;
      case "message_stop":
        // The answer ends with the connection: some hosts send message_stop and go on.
        this.#blocks.closeWaiting(emit);
        this.#readUsage(json["usage"]);
        this.#stopped = true;
        this.phase = "finishing";
        return;
      case "ping":
        return;
      default:
        return this.#otherEvent(type, json, emit);
    }
  }

  /** Content after a stop reason: the answer goes on. */
  #reopen(): void {
    if (this.phase !== "finishing") return;
    this.phase = "open";
    this.#reopened = true;
    this.#stopped = false;
  }

  #readUsage(usage: unknown): void {
    readUsage(this.#counts, usage);
    if (isObject(usage) && tokenCount(usage["output_tokens"] ?? usage["completion_tokens"]) !== undefined) this.#hasFinalUsage = true;
  }

  body(given: unknown, emit: Emit): void {
    const json = unwrapped(unlisted(given), "content");
    const failure = reportedFailure(json);
    if (failure !== undefined) throw failure;
    if (isObject(json) && json["content"] === undefined && json["type"] !== "message" && errorMessage(json) !== undefined)
      throw new ReportedFailure({ status: 200, text: "", json });
    // Some hosts leave out `type`, but all send a role or `stop_reason`. Content with none of them is not the answer.
    const isMessage =
      isObject(json) && (json["type"] === "message" || json["role"] === "assistant" || typeof json["stop_reason"] === "string");
    if (!isMessage || json["content"] === undefined)
      throw new LumiverseError({
        code: "malformed-response",
        message: `the answer has no content: ${quoted(json)}`,
        hint: "Check that the base URL leads to a Messages endpoint",
      });
    if (this.#vendorFields !== undefined) emit({ type: "vendor-fields", ...this.#vendorFields.read(json), whole: true });
    this.#start(json, emit);
    this.#readUsage(json["usage"]);
    for (const content of elementsOf(json["content"])) this.#blocks.readComplete(content, emit);
    this.#outcome(json, json["context_management"], emit);
    this.#stopped = true;
    this.#finish(emit);
  }

  unframedText(text: string, emit: Emit): void {
    if (this.phase === "done") return;
    this.#unframedText = text;
    refuseHtml(text);
    for (const candidate of [text, ...text.split("\n")]) {
      const failure = reportedFailure(parseJson(candidate));
      if (failure !== undefined) throw failure;
    }
    this.#note("unknown", "stream", "The stream contained text outside its events, which was ignored.", emit);
  }

  end(emit: Emit): void {
    if (this.#ended) return;
    // The stop reason has arrived; only the terminator may be missing.
    if (this.phase !== "open") {
      if (!this.#stopped)
        emit({ type: "note", note: { kind: "warning", message: "The stream ended after its stop reason, without message_stop." } });
      return this.#finish(emit);
    }
    throw new LumiverseError({
      code: "truncated",
      message: this.#started ? "the stream ended before message_stop" : "the stream ended before message_start",
      ...(this.#unframedText === "" ? {} : { hint: `The stream ended with this text: ${excerpt(this.#unframedText, 200)}` }),
    });
  }

  #start(message: unknown, emit: Emit): void {
    if (this.#started && this.#stopped) return this.#startAfterStop(message, emit);
    if (this.#started) {
      // A proxy that switches to another upstream appends the second answer to the first.
      emit({ type: "reset" });
      emit({
        type: "note",
        note: { kind: "warning", message: "A second message_start arrived, so everything before it was discarded." },
      });
      this.#blocks = this.#newBlocks();
      this.#counts = { details: {} };
      this.#hasFinalUsage = false;
      this.#reopened = false;
      this.phase = "open";
    }
    this.#started = true;
    const fields = isObject(message) ? message : {};
    // A message that continues the vendor's own tools can begin with its content and its stop reason.
    this.#stopReason = finishWord(fields["stop_reason"]);
    emit({ type: "start", id: filledText(fields["id"]), model: filledText(fields["model"]) });
    this.#transformations(fields["input_transformations"], emit);
    readUsage(this.#counts, fields["usage"]);
    emit({ type: "usage", usage: usageOf(this.#counts, "partial") });
    if (isObject(fields["diagnostics"])) this.#counts.details["diagnostics"] = fields["diagnostics"];
  }

  /** A message after a complete one. It belongs to the answer only where the first one was nothing but thinking. */
  #startAfterStop(message: unknown, emit: Emit): void {
    if (this.#blocks.hasVisibleContent) {
      this.#note("warning", "message_start", "A second message followed the complete answer and was ignored.", emit);
      this.phase = "done";
      return;
    }
    this.#reopen();
    if (isObject(message)) readUsage(this.#counts, message["usage"]);
  }

  #outcome(delta: JsonObject, contextManagement: unknown, emit: Emit): void {
    const { stop_sequence: sequence, stop_details: stopDetails, container } = delta;
    // Servers that write every field of their own type send an empty reason with each event.
    const reason = finishWord(delta["stop_reason"]);
    if (reason !== undefined) {
      this.#stopReason = reason;
      this.phase = "finishing";
    }
    const { details } = this.#counts;
    if (isFilledText(sequence)) details.stopSequence = sequence;
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
    if (!this.#blocks.hasVisibleContent) for (const content of this.#startContent) this.#blocks.readComplete(content, emit);
    this.#blocks.closeAll(emit);
    const { toolCalls, textLength } = this.#blocks;
    const raw = this.#stopReason;
    const known = raw === undefined ? "stop" : finishReasonOf(raw);
    if (raw === undefined) this.#note("unknown", "stop_reason", "The answer ended without a stop reason.", emit);
    else if (known === undefined) this.#note("unknown", raw, `The stop reason ${excerpt(raw, 60)} is unknown.`, emit);
    let reason = known ?? "other";
    // The output tool is not a call, and some hosts send end_turn together with calls.
    if (reason === "tool-calls" && toolCalls === 0) reason = "stop";
    else if (reason === "stop" && toolCalls > 0) reason = "tool-calls";
    const note = finishNote(reason, this.#state.defaultLimit, textLength);
    if (note !== undefined) emit({ type: "note", note });
    if (!this.#hasFinalUsage) {
      const what = promptTokens(this.#counts) > 0 ? "no final token counts, so the usage is that of the beginning" : "no usage";
      this.#note("warning", "usage", `The host sent ${what}.`, emit);
    }
    emit({ type: "usage", usage: usageOf(this.#counts, this.#hasFinalUsage ? "exact" : "partial") });
    emit({ type: "details", details: this.#counts.details });
    this.phase = "done";
    this.#ended = true;
    emit({ type: "finish", reason, raw, ...(this.#container === undefined ? {} : { replay: { container: this.#container } }) });
  }

  #otherEvent(type: string | undefined, json: JsonObject, emit: Emit): void {
    const failure = reportedFailure(type === "error" ? { ...json, type } : json);
    if (failure !== undefined) throw failure;
    // A host that ignores `stream` may send the whole answer as one event.
    if (type === "message" && json["content"] !== undefined) return this.body(json, emit);
    this.#note("unknown", wordOf(type), `The event type ${wordOf(type)} is unknown.`, emit);
  }

  #note(kind: Note["kind"], field: string, message: string, emit: Emit): void {
    if (this.#noted.has(field)) return;
    this.#noted.add(field);
    emit({ type: "note", note: { kind, field, message } });
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
