import {
  type Emit,
  type FinishReason,
  isHtml,
  isObject,
  type JsonObject,
  LumiverseError,
  type Note,
  type Reader,
  type Rendered,
  ReportedFailure,
  type SseMessage,
} from "@lumiverse/core";
import { finishReason } from "./finish.ts";
import { Grounding } from "./grounding.ts";
import { type Logprob, readLogprobs } from "./logprobs.ts";
import { PartReader } from "./parts.ts";
import { stateOf } from "./state.ts";
import { UsageMeter } from "./usage.ts";

/** Characters of text outside of events that are kept: more than any error has. */
const STRAY = 20_000;

/** Reads one answer: a stream of chunks, a whole one, or the array of chunks that the stream endpoint sends without `alt=sse`. */
export class GenerateContentReader implements Reader {
  phase: "open" | "finishing" | "done" = "open";
  readonly #parts: PartReader;
  readonly #usage: UsageMeter = new UsageMeter();
  readonly #noted: Set<string> = new Set();
  #started = false;
  #ended = false;
  #partStarts: number[] | undefined;
  #grounding: Grounding | undefined;
  #logprobs: Logprob[] | undefined;
  #finish: string | undefined;
  #blocked: string | undefined;
  #strayText = "";

  constructor(rendered: Rendered) {
    this.#parts = new PartReader(stateOf(rendered), (emit, field, message) => this.#note(emit, "unknown", field, message));
  }

  message(message: SseMessage, emit: Emit): void {
    const { data } = message;
    if (data === "[DONE]") {
      // Google sends none; proxies add it.
      this.phase = "done";
      return;
    }
    let json: unknown;
    try {
      json = JSON.parse(data);
    } catch (cause) {
      return this.#salvage(data, cause, emit);
    }
    this.#chunk(json, emit);
  }

  body(json: unknown, emit: Emit): void {
    if (!Array.isArray(json)) return this.#chunk(json, emit);
    for (const chunk of json) this.#chunk(chunk, emit);
  }

  /** Failures in mid-stream come as bare, pretty-printed JSON, line by line, and not as events. */
  stray(text: string, emit: Emit): void {
    if (isHtml({ text }))
      throw new LumiverseError({
        code: "malformed-response",
        message: "a web page came in place of the answer",
        hint: "Check the base URL",
      });
    // A list of chunks that is no whole JSON was cut off.
    if (/^\s*[[{]/.test(text) && text.includes('"candidates"') && parsed(text) === undefined) throw this.#cutShort();
    if (this.#strayText.length > STRAY) return;
    this.#strayText += `${text}\n`;
    for (const candidate of [text, this.#strayText]) {
      const json = parsed(candidate);
      if (json === undefined) continue;
      for (const one of Array.isArray(json) ? json : [json]) if (isObject(one) && isObject(one["error"])) this.#fail(one["error"], emit);
      this.#strayText = "";
      this.#note(emit, "unknown", "stream", "text that belongs to no event was passed over");
      return;
    }
  }

  end(emit: Emit): void {
    if (this.#ended) return;
    this.#ended = true;
    this.phase = "done";
    const parts = this.#parts;
    const finish = this.#finish;
    const blocked = this.#blocked;
    if (finish === undefined && blocked === undefined) {
      this.#usage.emit(emit, "partial");
      throw this.#cutShort();
    }
    parts.close(emit, finish !== "STOP");
    if (this.#logprobs !== undefined) emit({ type: "details", details: { logprobs: this.#logprobs } });
    if (this.#grounding !== undefined) parts.index = this.#grounding.emit(parts.text, this.#partStarts ?? [], parts.index, emit);
    this.#usage.emit(emit, "exact");
    const { reason, raw } = this.#outcome(emit);
    emit({ type: "finish", reason, raw });
  }

  // ── one chunk ────────────────────────────────────────────────────────────────────────────────────────────────────

  #chunk(json: unknown, emit: Emit): void {
    if (!isObject(json))
      throw new LumiverseError({ code: "malformed-response", message: `a chunk of the answer is ${describe(json)} and no object` });
    if (isObject(json["error"])) this.#fail(json["error"], emit);
    const { candidates, usageMetadata } = json;
    if (!this.#started) this.#start(json, emit);
    if (isObject(json["promptFeedback"])) this.#feedback(json["promptFeedback"], emit);
    if (Array.isArray(candidates)) for (const candidate of candidates) if (isObject(candidate)) this.#candidate(candidate, emit);
    if (isObject(usageMetadata)) this.#usage.read(usageMetadata, emit);
    if (isObject(json["modelStatus"])) emit({ type: "details", details: { modelStatus: json["modelStatus"] } });
  }

  #start(json: JsonObject, emit: Emit): void {
    this.#started = true;
    const { responseId, modelVersion } = json;
    const id = typeof responseId === "string" && responseId !== "" ? responseId : undefined;
    if (id !== undefined) this.#parts.responseId = id;
    emit({
      type: "start",
      id,
      model: typeof modelVersion === "string" ? modelVersion : undefined,
    });
  }

  /** A refused prompt is a 200 without candidates. */
  #feedback(feedback: JsonObject, emit: Emit): void {
    const { blockReason, blockReasonMessage, safetyRatings } = feedback;
    if (Array.isArray(safetyRatings)) emit({ type: "details", details: { promptSafetyRatings: safetyRatings } });
    if (typeof blockReason !== "string") return;
    this.#blocked = blockReason;
    this.phase = "finishing";
    const said = typeof blockReasonMessage === "string" ? `: ${blockReasonMessage}` : "";
    this.#note(emit, "warning", "promptFeedback", `the prompt was blocked (${blockReason})${said}`);
  }

  #candidate(candidate: JsonObject, emit: Emit): void {
    const { index, content, finishReason: reason } = candidate;
    if (typeof index === "number" && index !== 0)
      return this.#note(emit, "warning", "candidates", "only the first of several candidates is read");
    const parts = isObject(content) ? content["parts"] : undefined;
    if (Array.isArray(parts)) {
      // Citations count from the part they name. A stream cuts its parts anew in every chunk: only the first chunk's say something.
      const starts: number[] | undefined = this.#partStarts === undefined ? [] : undefined;
      for (let i = 0; i < parts.length; i++) {
        starts?.push(this.#parts.text.length);
        const part: unknown = parts[i];
        if (isObject(part)) this.#parts.read(part, emit);
      }
      if (starts !== undefined) this.#partStarts = starts;
      if (this.#finish !== undefined && typeof reason !== "string" && parts.length > 0) this.phase = "open";
    }
    if (typeof reason === "string") {
      this.#finish = reason;
      this.phase = "finishing";
      this.#finished(candidate, reason, emit);
    }
    this.#extras(candidate, emit);
  }

  /** What came with the finish word. */
  #finished(candidate: JsonObject, reason: string, emit: Emit): void {
    const { finishMessage, continuationToken, safetyRatings, avgLogprobs } = candidate;
    // With STOP it says only that tools are called.
    if (typeof finishMessage === "string" && reason !== "STOP") this.#note(emit, "warning", "finishReason", `${reason}: ${finishMessage}`);
    if (Array.isArray(safetyRatings)) emit({ type: "details", details: { safetyRatings } });
    if (typeof avgLogprobs === "number") emit({ type: "details", details: { averageLogprob: avgLogprobs } });
    if (typeof continuationToken === "string") {
      emit({ type: "details", details: { continuationToken } });
      this.#note(
        emit,
        "warning",
        "continuationToken",
        "the answer goes on: send the same request with parameters.continuationToken set to details.continuationToken",
      );
    }
  }

  #extras(candidate: JsonObject, emit: Emit): void {
    const { groundingMetadata, citationMetadata, urlContextMetadata, logprobsResult } = candidate;
    if (isObject(groundingMetadata) || isObject(citationMetadata) || isObject(urlContextMetadata)) {
      this.#grounding ??= new Grounding();
      this.#grounding.read(groundingMetadata, citationMetadata, urlContextMetadata, emit);
    }
    if (isObject(logprobsResult)) {
      this.#logprobs ??= [];
      readLogprobs(logprobsResult, this.#logprobs);
    }
  }

  // ── ends ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  #outcome(emit: Emit): { reason: FinishReason; raw: string } {
    if (this.#blocked !== undefined) return { reason: "content-filter", raw: this.#blocked };
    const raw = this.#finish ?? "";
    const known = finishReason(raw);
    if (known === undefined) this.#note(emit, "unknown", "finishReason", `unknown finish reason ${raw}`);
    if (!this.#parts.shown && (known === "stop" || known === "length"))
      this.#note(
        emit,
        "warning",
        "content",
        known === "length"
          ? "all output tokens went into thinking before any text: raise maxOutputTokens or lower reasoning"
          : "the model ended without saying anything; the same call often succeeds",
      );
    // The wire has no word of its own for a turn that calls tools.
    return { reason: known === "stop" && this.#parts.calls > 0 ? "tool-calls" : (known ?? "other"), raw };
  }

  #cutShort(): LumiverseError {
    const rest = this.#strayText.trim();
    return new LumiverseError({
      code: "truncated",
      message: this.#started ? "the stream ended without a finish reason: the answer is cut short" : "the stream ended before any answer",
      ...(rest === "" ? {} : { hint: `The stream ended with text that is no event: ${rest.slice(0, 200)}` }),
    });
  }

  #fail(error: JsonObject, emit: Emit): never {
    this.#usage.emit(emit, "partial");
    throw new ReportedFailure({ status: typeof error["code"] === "number" ? error["code"] : 500, text: "", json: { error } });
  }

  /** Two events without a blank line between them arrive as one: each line is then a chunk of its own. */
  #salvage(data: string, cause: unknown, emit: Emit): void {
    const lines = data.split("\n").filter((line) => line.trim() !== "");
    const chunks = lines.length > 1 ? lines.map(parsed) : [];
    if (chunks.length === 0 || chunks.includes(undefined))
      throw new LumiverseError({ code: "malformed-response", message: `an event of the stream is no JSON: ${data.slice(0, 120)}`, cause });
    for (const chunk of chunks) this.#chunk(chunk, emit);
  }

  #note(emit: Emit, kind: Note["kind"], field: string, message: string): void {
    if (this.#noted.has(message)) return;
    this.#noted.add(message);
    emit({ type: "note", note: { kind, field, message } });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not whole, or no JSON: the caller decides what that means.
    return undefined;
  }
}

function describe(json: unknown): string {
  return json === null ? "null" : Array.isArray(json) ? "an array" : `a ${typeof json}`;
}
