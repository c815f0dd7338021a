import {
  type CheckedCall,
  type Emit,
  errorMessage,
  excerpt,
  isObject,
  type JsonObject,
  LumiverseError,
  type Note,
  parseJson,
  type Reader,
  type Rendered,
  ReportedFailure,
  type SimilarText,
  type SseMessage,
  type VendorFieldsReader,
} from "@lumiverse/core/provider";
import { statedStatus, unlisted } from "../../shared/failure-envelopes.ts";
import { finishWord } from "../../shared/finish-reasons.ts";
import { elementsOf, filledText, indexOf, isFilledText, quoted, unwrapped, valueAt } from "../../shared/json-values.ts";
import { addLogprobs } from "../../shared/logprobs.ts";
import { SimilarJson } from "../../shared/similar-json.ts";
import { eventObjects, isDone, isHeartbeat, refuseHtml } from "../../shared/stream-events.ts";
import type { Dialect } from "../dialect.ts";
import { isFailure } from "../errors.ts";
import type { ToolState } from "../tools.ts";
import { AnswerBuilder } from "./answer-builder.ts";
import { TextPieces } from "./pieces.ts";

/** Reads one answer. Chunks of a stream and a whole body are read alike: a body is one chunk whose delta is the message. */
export class ChatReader implements Reader {
  phase: "open" | "finishing" | "done" = "open";
  /** Set while finishing: usage that was requested and has not come, or more content because the finish reason came together with content. */
  expects: "usage" | "content" | undefined;
  #started = false;
  /** A whole message in a stream of deltas: it completes them. */
  #message: JsonObject | undefined;
  /** The answer is a whole body, not a stream. */
  #unstreamed = false;
  /** The index of the choice that is read. */
  #choice: number | undefined;
  #hasDeltas = false;
  #metadataRead = false;
  readonly #json: SimilarJson = new SimilarJson();
  #pieces: TextPieces | undefined;
  readonly #noted: Record<string, true> = {};
  readonly #memory: Record<string, unknown> = {};
  readonly #answer: AnswerBuilder;
  readonly #dialect: Dialect;
  /** Dotted paths of the usage after the first. */
  readonly #furtherUsageAt: readonly string[];
  readonly #usageAt: string;
  /** Present when the caller asks for the vendor's own fields. */
  readonly #vendorFields: VendorFieldsReader | undefined;

  constructor(dialect: Dialect, call: CheckedCall, rendered: Rendered) {
    const [usageAt = "usage", ...furtherUsageAt] = dialect.usageAt ?? [];
    this.#dialect = dialect;
    this.#usageAt = usageAt;
    this.#furtherUsageAt = furtherUsageAt;
    this.#vendorFields = call.request.vendorFields?.open("chat-completions", dialect);
    this.#answer = new AnswerBuilder(dialect, call, rendered.state as ToolState | undefined); // this protocol's own render put it there
    const options = rendered.request.body?.["stream_options"];
    // Several choices come in any order.
    if (Number(rendered.request.body?.["n"]) > 1) this.#choice = 0;
    this.#answer.awaitsUsage = isObject(options) && options["include_usage"] === true;
  }

  message(message: SseMessage, emit: Emit): void {
    const { data } = message;
    if (this.phase === "done" || isHeartbeat(message)) return;
    if (isDone(data)) {
      this.#answer.terminated = true;
      return this.end(emit);
    }
    const similar = this.#json.match(data);
    if (similar !== undefined && message.event !== "error" && this.#readPiece(similar, emit)) return;
    for (const json of eventObjects(message, this.#json, emit)) {
      if (message.event === "error") throw this.#failure(json, data);
      this.#readChunk(unwrapped(json, "choices"), data, emit);
      if (similar === undefined || !isObject(json)) continue;
      this.#pieces ??= new TextPieces(this.#dialect);
      this.#pieces.learn(json, similar);
    }
  }

  /** Reads a chunk that is a piece of text like the one before. False where it is not, or may be more. */
  #readPiece(similar: SimilarText, emit: Emit): boolean {
    const isRead = this.phase === "open" && (this.#choice ?? 0) === 0;
    const text = isRead && this.#dialect.extras === undefined ? this.#pieces?.textOf(similar) : undefined;
    if (text === undefined) return false;
    if (this.#vendorFields !== undefined) {
      const fields = this.#vendorFields.readSimilar?.(similar);
      if (fields === undefined) return false;
      emit({ type: "vendor-fields", ...fields, whole: false });
    }
    this.#answer.addPiece(text, emit);
    return true;
  }

  body(given: unknown, emit: Emit): void {
    const json = unwrapped(unlisted(given), "choices");
    if (isFailure(json)) throw this.#failure(json, "");
    const choices = isObject(json) ? elementsOf(json["choices"]) : [];
    if (isObject(json) && json["choices"] === undefined && errorMessage(json) !== undefined) throw this.#failure(json, "");
    if (!isObject(json) || choices.length === 0)
      throw new LumiverseError({
        code: "malformed-response",
        message: `the answer has no choices: ${quoted(json)}`,
        hint: "Check the base URL",
      });
    this.#unstreamed = true;
    this.#answer.awaitsUsage = false;
    this.#answer.streamed = false;
    this.#answer.terminated = true;
    this.#readChunk(json, "", emit);
    this.phase = "done";
    this.#answer.end(emit);
  }

  unframedText(text: string, emit: Emit): void {
    if (this.phase === "done" || text.trim() === "") return;
    const json = parseJson(text);
    if (json === undefined) {
      if (text.includes("\n")) for (const line of text.split("\n")) this.unframedText(line, emit);
      refuseHtml(text);
      // No parser reads an indented `data:` line as an event. OpenRouter has sent one as the first chunk, with nothing but the role.
      if (/^\s+data:/.test(text)) return;
      return this.#note(emit, "unframedText", "warning", `The stream contains a line that is not an event: ${excerpt(text.trim(), 80)}`);
    }
    if (isFailure(json)) throw this.#failure(json, text);
  }

  end(emit: Emit): void {
    if (this.phase === "done") return;
    this.phase = "done";
    if (this.#message !== undefined && this.#hasDeltas) this.#answer.addMissing(this.#message, emit);
    this.#answer.end(emit);
  }

  #readChunk(json: unknown, data: string, emit: Emit): void {
    if (!isObject(json)) throw this.#failure(json, data);
    const choices = elementsOf(json["choices"]);
    const listed = choices.length > 0;
    if ((!listed || json["error"] !== undefined || json["base_resp"] !== undefined) && isFailure(json)) throw this.#failure(json, data);
    if (this.#vendorFields !== undefined)
      emit({ type: "vendor-fields", ...this.#vendorFields.read(json, this.#json.similar), whole: this.#unstreamed });
    const choice = listed ? this.#firstChoice(choices, emit) : undefined;
    if (!this.#started) this.#start(json, choice, emit);

    this.#readDialectFields(json);
    const { usage } = this.#answer;
    this.#readUsage(json, emit);
    if (choice !== undefined) this.#readChoice(choice, emit);
    // Usage counts the content of its own chunk.
    if (this.#answer.usage !== usage) this.#answer.confirmUsage(choice === undefined);
    if (this.phase === "finishing" && this.expects !== "content")
      this.expects = this.#answer.awaitsUsage && !this.#answer.hasFinalUsage ? "usage" : undefined;
    // Metadata is the same on each chunk, so it is read where it can be new: on the first, and once the answer is complete.
    if (!this.#metadataRead || this.phase !== "open" || choice === undefined || json["citations"] !== undefined)
      this.#readMetadata(json, choice, emit);
    this.#dialect.extras?.({ json, emit, memory: this.#memory, nextIndex: () => this.#answer.parts.next++ });
  }

  #start(json: JsonObject, choice: JsonObject | undefined, emit: Emit): void {
    const { id } = json;
    const model = filledText(json["model"]);
    // Azure and Copilot begin with a chunk of filter results only; Mistral has sent the id "null".
    if (model === undefined && choice === undefined) return;
    this.#started = true;
    emit({ type: "start", id: id === "null" ? undefined : filledText(id), model });
  }

  #firstChoice(choices: readonly unknown[], emit: Emit): JsonObject | undefined {
    let found: JsonObject | undefined;
    for (const choice of choices) {
      if (!isObject(choice)) continue;
      const index = indexOf(choice["index"]) ?? 0;
      // Some hosts number their only choice 1.
      this.#choice ??= index;
      if (index === this.#choice && found === undefined) found = choice;
      else this.#note(emit, "choices", "dropped", "The answer has more than one choice. Only the first was read.");
    }
    return found;
  }

  #readChoice(choice: JsonObject, emit: Emit): void {
    if (choice["error"] !== undefined && choice["error"] !== null) throw this.#failure(choice, "");
    // The older Completions API has the text in the choice itself, and some hosts have it in the place of the delta.
    const { delta } = choice;
    const text = choice["text"] || delta;
    const message = choice["message"] ?? (typeof text === "string" && !isObject(delta) ? { content: text } : undefined);
    let added = false;
    // A body may have an empty delta and a message. A stream may repeat the message with each delta (Perplexity) or after the deltas (NanoGPT).
    if (isObject(delta) && !this.#unstreamed) {
      this.#hasDeltas = true;
      added = this.#answer.add(delta, false, emit);
      if (isObject(message)) this.#message = message;
    } else if (!this.#hasDeltas) {
      const answer = message ?? delta;
      if (isObject(answer)) added = this.#answer.add(answer, true, emit);
    } else if (isObject(message)) this.#message = message;
    const { logprobs, usage } = choice;
    if (isObject(logprobs)) this.#readLogprobs(logprobs);
    if (isObject(usage)) this.#answer.addUsage(usage, emit); // Moonshot
    // Content reopens an answer, because some hosts write a finish reason early or on every chunk. The end is then proved only by what follows.
    if (added && this.phase === "finishing") {
      this.phase = "open";
      this.expects = undefined;
      this.#answer.reopened = true;
    }
    // The last finish reason counts.
    const finish = finishWord(choice["finish_reason"] ?? choice["finishReason"]);
    if (finish !== undefined) {
      this.#answer.finishReason = finish;
      this.#answer.reopened = false;
      this.phase = "finishing";
      // A finish reason that comes together with content, or before the text, is often not the last.
      this.expects = added || !this.#answer.hasAnswer ? "content" : undefined;
    }
  }

  /** Usage, and the cost where it has a container of its own. */
  #readUsage(json: JsonObject, emit: Emit): void {
    const container = this.#dialect.cost?.container;
    if (container !== undefined && isObject(json[container])) this.#answer.costContainer = json[container];
    const usage = this.#usageAt === "usage" ? json["usage"] : valueAt(json, this.#usageAt);
    if (usage !== undefined && usage !== null) this.#answer.addUsage(usage, emit);
    for (const path of this.#furtherUsageAt) if (this.#answer.usage === undefined) this.#answer.addUsage(valueAt(json, path), emit);
  }

  /** Reads failures and the seed at the paths that the dialect names. */
  #readDialectFields(json: JsonObject): void {
    const { errorAt, seedAt } = this.#dialect;
    if (errorAt !== undefined)
      for (const path of errorAt) {
        const error = valueAt(json, path);
        if (error !== undefined && error !== null) throw this.#failure({ error }, "");
      }
    if (seedAt === undefined) return;
    const seed = valueAt(json, seedAt);
    if (typeof seed === "number") this.#answer.details["seed"] = seed;
  }

  /** Log-probabilities of the text. DeepSeek has a second list for the reasoning. */
  #readLogprobs(logprobs: JsonObject): void {
    for (const [field, name] of LOGPROB_LISTS) {
      const items = logprobs[field];
      if (!Array.isArray(items) || items.length === 0) continue;
      const list = (this.#answer.details[name] as LogprobList | undefined) ?? []; // only this function writes these fields
      this.#answer.details[name] = list;
      addLogprobs(items, list);
    }
  }

  /** Fields about the answer as a whole. */
  #readMetadata(json: JsonObject, choice: JsonObject | undefined, emit: Emit): void {
    const { details } = this.#answer;
    this.#metadataRead = true;
    if (typeof json["service_tier"] === "string") details.serviceTier = json["service_tier"];
    if (isFilledText(json["system_fingerprint"])) details["fingerprint"] = json["system_fingerprint"];
    if (typeof json["provider"] === "string") details.upstream = json["provider"];
    const timings = json["timings"] ?? json["time_info"];
    if (isObject(timings)) details.timings = timings;
    const stop = choice?.["stop_reason"] ?? choice?.["matched_stop"]; // vLLM, SGLang
    if (typeof stop === "string") details.stopSequence = stop;
    if (typeof choice?.["native_finish_reason"] === "string") details["nativeFinishReason"] = choice["native_finish_reason"];
    if (this.#answer.content.length > 0 || this.phase !== "open")
      this.#answer.sources.lists(json["citations"], json["search_results"], emit);
  }

  #failure(json: unknown, text: string): ReportedFailure {
    return new ReportedFailure({ status: statedStatus(json) ?? 200, text, json });
  }

  #note(emit: Emit, field: string, kind: Note["kind"], message: string): void {
    if (this.#noted[field] === true) return;
    this.#noted[field] = true;
    emit({ type: "note", note: { kind, field, message } });
  }
}

const LOGPROB_LISTS = [
  ["content", "logprobs"],
  ["reasoning_content", "reasoningLogprobs"],
] as const;
type LogprobList = Parameters<typeof addLogprobs>[1];
