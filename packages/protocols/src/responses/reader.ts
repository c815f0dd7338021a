/**
 * Reads one answer: events by their place (`output_index`), never by item id. An item's `.done` is the truth; its deltas only come sooner.
 */
import {
  type CheckedCall,
  type Emit,
  type FinishReason,
  isObject,
  type JsonObject,
  LumiverseError,
  type Reader,
  type Rendered,
  ReportedFailure,
  type SseMessage,
} from "@lumiverse/core";
import { detailsOf } from "./details.ts";
import type { ResponsesDialect } from "./dialect.ts";
import { Items } from "./items.ts";
import { type ResponsesState, stateOf } from "./state.ts";
import { usageOf } from "./usage.ts";

/** Events that only tell how an item is coming along, or repeat what its `.done` says again. */
const PROGRESS =
  /^(?:response\.(?:in_progress|queued|content_part\.\w+|\w+\.done|reasoning_summary_part\.\w+|output_text\.\w+\.\w+|\w+_call(?:_\w+)?\.\w+|mcp_\w+\.\w+|shell\w*\.\w+|audio\w*\.\w+|image_\w+\.\w+|custom_tool_call_input\.\w+)|keepalive|ping)$/;

export class ResponsesReader implements Reader {
  phase: "open" | "finishing" | "done" = "open";
  readonly #dialect: ResponsesDialect;
  readonly #items: Items;
  readonly #noted: Set<string> = new Set();
  #started = false;

  constructor(dialect: ResponsesDialect, _call: CheckedCall, rendered: Rendered) {
    const state: ResponsesState = stateOf(rendered);
    this.#dialect = dialect;
    this.#items = new Items(state);
  }

  message(message: SseMessage, emit: Emit): void {
    if (this.phase === "done") return;
    const { data } = message;
    if (data === "[DONE]") return;
    let json: unknown;
    try {
      json = JSON.parse(data);
    } catch (cause) {
      return this.#salvage(message, cause, emit);
    }
    if (isObject(json)) this.#event(json, message.event, emit);
    else this.#unknown("event", "an event that is no JSON object", emit);
  }

  #event(json: JsonObject, name: string | undefined, emit: Emit): void {
    const type = typeof json["type"] === "string" ? json["type"] : name;
    switch (type) {
      case "response.output_text.delta":
        return this.#items.text(json, emit);
      case "response.reasoning_summary_text.delta":
      case "response.reasoning_text.delta":
        return this.#items.reasoning(json, emit);
      case "response.function_call_arguments.delta":
        return this.#items.arguments(json, emit);
      case "response.refusal.delta":
        return this.#items.refuse(json);
      case "response.output_item.added":
        return this.#items.added(json, emit);
      case "response.output_item.done":
        return this.#items.done(json, emit, this.#note(emit));
      case "response.output_text.annotation.added":
        return this.#items.annotation(json);
      case "response.created":
        return this.#start(json["response"], emit);
      case "response.completed":
      case "response.incomplete":
      case "response.done":
      case "response.cancelled":
        return this.#close(json["response"], emit);
      case "response.failed":
      case "error":
        throw this.#failure(json);
      default:
        if (type !== undefined && PROGRESS.test(type)) return;
        if (json["object"] === "response") return this.body(json, emit);
        // A proxy's own failure, without a type.
        if (isObject(json["error"]) || typeof json["error"] === "string") throw this.#failure(json);
        this.#unknown(
          type ?? "event",
          `an event of unknown type ${type === undefined ? "" : JSON.stringify(type.slice(0, 80))} was passed over`,
          emit,
        );
    }
  }

  body(json: unknown, emit: Emit): void {
    if (!isObject(json))
      throw new LumiverseError({
        code: "malformed-response",
        message: "the answer is no JSON object",
        ...(typeof json === "string" ? { generation: json } : {}),
      });
    const response = isObject(json["response"]) ? json["response"] : json;
    const listed = Array.isArray(response["output"]);
    if (response["status"] === "failed" || (response["error"] != null && response["error"] !== false && !listed))
      throw this.#failure(response);
    if (!listed && typeof response["status"] !== "string")
      throw new LumiverseError({
        code: "malformed-response",
        message: `the answer has no output${Array.isArray(json["choices"]) ? ": it is one of Chat Completions" : ""}`,
        hint: "The host at this URL does not speak the Responses API",
      });
    this.#close(response, emit);
  }

  stray(text: string, emit: Emit): void {
    if (this.phase === "done" || text.trim() === "") return;
    if (/^\s*<(?:!doctype|html)/i.test(text))
      throw new LumiverseError({ code: "malformed-response", message: "the host answered with an HTML page" });
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      return this.#unknown("stray", "text between the events was passed over", emit);
    }
    if (isObject(json)) this.#event(json, undefined, emit);
  }

  end(_emit: Emit): void {
    if (this.phase === "done") return;
    throw new LumiverseError({
      code: "truncated",
      message: "the stream stopped before its terminal event (response.completed, incomplete or failed)",
    });
  }

  #start(response: unknown, emit: Emit): void {
    if (this.#started || !isObject(response)) return;
    this.#started = true;
    const id = typeof response["id"] === "string" ? response["id"] : undefined;
    this.#items.response = id ?? "";
    emit({ type: "start", id, model: typeof response["model"] === "string" && response["model"] !== "" ? response["model"] : undefined });
  }

  /** The terminal event's response, or the whole body. */
  #close(value: unknown, emit: Emit): void {
    const response = isObject(value) ? value : {};
    if (response["status"] === "failed" || response["status"] === "cancelled") throw this.#failure(response);
    this.#start(response, emit);
    this.#items.complete(Array.isArray(response["output"]) ? response["output"] : [], emit, this.#note(emit));
    const usage = usageOf(response["usage"], this.#dialect);
    if (usage !== undefined) emit({ type: "usage", usage });
    const details = detailsOf(response, this.#items);
    if (details !== undefined) emit({ type: "details", details });
    const [reason, raw] = this.#reason(response, emit);
    this.phase = "done";
    emit({ type: "finish", reason, raw });
  }

  #reason(response: JsonObject, emit: Emit): [FinishReason, string | undefined] {
    const status = typeof response["status"] === "string" ? response["status"] : undefined;
    const incomplete = isObject(response["incomplete_details"]) ? response["incomplete_details"]["reason"] : undefined;
    if (status === "incomplete" || typeof incomplete === "string") {
      const raw = typeof incomplete === "string" ? incomplete : "incomplete";
      if (raw === "max_output_tokens" || raw === "max_tokens") return ["length", raw];
      if (raw === "content_filter") return ["content-filter", raw];
      this.#unknown(raw, `the answer is incomplete for an unknown reason ${JSON.stringify(raw.slice(0, 80))}`, emit);
      return ["other", raw];
    }
    if (status === "queued" || status === "in_progress") {
      this.#unknown(status, "the vendor is still at work on this answer (background mode): fetch it later by its id", emit);
      return ["other", status];
    }
    if (status !== undefined && status !== "completed") {
      this.#unknown(status, `the answer has an unknown status ${JSON.stringify(status.slice(0, 80))}`, emit);
      return ["other", status];
    }
    return [this.#items.calls > 0 ? "tool-calls" : this.#items.refusal !== "" ? "refusal" : "stop", status];
  }

  /** `{type: "error", code, message}` as documented, `{type: "error", error: {…}}` as sent, or a failed response. */
  #failure(json: JsonObject): LumiverseError | ReportedFailure {
    const response = isObject(json["response"]) ? json["response"] : json;
    if (response["status"] === "cancelled")
      return new LumiverseError({ code: "aborted", message: "the answer was cancelled at the vendor" });
    return new ReportedFailure({ status: 200, text: "", json: response["error"] == null ? response : { error: response["error"] } });
  }

  /** Events that lost the blank line between them arrive glued together; each is a line of its own. */
  #salvage(message: SseMessage, cause: unknown, emit: Emit): void {
    const lines = message.data.split("\n").filter((line) => line.trim() !== "" && line !== "[DONE]");
    if (lines.length < 2)
      throw new LumiverseError({
        code: "malformed-response",
        message: "an event of the stream is no JSON",
        cause,
        generation: message.data,
      });
    for (const line of lines) this.message({ event: undefined, data: line }, emit);
  }

  #note(emit: Emit): (field: string, text: string) => void {
    return (field, text) => this.#unknown(field, text, emit);
  }

  #unknown(field: string, text: string, emit: Emit): void {
    if (this.#noted.has(field)) return;
    this.#noted.add(field);
    emit({ type: "note", note: { kind: "unknown", field, message: text } });
  }
}
