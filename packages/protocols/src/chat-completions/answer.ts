import {
  type CheckedCall,
  type Emit,
  type FinishReason,
  isObject,
  type JsonObject,
  LumiverseError,
  type Note,
  type Part,
  type ResponseDetails,
} from "@lumiverse/core";
import { Calls } from "./calls.ts";
import { Content, type Cursor } from "./content.ts";
import { ReasoningDetails } from "./details.ts";
import type { Dialect } from "./dialect.ts";
import { finishError, finishWord } from "./finish.ts";
import { type AudioOut, addAudio, audioPart, imagePart } from "./media.ts";
import type { State } from "./protocol.ts";
import { Sources } from "./sources.ts";
import { parseTimes, parseUsage } from "./usage.ts";

const REASONING_FIELDS = ["reasoning_content", "reasoning", "reasoning_text"];
/** Tool markup that a host's parser left in the text: shown, never run. */
const MARKUP = /<｜+DSML｜+|<｜tool▁calls?▁|<\|tool_calls?_|<tool_call>|\[TOOL_CALLS\]/;

/** What the frames of one answer add up to: its parts, its usage, and how it ended. */
export class Answer {
  /** The host's own word for how it ended. */
  raw: string | undefined;
  /** The wire said itself that the answer is over. */
  terminated = false;
  usage: JsonObject | undefined;
  /** The price of the call, where it stands beside the usage. */
  bill: JsonObject | undefined;
  readonly details: ResponseDetails = {};
  readonly cursor: Cursor = { next: 0 };
  readonly content: Content;
  readonly sources: Sources;
  #usageShown: JsonObject | undefined;
  #usageAlone = false;
  #refusal = "";
  #audio: AudioOut | undefined;
  #reasoningFrom: "field" | "details" | undefined;
  readonly #calls: Calls;
  readonly #reasoning: ReasoningDetails = new ReasoningDetails();
  readonly #fields: readonly string[];
  readonly #dialect: Dialect;
  readonly #call: CheckedCall;

  constructor(dialect: Dialect, call: CheckedCall, state: State | undefined) {
    this.#dialect = dialect;
    this.#call = call;
    this.#fields = dialect.reasoning?.read ?? REASONING_FIELDS;
    this.content = new Content(
      {
        tags: (dialect.reasoning?.tags ?? "leading") === "leading",
        failures: dialect.failureTexts ?? [],
        echo: dialect.prefillEchoed === true ? (call.request.prefill ?? "") : "",
        held: state?.outputTool !== undefined,
        kept: state?.outputTool !== undefined || call.request.tools !== undefined,
      },
      this.cursor,
    );
    const neutral = state?.names?.neutral ?? ((name: string) => name);
    this.#calls = new Calls({ neutral, output: state?.outputTool, seed: String(call.messages.length) }, this.cursor, this.content);
    this.sources = new Sources(this.cursor);
  }

  /** A delta, or a whole message. */
  read(delta: JsonObject, whole: boolean, emit: Emit): void {
    const { content } = delta;
    // Nearly every delta is a piece of text and nothing else.
    if (typeof content === "string" && content !== "" && isAlone(delta)) return this.content.part(content, emit);
    let reasoned = false;
    for (const field of this.#fields) {
      const text = delta[field];
      if (typeof text !== "string" || text === "") continue;
      reasoned = true;
      if (this.#reasoningFrom === "details") break;
      this.#reasoningFrom = "field";
      this.content.reason(text, emit);
      break; // a second field mirrors the first (Chutes, Doubleword)
    }
    const details = delta["reasoning_details"];
    if (Array.isArray(details)) {
      this.#reasoning.add(details, whole);
      if (!reasoned && this.#reasoningFrom !== "field") {
        const text = ReasoningDetails.text(details);
        if (text !== "") {
          this.#reasoningFrom = "details";
          this.content.reason(text, emit);
        }
      }
    }
    if (typeof content === "string") {
      if (content !== "") this.content.part(content, emit);
    } else if (Array.isArray(content)) this.#readParts(content, emit);
    const calls = delta["tool_calls"];
    if (Array.isArray(calls)) for (let i = 0; i < calls.length; i++) this.#calls.add(calls[i], i, whole, emit);
    if (isObject(delta["function_call"])) this.#calls.add({ index: 0, function: delta["function_call"] }, 0, whole, emit);
    if (typeof delta["refusal"] === "string") this.#refusal += delta["refusal"];
    if (Array.isArray(delta["annotations"])) this.sources.annotations(delta["annotations"], emit);
    if (Array.isArray(delta["images"])) for (const image of delta["images"]) this.#add(imagePart(image), { as: "images" }, emit);
    if (isObject(delta["audio"])) this.#audio = addAudio(this.#audio, delta["audio"]);
  }

  /** Content as a list of parts: Mistral's thinking chunks, references, and what else may come. */
  #readParts(parts: readonly unknown[], emit: Emit): void {
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
      } else if (type === "image_url") this.#add(imagePart(part), { as: "images" }, emit);
      else {
        this.content.split(emit);
        this.#add({ type: "opaque", kind: typeof type === "string" ? type : "unknown" }, { content: part }, emit);
      }
    }
  }

  #add(part: Part | undefined, replay: unknown, emit: Emit): void {
    if (part !== undefined) emit({ type: "part", index: this.cursor.next++, part, replay });
  }

  readUsage(usage: unknown, alone: boolean, emit: Emit): void {
    if (!isObject(usage)) return;
    this.usage = usage;
    this.#usageAlone = alone;
    if (this.#usageShown !== undefined) return;
    // Shown at once, so that a call that is cut has what was known; the last one is shown at the end.
    this.#usageShown = usage;
    emit({ type: "usage", usage: parseUsage(usage, this.#dialect, this.bill) });
  }

  /** Nothing more comes: what is held goes out, usage before the finish. Throws where the answer is no answer. */
  end(emit: Emit): void {
    const last = this.usage;
    if (last !== undefined) {
      if (last !== this.#usageShown) emit({ type: "usage", usage: parseUsage(last, this.#dialect, this.bill) });
      this.details["usage"] = last;
      const times = parseTimes(last);
      if (times !== undefined) this.details.timings ??= times;
      const tier = last["service_tier"];
      if (typeof tier === "string") this.details.serviceTier ??= tier;
    }
    const calls = this.#calls.end(emit);
    if (this.content.end(emit, calls.output)) note(emit, "content", "dropped", "text beside the structured output was left out");
    if (this.#audio !== undefined) this.#add(audioPart(this.#audio, this.#call), { audio: this.#audio.id }, emit);
    if (this.#refusal !== "") {
      this.details["refusal"] = this.#refusal;
      note(emit, "refusal", "warning", this.#refusal);
    }
    if (calls.nameless > 0) note(emit, "tool_calls", "dropped", "a tool call without a name was left out");
    for (const _ in this.details) {
      emit({ type: "details", details: this.details });
      break;
    }

    const { raw } = this;
    const empty = this.cursor.next === 0 && this.#refusal === "";
    const native = this.details["nativeFinishReason"];
    const failed = raw === undefined ? undefined : finishError(raw, this.#dialect);
    const hidden = empty && typeof native === "string" ? finishError(native, this.#dialect) : undefined;
    if (failed !== undefined || hidden !== undefined)
      throw new LumiverseError({
        code: failed ?? hidden ?? "server",
        message: `the model's host ended the answer with "${failed === undefined ? native : raw}"`,
      });
    const reason = this.#reason(raw, calls, empty, emit);
    if (empty) note(emit, "content", "warning", "the answer is empty");
    const markup = this.#call.request.tools !== undefined && calls.calls === 0 && MARKUP.test(this.content.text);
    if (markup) note(emit, "content", "warning", "the text holds tool-call markup that the host did not read; it was not run");
    const { list } = this.#reasoning;
    const keep = list !== undefined && this.#dialect.reasoning?.replayField === "reasoning_details";
    emit(keep ? { type: "finish", reason, raw, replay: { reasoning_details: list } } : { type: "finish", reason, raw });
  }

  #reason(raw: string | undefined, calls: ReturnType<Calls["end"]>, empty: boolean, emit: Emit): FinishReason {
    if (raw === undefined) {
      // Usage in a chunk of its own comes after the end only (rule: a host that forgets the word is tolerated, a cut is not).
      if (empty || (!this.terminated && !this.#usageAlone))
        throw new LumiverseError({ code: "truncated", message: "the stream ended before the answer did: no finish reason came" });
      note(emit, "finish_reason", "unknown", "the answer ended without a finish reason");
      return calls.calls > 0 ? "tool-calls" : "stop";
    }
    let reason = finishWord(raw, this.#dialect);
    if (reason === undefined) {
      note(emit, "finish_reason", "unknown", `"${raw.slice(0, 60)}" is a finish reason that this version does not know`);
      reason = "other";
    }
    if (reason === "tool-calls") {
      // vLLM hides `length` behind `tool_calls` in streams, and says it without any call under a forced choice.
      if (calls.broken) {
        note(emit, "finish_reason", "changed", "the tool call's arguments do not parse: taken as cut off");
        return "length";
      }
      return calls.calls > 0 ? reason : "stop";
    }
    if (reason !== "stop") return reason;
    return calls.calls > 0 ? "tool-calls" : this.#refusal !== "" ? "refusal" : reason;
  }
}

function isAlone(delta: JsonObject): boolean {
  let fields = 0;
  for (const _ in delta) if (++fields > 1) return false;
  return true;
}

function note(emit: Emit, field: string, kind: Note["kind"], message: string): void {
  emit({ type: "note", note: { kind, field, message } });
}
