import {
  type CheckedCall,
  type Emit,
  type FinishReason,
  isHtml,
  isObject,
  type JsonObject,
  LumiverseError,
  type Note,
  type Part,
  type Reader,
  type Rendered,
  type ResponseDetails,
  type SseMessage,
} from "@lumiverse/core";
import { Calls } from "./calls.ts";
import { Content, type Cursor } from "./content.ts";
import { ReasoningDetails } from "./details.ts";
import type { Dialect } from "./dialect.ts";
import { innerStatus, isFailure, readFailure } from "./errors.ts";
import { finishError, finishWord } from "./finish.ts";
import { type AudioOut, addAudio, audioPart, imagePart, logprobsOf } from "./media.ts";
import type { State } from "./protocol.ts";
import { Sources } from "./sources.ts";
import { parseTimes, parseUsage } from "./usage.ts";

const REASONING_FIELDS = ["reasoning_content", "reasoning", "reasoning_text"];
/** Tool markup that a host's parser left in the text: shown, never run. */
const MARKUP = /<｜+DSML｜+|<｜tool▁calls?▁|<\|tool_calls?_|<tool_call>|\[TOOL_CALLS\]/;

/** One answer of a Chat Completions host. A stream's chunk and a whole body go the same way: a body is one chunk whose delta is the message. */
export class ChatReader implements Reader {
  phase: "open" | "finishing" | "done" = "open";
  private started = false;
  /** A whole body, not a stream. */
  private unstreamed = false;
  /** The wire said itself that the answer is over. */
  private terminated = false;
  private deltas = false;
  private framed = false;
  private raw: string | undefined;
  private usage: JsonObject | undefined;
  private usageShown: JsonObject | undefined;
  private usageAlone = false;
  private refusal = "";
  private audio: AudioOut | undefined;
  private reasoningFrom: "field" | "details" | undefined;
  private readonly details: ResponseDetails = {};
  private readonly noted: Set<string> = new Set();
  private readonly memory: Record<string, unknown> = {};
  private readonly cursor: Cursor = { next: 0 };
  private readonly content: Content;
  private readonly calls: Calls;
  private readonly sources: Sources;
  private readonly reasoning: ReasoningDetails = new ReasoningDetails();
  private readonly fields: readonly string[];
  private readonly dialect: Dialect;
  private readonly call: CheckedCall;

  constructor(dialect: Dialect, call: CheckedCall, rendered: Rendered) {
    const state = rendered.state as State | undefined; // what this protocol's own render put there
    this.dialect = dialect;
    this.call = call;
    this.fields = dialect.reasoning?.read ?? REASONING_FIELDS;
    this.content = new Content(
      {
        tags: (dialect.reasoning?.tags ?? "leading") === "leading",
        failures: dialect.failureTexts ?? [],
        echo: dialect.prefillEchoed === true ? (call.request.prefill ?? "") : "",
        held: state?.outputTool !== undefined,
      },
      this.cursor,
    );
    const neutral = state?.names?.neutral ?? ((name: string) => name);
    this.calls = new Calls({ neutral, output: state?.outputTool, seed: String(call.messages.length) }, this.cursor, this.content);
    this.sources = new Sources(this.cursor);
  }

  message(message: SseMessage, emit: Emit): void {
    const { data } = message;
    if (this.phase === "done" || data === "") return;
    if (data.startsWith("[DONE]")) {
      this.terminated = true;
      this.phase = "done";
      this.finish(emit);
      return;
    }
    let json: unknown;
    try {
      json = JSON.parse(data);
    } catch {
      return this.salvage(data, message.event === "error", emit);
    }
    if (message.event === "error") throw this.failure(json, data);
    this.chunk(json, data, emit);
  }

  body(json: unknown, emit: Emit): void {
    if (isFailure(json)) throw this.failure(json, "");
    const choices = isObject(json) ? json["choices"] : undefined;
    if (!isObject(json) || !Array.isArray(choices) || choices.length === 0)
      throw new LumiverseError({ code: "malformed-response", message: "the answer has no choices" });
    this.unstreamed = true;
    this.terminated = true;
    this.chunk(json, "", emit);
    this.phase = "done";
    this.finish(emit);
  }

  stray(text: string, emit: Emit): void {
    if (this.phase === "done" || text.trim() === "") return;
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      if (isHtml({ text })) throw new LumiverseError({ code: "malformed-response", message: "an HTML page in the place of an answer" });
      // An indented `data:` line (seen on a first frame of OpenRouter) is no event to any parser; it held nothing but the role.
      if (/^\s+data:/.test(text)) return;
      return this.note(emit, "stray", "warning", `the stream held a line that is no event: ${text.trim().slice(0, 80)}`);
    }
    if (isFailure(json)) throw this.failure(json, text);
  }

  end(emit: Emit): void {
    if (this.phase === "done") return;
    this.phase = "done";
    this.finish(emit);
  }

  private chunk(json: unknown, data: string, emit: Emit): void {
    if (!isObject(json) || isFailure(json)) throw this.failure(json, data);
    const choices = json["choices"];
    const choice = Array.isArray(choices) ? this.pick(choices, emit) : undefined;
    if (!this.started) this.start(json, choice, emit);

    const { usage } = json;
    if (usage !== undefined && usage !== null) this.readUsage(usage, choice === undefined, emit);
    if (isObject(json["x_groq"])) this.readGroq(json["x_groq"], emit);
    if (choice !== undefined) this.readChoice(choice, emit);
    // What is the same on each chunk is looked at where it can be new: on the first, and once the answer is written.
    if (!this.framed || this.phase !== "open" || choice === undefined || json["citations"] !== undefined)
      this.readFrame(json, choice, emit);
    this.dialect.extras?.(json, emit, this.memory, this.index);
  }

  private readonly index = (): number => this.cursor.next++;

  private start(json: JsonObject, choice: JsonObject | undefined, emit: Emit): void {
    const { id, model } = json;
    // Azure and Copilot open with an empty chunk of filter results; Mistral was seen with the id "null".
    const named = typeof model === "string" && model !== "";
    if (!named && choice === undefined) return;
    this.started = true;
    emit({ type: "start", id: typeof id === "string" && id !== "" && id !== "null" ? id : undefined, model: named ? model : undefined });
  }

  private pick(choices: readonly unknown[], emit: Emit): JsonObject | undefined {
    let found: JsonObject | undefined;
    for (const choice of choices) {
      if (!isObject(choice)) continue;
      if ((choice["index"] ?? 0) === 0) found ??= choice;
      else this.note(emit, "choices", "dropped", "more than one choice came; the first is read");
    }
    return found ?? (this.unstreamed && isObject(choices[0]) ? choices[0] : undefined);
  }

  private readChoice(choice: JsonObject, emit: Emit): void {
    if (choice["error"] !== undefined && choice["error"] !== null) throw this.failure(choice, "");
    const { delta, message } = choice;
    // A body may carry an empty delta beside its message, a stream the whole message beside its deltas (Perplexity) or after them (NanoGPT).
    if (isObject(delta) && !this.unstreamed) {
      this.deltas = true;
      this.readDelta(delta, false, emit);
    } else if (!this.deltas) {
      const answer = message ?? delta;
      if (isObject(answer)) this.readDelta(answer, true, emit);
    }
    const { logprobs, usage, finish_reason: finish } = choice;
    if (isObject(logprobs)) logprobsOf(logprobs, this.details);
    if (isObject(usage)) this.readUsage(usage, false, emit); // Moonshot puts it here
    // The first word counts: OpenRouter repeats it, older SGLang says `stop` after `tool_calls`; `""` is none.
    if (typeof finish === "string" && finish !== "" && this.raw === undefined) {
      this.raw = finish;
      this.phase = "finishing";
    }
  }

  private readDelta(delta: JsonObject, whole: boolean, emit: Emit): void {
    let reasoned = false;
    for (const field of this.fields) {
      const text = delta[field];
      if (typeof text !== "string" || text === "") continue;
      reasoned = true;
      if (this.reasoningFrom === "details") break;
      this.reasoningFrom = "field";
      this.content.reason(text, emit);
      break; // a second field mirrors the first (Chutes, Doubleword)
    }
    const details = delta["reasoning_details"];
    if (Array.isArray(details)) {
      this.reasoning.add(details, whole);
      if (!reasoned && this.reasoningFrom !== "field") {
        const text = ReasoningDetails.text(details);
        if (text !== "") {
          this.reasoningFrom = "details";
          this.content.reason(text, emit);
        }
      }
    }
    const { content } = delta;
    if (typeof content === "string") {
      if (content !== "") this.content.part(content, emit);
    } else if (Array.isArray(content)) this.readParts(content, emit);
    const calls = delta["tool_calls"];
    if (Array.isArray(calls)) for (let i = 0; i < calls.length; i++) this.calls.add(calls[i], i, whole, emit);
    if (isObject(delta["function_call"])) this.calls.add({ index: 0, function: delta["function_call"] }, 0, whole, emit);
    if (typeof delta["refusal"] === "string") this.refusal += delta["refusal"];
    if (Array.isArray(delta["annotations"])) this.sources.annotations(delta["annotations"], emit);
    if (Array.isArray(delta["images"])) for (const image of delta["images"]) this.add(imagePart(image), { as: "images" }, emit);
    if (isObject(delta["audio"])) this.audio = addAudio(this.audio, delta["audio"]);
  }

  /** Content as a list of parts: Mistral's thinking chunks, references, and what else may come. */
  private readParts(parts: readonly unknown[], emit: Emit): void {
    for (const part of parts) {
      if (typeof part === "string") this.content.part(part, emit);
      if (!isObject(part)) continue;
      const { type, text, thinking } = part;
      if (type === "text" || type === "output_text") {
        if (typeof text === "string" && text !== "") this.content.part(text, emit);
      } else if (type === "thinking") {
        const pieces: readonly unknown[] = Array.isArray(thinking) ? thinking : [thinking];
        for (const piece of pieces) {
          const thought = isObject(piece) ? piece["text"] : piece;
          if (typeof thought === "string" && thought !== "") this.content.think(thought, emit);
        }
      } else if (type === "image_url") this.add(imagePart(part), { as: "images" }, emit);
      else {
        this.content.split(emit);
        this.add({ type: "opaque", kind: typeof type === "string" ? type : "unknown" }, { content: part }, emit);
      }
    }
  }

  private add(part: Part | undefined, replay: unknown, emit: Emit): void {
    if (part !== undefined) emit({ type: "part", index: this.cursor.next++, part, replay });
  }

  private readUsage(usage: unknown, alone: boolean, emit: Emit): void {
    if (!isObject(usage)) return;
    this.usage = usage;
    this.usageAlone = alone;
    if (this.usageShown !== undefined) return;
    // Shown at once, so that a call that is cut has what was known; the last one is shown at the end.
    this.usageShown = usage;
    emit({ type: "usage", usage: parseUsage(usage, this.dialect) });
  }

  private readGroq(groq: JsonObject, emit: Emit): void {
    if (groq["error"] !== undefined && groq["error"] !== null) throw this.failure(groq, "");
    if (isObject(groq["usage"]) && this.usage === undefined) this.readUsage(groq["usage"], false, emit);
    if (typeof groq["seed"] === "number") this.details["seed"] = groq["seed"];
  }

  private readFrame(json: JsonObject, choice: JsonObject | undefined, emit: Emit): void {
    const { details } = this;
    this.framed = true;
    if (typeof json["service_tier"] === "string") details.serviceTier = json["service_tier"];
    if (typeof json["system_fingerprint"] === "string" && json["system_fingerprint"] !== "")
      details["fingerprint"] = json["system_fingerprint"];
    if (typeof json["provider"] === "string") details.upstream = json["provider"];
    const times = json["timings"] ?? json["time_info"];
    if (isObject(times)) details.timings = times;
    const stop = choice?.["stop_reason"] ?? choice?.["matched_stop"]; // vLLM, SGLang
    if (typeof stop === "string") details.stopSequence = stop;
    if (typeof choice?.["native_finish_reason"] === "string") details["nativeFinishReason"] = choice["native_finish_reason"];
    if (this.content.length > 0 || this.phase !== "open") this.sources.lists(json["citations"], json["search_results"], emit);
  }

  private finish(emit: Emit): void {
    const last = this.usage;
    if (last !== undefined) {
      if (last !== this.usageShown) emit({ type: "usage", usage: parseUsage(last, this.dialect) });
      this.details["usage"] = last;
      const times = parseTimes(last);
      if (times !== undefined) this.details.timings ??= times;
      const tier = last["service_tier"];
      if (typeof tier === "string") this.details.serviceTier ??= tier;
    }
    const calls = this.calls.end(emit);
    if (this.content.end(emit, calls.output)) this.note(emit, "content", "dropped", "text beside the structured output was left out");
    if (this.audio !== undefined) this.add(audioPart(this.audio, this.call), { audio: this.audio.id }, emit);
    if (this.refusal !== "") {
      this.details["refusal"] = this.refusal;
      this.note(emit, "refusal", "warning", this.refusal);
    }
    if (calls.nameless > 0) this.note(emit, "tool_calls", "dropped", "a tool call without a name was left out");
    for (const _ in this.details) {
      emit({ type: "details", details: this.details });
      break;
    }

    const { raw } = this;
    const empty = this.cursor.next === 0 && this.refusal === "";
    const native = this.details["nativeFinishReason"];
    const failed = raw === undefined ? undefined : finishError(raw, this.dialect);
    const hidden = empty && typeof native === "string" ? finishError(native, this.dialect) : undefined;
    if (failed !== undefined || hidden !== undefined)
      throw new LumiverseError({
        code: failed ?? hidden ?? "server",
        message: `the model's host ended the answer with "${failed === undefined ? native : raw}"`,
      });
    const reason = this.reason(raw, calls, empty, emit);
    if (empty) this.note(emit, "content", "warning", "the answer is empty");
    const markup = this.call.request.tools !== undefined && calls.calls === 0 && MARKUP.test(this.content.text);
    if (markup) this.note(emit, "content", "warning", "the text holds tool-call markup that the host did not read; it was not run");
    const { list } = this.reasoning;
    const keep = list !== undefined && this.dialect.reasoning?.replayField === "reasoning_details";
    emit(keep ? { type: "finish", reason, raw, replay: { reasoning_details: list } } : { type: "finish", reason, raw });
  }

  private reason(raw: string | undefined, calls: ReturnType<Calls["end"]>, empty: boolean, emit: Emit): FinishReason {
    if (raw === undefined) {
      // Usage in a chunk of its own comes after the end only (rule: a host that forgets the word is tolerated, a cut is not).
      if (empty || (!this.terminated && !this.usageAlone))
        throw new LumiverseError({ code: "truncated", message: "the stream ended before the answer did: no finish reason came" });
      this.note(emit, "finish_reason", "unknown", "the answer ended without a finish reason");
      return calls.calls > 0 ? "tool-calls" : "stop";
    }
    let reason = finishWord(raw, this.dialect);
    if (reason === undefined) {
      this.note(emit, "finish_reason", "unknown", `"${raw.slice(0, 60)}" is a finish reason that this version does not know`);
      reason = "other";
    }
    if (reason === "tool-calls") {
      // vLLM hides `length` behind `tool_calls` in streams, and says it without any call under a forced choice.
      if (calls.broken) {
        this.note(emit, "finish_reason", "changed", "the tool call's arguments do not parse: taken as cut off");
        return "length";
      }
      return calls.calls > 0 ? reason : "stop";
    }
    if (reason !== "stop") return reason;
    return calls.calls > 0 ? "tool-calls" : this.refusal !== "" ? "refusal" : reason;
  }

  /** A frame that is no JSON: GLM was seen to glue a second `data:` into a broken frame. What is whole is read, the rest is noted. */
  private salvage(data: string, failed: boolean, emit: Emit): void {
    let found = false;
    for (const piece of data.split(/\n|\s*data:\s*/)) {
      if (piece[0] !== "{") continue;
      let json: unknown;
      try {
        json = JSON.parse(piece);
      } catch {
        continue;
      }
      found = true;
      if (failed) throw this.failure(json, piece);
      this.chunk(json, piece, emit);
    }
    if (failed && !found) throw this.failure(undefined, data);
    if (!found)
      throw new LumiverseError({ code: "malformed-response", message: `an event of the stream is no JSON: ${data.slice(0, 80)}` });
    this.note(emit, "data", "warning", "a broken event of the stream was read in part");
  }

  private failure(json: unknown, text: string): LumiverseError {
    return readFailure({ status: innerStatus(json) ?? 200, text, json }, this.dialect);
  }

  private note(emit: Emit, field: string, kind: Note["kind"], message: string): void {
    if (this.noted.has(field)) return;
    this.noted.add(field);
    emit({ type: "note", note: { kind, field, message } });
  }
}
