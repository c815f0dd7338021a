/** Reads one answer of the generateContent protocol. */
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
} from "@lumiverse/core/provider";
import { isBareFailure, isFailureEnvelope, statedStatus } from "../../shared/failure-envelopes.ts";
import { finishReasonOf, finishWord } from "../../shared/finish-reasons.ts";
import { elementsOf, filledText, indexOf, isFilled, quoted, unwrapped } from "../../shared/json-values.ts";
import { SimilarJson } from "../../shared/similar-json.ts";
import { eventObjects, isDone, isHeartbeat, objectOf, refuseHtml } from "../../shared/stream-events.ts";
import { camelCased, hasSnakeCase } from "../camel-case.ts";
import { Grounding } from "./grounding.ts";
import { PartReader, type ReaderState } from "./parts.ts";
import { UsageReader } from "./usage.ts";

/** Finish reasons by the numbers of the vendor's enumeration, which its Python library can write. 0 says nothing. */
const FINISH_NUMBERS: readonly string[] = ["", "STOP", "MAX_TOKENS", "SAFETY", "RECITATION", "OTHER"];

/** How many characters of text outside of events are kept to search for an error. */
const MAX_UNFRAMED_TEXT = 20_000;

/** Reads a stream of chunks, a complete answer, or the array of chunks that the stream endpoint sends without `alt=sse`. */
export class GenerateContentReader implements Reader {
  phase: Reader["phase"] = "open";
  readonly #parts: PartReader;
  readonly #usage: UsageReader = new UsageReader();
  readonly #json: SimilarJson = new SimilarJson();
  readonly #noted: Set<string> = new Set();
  #started = false;
  #ended = false;
  /** Where each part of the first chunk begins in the text. */
  #partStarts: number[] | undefined;
  #grounding: Grounding | undefined;
  #logprobs: Logprob[] | undefined;
  #finishReason: string | undefined;
  /** The index of the candidate that is read. */
  #candidateIndex: number | undefined;
  #blockReason: string | undefined;
  #unframedText = "";
  /** A finish reason came before any content, or together with content from a host that may write one on every chunk, so more content may follow. */
  #finishMayBePremature = false;
  /** Content has come without a finish reason, so the host does not write one on every chunk. Gemini's last chunk usually holds content and STOP. */
  #hasOpenContent = false;
  /** The answer is one JSON object, so nothing of it is missing. */
  #whole = false;
  /** Content has come after the last token counts. */
  #usageIsPreview = false;

  /** Present when the caller asks for the vendor's own fields. */
  readonly #vendorFields: VendorFieldsReader | undefined;

  constructor(state: ReaderState, vendorFields?: VendorFieldsReader) {
    this.#vendorFields = vendorFields;
    this.#parts = new PartReader(state, (emit, kind, field, message) => this.#note(emit, kind, field, message));
  }

  /** Hosts that write a finish reason on every chunk, or while the model still thinks, send more content after it. Some send usage in a chunk of its own. */
  get expects(): Reader["expects"] {
    if (this.phase !== "finishing" || this.#blockReason !== undefined) return undefined;
    if (this.#finishMayBePremature) return "content";
    return this.#usage.hasCounts && !this.#usageIsPreview ? undefined : "usage";
  }

  message(message: SseMessage, emit: Emit): void {
    if (isHeartbeat(message)) return;
    // Google does not send it, but some proxies add it.
    if (isDone(message.data)) {
      this.phase = "done";
      return;
    }
    for (const chunk of eventObjects(message, this.#json, emit)) this.#chunk(chunk, emit);
  }

  body(json: unknown, emit: Emit): void {
    if (!Array.isArray(json)) {
      if (isObject(json) && json["candidates"] === undefined) this.#unframedText = quoted(json);
      this.#whole = true;
      return this.#chunk(json, emit, true);
    }
    for (const chunk of json) this.#chunk(chunk, emit);
  }

  /** Failures in mid-stream are not events: they arrive as bare, pretty-printed JSON, line by line. */
  unframedText(text: string, emit: Emit): void {
    refuseHtml(text);
    // A list of chunks that is not complete JSON was cut off.
    if (/^\s*[[{]/.test(text) && text.includes('"candidates"') && parseJson(text) === undefined) throw this.#truncated();
    if (this.#unframedText.length > MAX_UNFRAMED_TEXT) return;
    this.#unframedText += `${text}\n`;
    for (const candidate of [text, this.#unframedText]) {
      const json = parseJson(candidate);
      if (json === undefined) continue;
      for (const entry of Array.isArray(json) ? json : [json]) if (isObject(entry)) this.#failIfReported(entry, emit);
      this.#unframedText = "";
      this.#note(emit, "unknown", "stream", "The stream contained text outside its events, which was ignored.");
      return;
    }
  }

  end(emit: Emit): void {
    if (this.#ended) return;
    this.#ended = true;
    this.phase = "done";
    const parts = this.#parts;
    const unfinished = this.#finishReason === undefined && this.#blockReason === undefined;
    // JSON leaves out an enumeration's first value, here the one of an unspecified reason.
    if (unfinished && !(this.#whole && this.#hasOpenContent)) {
      this.#usage.end(emit, "partial");
      throw this.#truncated();
    }
    parts.close(emit, !unfinished && !isOwnEnd(this.#finishReason));
    if (this.#logprobs !== undefined) emit({ type: "details", details: { logprobs: this.#logprobs } });
    if (this.#grounding !== undefined) parts.index = this.#grounding.emit(parts.text, this.#partStarts ?? [], parts.index, emit);
    this.#usage.end(emit, this.#usageIsPreview ? "partial" : "exact");
    const { reason, raw } = this.#outcome(emit);
    if (!this.#usage.hasCounts) this.#note(emit, "warning", "usage", "The host sent no usage.");
    else if (this.#usageIsPreview)
      this.#note(emit, "warning", "usage", "The host sent no final token counts, so the usage is that of an earlier chunk.");
    emit({ type: "finish", reason, raw });
  }

  #chunk(given: unknown, emit: Emit, whole: boolean = false): void {
    // Google's Code Assist and proxies over it wrap each chunk.
    const json = spelledAsUsual(objectOf(unwrapped(given, "candidates")));
    this.#failIfReported(json, emit, whole);
    if (this.#vendorFields !== undefined) emit({ type: "vendor-fields", ...this.#vendorFields.read(json, this.#json.similar), whole });
    const { usageMetadata, promptFeedback } = json;
    const candidates = elementsOf(json["candidates"]);
    if (whole && candidates.length === 0 && promptFeedback === undefined && usageMetadata === undefined)
      throw new LumiverseError({ code: "malformed-response", message: `the answer has no candidates: ${quoted(given)}` });
    if (!this.#started) this.#start(json, emit);
    if (isObject(promptFeedback)) this.#promptFeedback(promptFeedback, emit);
    for (let n = 0; n < candidates.length; n++) {
      const candidate = candidates[n];
      if (isObject(candidate)) this.#candidate(candidate, indexOf(candidate["index"]) ?? n, emit);
    }
    if (isObject(usageMetadata) && this.#usage.read(usageMetadata, emit)) this.#usageIsPreview = false;
    if (isObject(json["modelStatus"])) emit({ type: "details", details: { modelStatus: json["modelStatus"] } });
  }

  #start(json: JsonObject, emit: Emit): void {
    this.#started = true;
    const id = filledText(json["responseId"]);
    if (id !== undefined) this.#parts.responseId = id;
    emit({ type: "start", id, model: filledText(json["modelVersion"]) });
  }

  /** A blocked prompt is answered with 200 and without candidates. */
  #promptFeedback(feedback: JsonObject, emit: Emit): void {
    const { blockReason, blockReasonMessage, safetyRatings } = feedback;
    if (Array.isArray(safetyRatings)) emit({ type: "details", details: { promptSafetyRatings: safetyRatings } });
    // The first value of the vendor's list means that there is no reason.
    if (typeof blockReason !== "string" || blockReason === "" || /^BLOCK(?:ED)?_REASON_UNSPECIFIED$/.test(blockReason)) return;
    this.#blockReason = blockReason;
    this.phase = "finishing";
    const explanation = typeof blockReasonMessage === "string" ? `: ${blockReasonMessage}` : ".";
    this.#note(emit, "warning", "promptFeedback", `The vendor blocked the prompt (${blockReason})${explanation}`);
  }

  #candidate(candidate: JsonObject, index: number, emit: Emit): void {
    const { content, finishReason: finish } = candidate;
    this.#candidateIndex ??= index;
    if (index !== this.#candidateIndex)
      return this.#note(emit, "warning", "candidates", "The answer has several candidates. Only the first is read.");
    const parts = partsOf(content);
    const before = this.#parts.index;
    const lengthBefore = this.#parts.text.length;
    // Citations count offsets from the part that they name. Only the parts of the first chunk tell where those begin: later chunks split parts anew.
    const starts: number[] | undefined = this.#partStarts === undefined && parts.length > 0 ? [] : undefined;
    for (const part of parts) {
      starts?.push(this.#parts.text.length);
      if (typeof part === "string") this.#parts.read({ text: part }, emit);
      else if (isObject(part)) this.#parts.read(part, emit);
    }
    if (starts !== undefined) this.#partStarts = starts;
    const hasContent = parts.some(isFilled) || this.#parts.index > before || this.#parts.text.length > lengthBefore;
    if (hasContent) {
      this.#usageIsPreview = true;
      if (this.phase === "finishing") this.#reopen();
    }
    const finishReason = finishWord(typeof finish === "number" ? (FINISH_NUMBERS[finish] ?? String(finish)) : finish);
    if (finishReason !== undefined) {
      this.#finishReason = finishReason;
      this.phase = "finishing";
      this.#finishMayBePremature ||= (hasContent && !this.#hasOpenContent) || !this.#parts.hasVisibleContent;
      this.#finishDetails(candidate, finishReason, emit);
    } else if (hasContent) this.#hasOpenContent ||= this.#parts.hasVisibleContent;
    this.#metadata(candidate, emit);
  }

  /** Content after a finish reason: the answer goes on. */
  #reopen(): void {
    this.phase = "open";
    this.#blockReason = undefined;
    this.#finishMayBePremature = true;
  }

  #finishDetails(candidate: JsonObject, finishReason: string, emit: Emit): void {
    const { finishMessage, continuationToken, safetyRatings, avgLogprobs } = candidate;
    // With STOP the message says only that tools are called.
    if (typeof finishMessage === "string" && !isOwnEnd(finishReason))
      this.#note(emit, "warning", "finishReason", `${finishReason}: ${finishMessage}`);
    if (Array.isArray(safetyRatings)) emit({ type: "details", details: { safetyRatings } });
    if (typeof avgLogprobs === "number") emit({ type: "details", details: { averageLogprob: avgLogprobs } });
    if (typeof continuationToken === "string") {
      emit({ type: "details", details: { continuationToken } });
      this.#note(
        emit,
        "warning",
        "continuationToken",
        "The answer is not complete. To continue it, send the same request with details.continuationToken as parameters.continuationToken.",
      );
    }
  }

  #metadata(candidate: JsonObject, emit: Emit): void {
    const { groundingMetadata, citationMetadata, urlContextMetadata, logprobsResult } = candidate;
    if (isObject(groundingMetadata) || isObject(citationMetadata) || isObject(urlContextMetadata)) {
      this.#grounding ??= new Grounding();
      this.#grounding.read(groundingMetadata, citationMetadata, urlContextMetadata, emit);
    }
    if (isObject(logprobsResult)) {
      this.#logprobs ??= [];
      // Spreading a long list into the arguments of a call overflows the stack.
      for (const logprob of logprobsOf(logprobsResult)) this.#logprobs.push(logprob);
    }
  }

  #outcome(emit: Emit): { reason: FinishReason; raw: string | undefined } {
    if (this.#blockReason !== undefined) return { reason: "content-filter", raw: this.#blockReason };
    const raw = this.#finishReason;
    const known = raw === undefined ? "stop" : finishReasonOf(raw);
    if (raw === undefined) this.#note(emit, "unknown", "finishReason", "The answer ended without a finish reason.");
    else if (known === undefined) this.#note(emit, "unknown", "finishReason", `The finish reason ${excerpt(raw, 60)} is unknown.`);
    if (!this.#parts.hasVisibleContent && (known === "stop" || known === "length"))
      this.#note(
        emit,
        "warning",
        "content",
        known === "length"
          ? "Thinking used all output tokens before any text. Raise maxOutputTokens or lower reasoning."
          : "The model ended without any content. The same call often succeeds when it is repeated.",
      );
    // The protocol has no finish reason of its own for a turn that calls tools.
    return {
      reason: known === "stop" || known === "tool-calls" ? (this.#parts.toolCalls > 0 ? "tool-calls" : "stop") : (known ?? "other"),
      raw,
    };
  }

  #truncated(): LumiverseError {
    const text = this.#unframedText.trim();
    return new LumiverseError({
      code: "truncated",
      message: this.#started ? "the stream ended without a finish reason" : "the stream ended before any answer",
      ...(text === "" ? {} : { hint: `The stream ended with this text outside its events: ${excerpt(text, 200)}` }),
    });
  }

  /** `whole`: an unstreamed answer, in which a message without an answer is a failure as well. */
  #failIfReported(json: JsonObject, emit: Emit, whole: boolean = false): void {
    const { error, candidates, usageMetadata, promptFeedback } = json;
    const isAnswer = candidates !== undefined || usageMetadata !== undefined || promptFeedback !== undefined;
    const isBare = !isAnswer && (isBareFailure(json) || (whole && errorMessage(json) !== undefined));
    if (!isFilled(error) && !isBare && !isFailureEnvelope(json)) return;
    this.#usage.end(emit, "partial");
    throw new ReportedFailure({ status: statedStatus(json) ?? 200, text: errorMessage(json) ?? "", json });
  }

  #note(emit: Emit, kind: Note["kind"], field: string, message: string): void {
    if (this.#noted.has(message)) return;
    this.#noted.add(message);
    emit({ type: "note", note: { kind, field, message } });
  }
}

/** The parts of a content. Some gateways leave out the object around them. */
function partsOf(content: unknown): readonly unknown[] {
  return elementsOf(isObject(content) ? content["parts"] : content);
}

function spelledAsUsual(json: JsonObject): JsonObject {
  const isOther =
    json["usage_metadata"] !== undefined ||
    json["prompt_feedback"] !== undefined ||
    elementsOf(json["candidates"]).some((one) => hasSnakeCase(one) || (isObject(one) && partsOf(one["content"]).some(hasSnakeCase)));
  return isOther ? (camelCased(json) as JsonObject) : json; // an object stays one
}

/** True for a finish reason by which the model ended the answer itself, with or without calls. */
function isOwnEnd(raw: string | undefined): boolean {
  const known = raw === undefined ? undefined : finishReasonOf(raw);
  return known === "stop" || known === "tool-calls";
}

interface TokenLogprob {
  token: string;
  logprob: number;
}
interface Logprob extends TokenLogprob {
  top?: TokenLogprob[];
}

/** The log-probabilities of one chunk. */
function logprobsOf({ chosenCandidates, topCandidates }: JsonObject): Logprob[] {
  if (!Array.isArray(chosenCandidates)) return [];
  return chosenCandidates.flatMap((candidate: unknown, i): Logprob[] => {
    const chosen = tokenLogprob(candidate);
    if (chosen === undefined) return [];
    const top: unknown = Array.isArray(topCandidates) ? topCandidates[i] : undefined;
    if (!isObject(top) || !Array.isArray(top["candidates"])) return [chosen];
    return [{ ...chosen, top: top["candidates"].map(tokenLogprob).filter((one) => one !== undefined) }];
  });
}

function tokenLogprob(value: unknown): TokenLogprob | undefined {
  if (!isObject(value)) return undefined;
  const { token, logProbability } = value;
  return typeof token === "string" && typeof logProbability === "number" ? { token, logprob: logProbability } : undefined;
}
