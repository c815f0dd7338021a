import {
  type Emit,
  errorMessage,
  excerpt,
  type FinishReason,
  isObject,
  type JsonObject,
  LumiverseError,
  parseJson,
  type Reader,
  type Rendered,
  ReportedFailure,
  type SseMessage,
  type VendorFieldsReader,
} from "@lumiverse/core/provider";
import { isBareFailure, isFailureEnvelope, unlisted } from "../../shared/failure-envelopes.ts";
import { finishReasonOf, finishWord } from "../../shared/finish-reasons.ts";
import { elementsOf, filledText, quoted, unwrapped } from "../../shared/json-values.ts";
import { SimilarJson } from "../../shared/similar-json.ts";
import { eventObjects, isDone, isHeartbeat, refuseHtml } from "../../shared/stream-events.ts";
import type { ResponsesDialect } from "../dialect.ts";
import { toolState } from "../tools.ts";
import { readDetails } from "./details.ts";
import { OutputItems } from "./output-items.ts";
import { parseUsage } from "./usage.ts";

/** Events that only report progress, or repeat what the finished item contains. */
const PROGRESS =
  /^(?:response\.(?:in_progress|queued|\w+\.done|output_text\.\w+\.\w+|\w+_call(?:_\w+)?\.\w+|mcp_\w+\.\w+|shell\w*\.\w+|audio\w*\.\w+|image_\w+\.\w+)|keepalive|ping)$/;

/** No event has a longer type, and the pattern must not be tried on long ones. */
const LONGEST_TYPE = 200;

/** Reads one answer. Deltas are emitted as they come; the finished item of `response.output_item.done` decides. */
export class ResponsesReader implements Reader {
  phase: "open" | "finishing" | "done" = "open";
  /** A terminal event before any text or call, or without usage, is often not the last. */
  get expects(): Reader["expects"] {
    if (this.phase !== "finishing") return undefined;
    if (!this.#items.hasAnswer) return "content";
    return this.#ended?.["usage"] == null ? "usage" : undefined;
  }

  /** The response of the terminal event. More content may follow it. */
  #ended: JsonObject | undefined;
  readonly #dialect: ResponsesDialect;
  readonly #items: OutputItems;
  readonly #json: SimilarJson = new SimilarJson();
  readonly #noted: Set<string> = new Set();
  #started = false;

  /** Present when the caller asks for the vendor's own fields. */
  readonly #vendorFields: VendorFieldsReader | undefined;

  constructor(dialect: ResponsesDialect, rendered: Rendered, vendorFields?: VendorFieldsReader) {
    this.#vendorFields = vendorFields;
    this.#dialect = dialect;
    const tools = elementsOf(rendered.request.body?.["tools"]).filter(isObject);
    this.#items = new OutputItems(toolState(rendered), new Set(tools.map(({ name }) => name)));
  }

  message(message: SseMessage, emit: Emit): void {
    if (this.phase === "done" || isHeartbeat(message)) return;
    const { data } = message;
    if (isDone(data)) {
      if (this.#ended !== undefined) this.end(emit);
      return;
    }
    for (const json of eventObjects(message, this.#json, emit))
      if (isObject(json)) this.#event(json, message.event, emit);
      else this.#unknown("event", "An event that is not a JSON object was skipped.", emit);
  }

  #event(json: JsonObject, name: string | undefined, emit: Emit): void {
    const type = typeof json["type"] === "string" ? json["type"] : name;
    if (this.#vendorFields !== undefined && !isFailureEvent(type, json))
      emit({ type: "vendor-fields", ...this.#vendorFields.read(json, this.#json.similar) });
    // Content after a terminal event belongs to the answer: some gateways finish early.
    if (this.phase === "finishing" && type !== undefined) {
      if (type.endsWith(".delta") || type.endsWith("item.added")) this.phase = "open";
      // These repeat a piece of the answer, and bring it where no delta did.
      else if (type.endsWith(".done") || type.endsWith("part.added")) emit = this.#reopening(emit);
    }
    switch (type) {
      case "response.output_text.delta":
        return this.#items.addText(json, emit);
      case "response.reasoning_summary_text.delta":
      case "response.reasoning_text.delta":
      case "response.reasoning_summary.delta": // older names, as some servers still send them
      case "response.reasoning.delta":
        return this.#items.addReasoning(json, emit);
      case "response.function_call_arguments.delta":
        return this.#items.addArguments(json, emit);
      case "response.custom_tool_call_input.delta":
      case "response.custom_tool_call_input.done":
        return this.#items.addInput(json, emit);
      case "response.refusal.delta":
        return this.#items.addRefusal(json);
      case "response.output_text.done":
        return this.#items.completeText(json, emit);
      case "response.reasoning_summary_text.done":
      case "response.reasoning_text.done":
        return this.#items.completeReasoning(json, emit);
      case "response.function_call_arguments.done":
        return this.#items.completeArguments(json, emit);
      case "response.refusal.done":
        return this.#items.completeRefusal(json);
      case "response.content_part.added":
      case "response.reasoning_summary_part.added":
        return this.#items.announcePart(json, emit);
      case "response.content_part.done":
      case "response.reasoning_summary_part.done":
        return this.#items.completePart(json, emit);
      case "response.output_item.added":
        return this.#items.startItem(json, emit);
      case "response.output_item.done":
        return this.#items.finishItem(json, emit, this.#note(emit));
      case "response.output_text.annotation.added":
        return this.#items.addAnnotation(json);
      case "response.created":
        return this.#start(json["response"], emit);
      case "response.incomplete":
        return this.#finish({ status: "incomplete", ...responseIn(json) }, emit);
      case "response.completed":
      case "response.done":
      case "response.cancelled":
        return this.#finish(responseIn(json), emit);
      case "response.failed":
      case "error":
        throw this.#failure(json);
      default:
        return this.#otherEvent(type, json, emit);
    }
  }

  #otherEvent(type: string | undefined, json: JsonObject, emit: Emit): void {
    if (type !== undefined && type.length < LONGEST_TYPE && PROGRESS.test(type)) return;
    if (json["object"] === "response") return this.body(json, emit);
    // A failure of a proxy, without a type.
    if (isObject(json["error"]) || typeof json["error"] === "string" || isFailureEnvelope(json) || isBareFailure(json))
      throw this.#failure(json);
    const what = type === undefined ? "no type" : `the unknown type ${JSON.stringify(excerpt(type, 80))}`;
    this.#unknown(type ?? "event", `An event of ${what} was skipped.`, emit);
  }

  body(given: unknown, emit: Emit): void {
    const json = unwrapped(unlisted(given), "output");
    if (!isObject(json))
      throw new LumiverseError({
        code: "malformed-response",
        message: "the answer is not a JSON object",
        ...(typeof json === "string" ? { generation: json } : {}),
      });
    if (isFailureEnvelope(json)) throw this.#failure(json);
    const response = isObject(json["response"]) ? json["response"] : json;
    const listed = elementsOf(response["output"]).length > 0 || Array.isArray(response["output"]);
    if (statusOf(response) === "failed" || (response["error"] != null && response["error"] !== false && !listed))
      throw this.#failure(response);
    if (
      !listed &&
      !Array.isArray(json["choices"]) &&
      json["object"] !== "response" &&
      (isBareFailure(json) || errorMessage(json) !== undefined)
    )
      throw this.#failure(json);
    // The page of a health check has a status too.
    const isResponse = response["object"] === "response" || response["id"] !== undefined;
    if (!listed && !(isResponse && typeof response["status"] === "string"))
      throw new LumiverseError({
        code: "malformed-response",
        message: `the answer has no output: ${Array.isArray(json["choices"]) ? "it is an answer of Chat Completions" : quoted(json)}`,
        hint: "The host at this URL does not serve the Responses API: check baseURL",
      });
    if (this.#vendorFields !== undefined && json["type"] === undefined)
      emit({ type: "vendor-fields", ...this.#vendorFields.read(json), whole: true });
    this.#finish(response, emit);
    this.end(emit);
  }

  unframedText(text: string, emit: Emit): void {
    if (this.phase === "done" || text.trim() === "") return;
    refuseHtml(text);
    const json = parseJson(text);
    if (json === undefined) return this.#unknown("unframedText", "Text between the events was skipped.", emit);
    if (isObject(json)) this.#event(json, undefined, emit);
  }

  end(emit: Emit): void {
    if (this.phase === "done") return;
    const response = this.#ended;
    if (response === undefined)
      throw new LumiverseError({
        code: "truncated",
        message: "the stream ended before its terminal event (response.completed, incomplete or failed)",
      });
    // Content after the terminal event is not in its output.
    this.#items.complete([], emit, this.#note(emit));
    const usage = parseUsage(response["usage"], this.#dialect);
    if (usage !== undefined) emit({ type: "usage", usage });
    else emit({ type: "note", note: { kind: "warning", field: "usage", message: "The host sent no usage." } });
    const details = readDetails(response, this.#items);
    if (details !== undefined) emit({ type: "details", details });
    const [reason, raw] = this.#reason(response, emit);
    this.phase = "done";
    emit({ type: "finish", reason, raw });
  }

  #start(response: unknown, emit: Emit): void {
    if (this.#started || !isObject(response)) return;
    this.#started = true;
    const id = filledText(response["id"]);
    this.#items.response = id ?? "";
    emit({ type: "start", id, model: filledText(response["model"]) });
  }

  /** The terminal event's response, or the whole body. */
  #finish(response: JsonObject, emit: Emit): void {
    const status = statusOf(response);
    if (status === "failed" || status === "cancelled" || isFailureEnvelope(response)) throw this.#failure(response);
    this.#start(response, emit);
    this.#items.complete(elementsOf(response["output"]), emit, this.#note(emit));
    this.#items.completeAnswer(response["output_text"] ?? response["output"], emit);
    // The last terminal event counts, but the usage of an earlier one is kept where the last has none.
    this.#ended = response["usage"] == null && this.#ended?.["usage"] != null ? { ...response, usage: this.#ended["usage"] } : response;
    this.phase = "finishing";
  }

  /** An `emit` that reopens the answer when content follows a terminal event. */
  #reopening(emit: Emit): Emit {
    return (event) => {
      if (event.type !== "note" && event.type !== "part-end") this.phase = "open";
      emit(event);
    };
  }

  #reason(response: JsonObject, emit: Emit): [FinishReason, string | undefined] {
    const status = statusOf(response);
    const details = response["incomplete_details"];
    // Servers that write every field of their own type send an empty reason.
    const incomplete = finishWord(isObject(details) ? details["reason"] : details);
    if (status === "incomplete" || incomplete !== undefined) {
      const raw = incomplete ?? "incomplete";
      const known = finishReasonOf(raw);
      if (known !== undefined) return [known, raw];
      this.#unknown(raw, `The answer is incomplete for the unknown reason ${JSON.stringify(excerpt(raw, 80))}.`, emit);
      return ["other", raw];
    }
    if (status === "queued" || status === "in_progress") {
      this.#unknown(status, "The vendor is still generating this answer in background mode. Fetch it later by its id.", emit);
      return ["other", status];
    }
    if (status !== undefined && status !== "completed") {
      this.#unknown(status, `The answer has the unknown status ${JSON.stringify(excerpt(status, 80))}.`, emit);
      return ["other", status];
    }
    return [this.#items.calls > 0 ? "tool-calls" : this.#items.refusal !== "" ? "refusal" : "stop", status];
  }

  /** `{type: "error", code, message}` as documented, `{type: "error", error: {…}}` as sent, or a failed response. */
  #failure(json: JsonObject): LumiverseError | ReportedFailure {
    const response = isObject(json["response"]) ? json["response"] : json;
    if (statusOf(response) === "cancelled")
      return new LumiverseError({ code: "aborted", message: "the vendor reports that the answer was cancelled" });
    const failure = response["error"] == null || isFailureEnvelope(response) ? response : { error: response["error"] };
    return new ReportedFailure({ status: 200, text: "", json: failure, frame: json });
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

/** The status of a response, which some gateways write in capital letters. */
function statusOf({ status }: JsonObject): string | undefined {
  return typeof status === "string" ? status.toLowerCase() : undefined;
}

/** The response of a terminal event. Some gateways leave out the object around it, or write its usage next to it. */
function responseIn(json: JsonObject): JsonObject {
  const { response, usage } = json;
  if (!isObject(response)) return json;
  return response["usage"] == null && usage != null ? { ...response, usage } : response;
}

/** True for an event whose failure is thrown. */
function isFailureEvent(type: string | undefined, json: JsonObject): boolean {
  return type === "error" || type === "response.failed" || (type === undefined && json["error"] != null);
}
