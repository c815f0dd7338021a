import {
  type CheckedCall,
  type Emit,
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
import { Answer } from "./answer.ts";
import type { Dialect } from "./dialect.ts";
import { innerStatus, isFailure } from "./failures.ts";
import { logprobsOf } from "./media.ts";
import type { State } from "./protocol.ts";

/** The frames of one answer. A stream's chunk and a whole body go the same way: a body is one chunk whose delta is the message. */
export class ChatReader implements Reader {
  phase: "open" | "finishing" | "done" = "open";
  #started = false;
  /** A whole body, not a stream. */
  #unstreamed = false;
  #deltas = false;
  #framed = false;
  readonly #noted: Set<string> = new Set();
  readonly #memory: Record<string, unknown> = {};
  readonly #answer: Answer;
  readonly #extras: Dialect["extras"];
  /** The field that holds the price, where it stands beside the usage. */
  readonly #beside: string | undefined;

  constructor(dialect: Dialect, call: CheckedCall, rendered: Rendered) {
    this.#extras = dialect.extras;
    this.#beside = dialect.cost?.beside;
    this.#answer = new Answer(dialect, call, rendered.state as State | undefined); // what this protocol's own render put there
  }

  message(message: SseMessage, emit: Emit): void {
    const { data } = message;
    if (this.phase === "done" || data === "") return;
    if (data.startsWith("[DONE]")) {
      this.#answer.terminated = true;
      this.phase = "done";
      this.#answer.end(emit);
      return;
    }
    let json: unknown;
    try {
      json = JSON.parse(data);
    } catch {
      return this.#salvage(data, message.event === "error", emit);
    }
    if (message.event === "error") throw this.#failure(json, data);
    this.#chunk(json, data, emit);
  }

  body(json: unknown, emit: Emit): void {
    if (isFailure(json)) throw this.#failure(json, "");
    const choices = isObject(json) ? json["choices"] : undefined;
    if (!isObject(json) || !Array.isArray(choices) || choices.length === 0)
      throw new LumiverseError({ code: "malformed-response", message: "the answer has no choices" });
    this.#unstreamed = true;
    this.#answer.terminated = true;
    this.#chunk(json, "", emit);
    this.phase = "done";
    this.#answer.end(emit);
  }

  stray(text: string, emit: Emit): void {
    if (this.phase === "done" || text.trim() === "") return;
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      if (text.includes("\n")) for (const line of text.split("\n")) this.stray(line, emit);
      if (isHtml({ text })) throw new LumiverseError({ code: "malformed-response", message: "an HTML page in the place of an answer" });
      // An indented `data:` line (seen on a first frame of OpenRouter) is no event to any parser; it held nothing but the role.
      if (/^\s+data:/.test(text)) return;
      return this.#note(emit, "stray", "warning", `the stream held a line that is no event: ${text.trim().slice(0, 80)}`);
    }
    if (isFailure(json)) throw this.#failure(json, text);
  }

  end(emit: Emit): void {
    if (this.phase === "done") return;
    this.phase = "done";
    this.#answer.end(emit);
  }

  #chunk(json: unknown, data: string, emit: Emit): void {
    if (!isObject(json)) throw this.#failure(json, data);
    const { choices, error, usage } = json;
    const listed = Array.isArray(choices);
    if ((error !== undefined || !listed) && isFailure(json)) throw this.#failure(json, data);
    const choice = listed ? this.#pick(choices, emit) : undefined;
    if (!this.#started) this.#start(json, choice, emit);

    const beside = this.#beside;
    if (beside !== undefined && isObject(json[beside])) this.#answer.bill = json[beside];
    if (usage !== undefined && usage !== null) this.#answer.readUsage(usage, choice === undefined, emit);
    if (isObject(json["x_groq"])) this.#readGroq(json["x_groq"], emit);
    if (choice !== undefined) this.#readChoice(choice, emit);
    // What is the same on each chunk is looked at where it can be new: on the first, and once the answer is written.
    if (!this.#framed || this.phase !== "open" || choice === undefined || json["citations"] !== undefined)
      this.#readFrame(json, choice, emit);
    this.#extras?.(json, emit, this.#memory, this.#index);
  }

  readonly #index = (): number => this.#answer.cursor.next++;

  #start(json: JsonObject, choice: JsonObject | undefined, emit: Emit): void {
    const { id, model } = json;
    // Azure and Copilot open with an empty chunk of filter results; Mistral was seen with the id "null".
    const named = typeof model === "string" && model !== "";
    if (!named && choice === undefined) return;
    this.#started = true;
    emit({ type: "start", id: typeof id === "string" && id !== "" && id !== "null" ? id : undefined, model: named ? model : undefined });
  }

  #pick(choices: readonly unknown[], emit: Emit): JsonObject | undefined {
    const only = choices[0];
    if (choices.length === 1 && isObject(only) && (only["index"] ?? 0) === 0) return only;
    let found: JsonObject | undefined;
    for (const choice of choices) {
      if (!isObject(choice)) continue;
      if ((choice["index"] ?? 0) === 0) found ??= choice;
      else if (!this.#unstreamed || choices.length > 1)
        this.#note(emit, "choices", "dropped", "more than one choice came; the first is read");
    }
    return found ?? (this.#unstreamed && isObject(choices[0]) ? choices[0] : undefined);
  }

  #readChoice(choice: JsonObject, emit: Emit): void {
    if (choice["error"] !== undefined && choice["error"] !== null) throw this.#failure(choice, "");
    const { delta, message } = choice;
    // A body may carry an empty delta beside its message, a stream the message beside its deltas (Perplexity) or after them (NanoGPT).
    if (isObject(delta) && !this.#unstreamed) {
      this.#deltas = true;
      this.#answer.read(delta, false, emit);
    } else if (!this.#deltas) {
      const answer = message ?? delta;
      if (isObject(answer)) this.#answer.read(answer, true, emit);
    }
    const { logprobs, usage, finish_reason: finish } = choice;
    if (isObject(logprobs)) logprobsOf(logprobs, this.#answer.details);
    if (isObject(usage)) this.#answer.readUsage(usage, false, emit); // Moonshot puts it here
    // The first word counts: OpenRouter repeats it, older SGLang says `stop` after `tool_calls`; `""` is none.
    if (typeof finish === "string" && finish !== "" && this.#answer.raw === undefined) {
      this.#answer.raw = finish;
      this.phase = "finishing";
    }
  }

  #readGroq(groq: JsonObject, emit: Emit): void {
    if (groq["error"] !== undefined && groq["error"] !== null) throw this.#failure(groq, "");
    if (groq["usage"] !== undefined && this.#answer.usage === undefined) this.#answer.readUsage(groq["usage"], false, emit);
    if (typeof groq["seed"] === "number") this.#answer.details["seed"] = groq["seed"];
  }

  #readFrame(json: JsonObject, choice: JsonObject | undefined, emit: Emit): void {
    const { details } = this.#answer;
    this.#framed = true;
    if (typeof json["service_tier"] === "string") details.serviceTier = json["service_tier"];
    if (typeof json["system_fingerprint"] === "string" && json["system_fingerprint"] !== "")
      details["fingerprint"] = json["system_fingerprint"];
    if (typeof json["provider"] === "string") details.upstream = json["provider"];
    const times = json["timings"] ?? json["time_info"];
    if (isObject(times)) details.timings = times;
    const stop = choice?.["stop_reason"] ?? choice?.["matched_stop"]; // vLLM, SGLang
    if (typeof stop === "string") details.stopSequence = stop;
    if (typeof choice?.["native_finish_reason"] === "string") details["nativeFinishReason"] = choice["native_finish_reason"];
    if (this.#answer.content.length > 0 || this.phase !== "open")
      this.#answer.sources.lists(json["citations"], json["search_results"], emit);
  }

  /** A frame that is no JSON: GLM was seen to glue a second `data:` into a broken frame. What is whole is read, the rest is noted. */
  #salvage(data: string, failed: boolean, emit: Emit): void {
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
      if (failed) throw this.#failure(json, piece);
      this.#chunk(json, piece, emit);
    }
    if (failed && !found) throw this.#failure(undefined, data);
    if (!found)
      throw new LumiverseError({ code: "malformed-response", message: `an event of the stream is no JSON: ${data.slice(0, 80)}` });
    this.#note(emit, "data", "warning", "a broken event of the stream was read in part");
  }

  #failure(json: unknown, text: string): ReportedFailure {
    return new ReportedFailure({ status: innerStatus(json) ?? 200, text, json });
  }

  #note(emit: Emit, field: string, kind: Note["kind"], message: string): void {
    if (this.#noted.has(field)) return;
    this.#noted.add(field);
    emit({ type: "note", note: { kind, field, message } });
  }
}
