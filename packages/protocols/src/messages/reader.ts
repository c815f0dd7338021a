/**
 * Reads one answer of the Messages wire. An unstreamed answer goes through the same blocks as a streamed one: begun, filled, ended.
 */
import {
  type Emit,
  isHtml,
  isObject,
  type JsonObject,
  LumiverseError,
  type Reader,
  type ResponseDetails,
  type SseMessage,
} from "@lumiverse/core";
import { type Block, extend, OPAQUE, source, withInput } from "./block.ts";
import { failureIn } from "./failures.ts";
import { FINISH, finishNotes } from "./finish.ts";
import { type Counters, readUsage, usageOf } from "./usage.ts";

/** What the reader must undo of the request. */
export interface ReaderState {
  /** The name of the forced tool whose arguments are the output. */
  outputTool?: string;
  /** The neutral name of a tool that the wire knows by another. */
  toolName: (wire: string) => string;
  /** `max_tokens`, where the caller did not choose it. */
  ownLimit?: number;
}

export function createReader(state: ReaderState): Reader {
  return new MessagesReader(state);
}

class MessagesReader implements Reader {
  phase: Reader["phase"] = "open";
  readonly #state: ReaderState;
  #blocks: (Block | undefined)[] = [];
  #nextIndex = 0;
  #textLength = 0;
  #calls = 0;
  #started = false;
  #counters: Counters = { details: {} };
  #stop: string | undefined;
  #container: unknown;
  #noted: Set<string> = new Set();
  #lastStray = "";

  constructor(state: ReaderState) {
    this.#state = state;
  }

  message(message: SseMessage, emit: Emit): void {
    if (this.phase === "done" || message.data === "[DONE]") return;
    const json = parseFrame(message.data);
    const type = typeof json["type"] === "string" ? json["type"] : message.event;
    switch (type) {
      case "content_block_delta":
        return this.#delta(json["index"], json["delta"], emit);
      case "content_block_start":
        if (isObject(json["content_block"])) this.#begin(blockIndex(json["index"], this.#blocks.length), json["content_block"], emit);
        return;
      case "content_block_stop": {
        const index = blockIndex(json["index"], this.#blocks.length - 1);
        const block = this.#blocks[index];
        this.#blocks[index] = undefined;
        if (block !== undefined) this.#close(block, emit);
        return;
      }
      case "message_start":
        return this.#start(json["message"], emit);
      case "message_delta":
        if (isObject(json["delta"])) this.#outcome(json["delta"], json["context_management"], emit);
        this.#transformations(json["input_transformations"], emit);
        readUsage(this.#counters, json["usage"]);
        emit({ type: "usage", usage: usageOf(this.#counters, "exact") });
        return;
      case "message_stop":
        return this.#finish(emit);
      case "ping":
        return;
      default:
        return this.#unusual(type, json, emit);
    }
  }

  body(json: unknown, emit: Emit): void {
    const failure = failureIn(json);
    if (failure !== undefined) throw failure;
    // The type is missing on some hosts, the stop reason on none: what has neither is another kind of answer.
    if (!isObject(json) || !Array.isArray(json["content"]) || (json["type"] !== "message" && typeof json["stop_reason"] !== "string"))
      throw new LumiverseError({
        code: "malformed-response",
        message: "the answer is JSON but no message: it has no content blocks",
        hint: "Does the base URL lead to a Messages endpoint?",
      });
    this.#start(json, emit);
    for (const content of json["content"]) {
      if (!isObject(content)) continue;
      this.#close(this.#begin(0, content, emit), emit);
      this.#blocks = [];
    }
    this.#outcome(json, json["context_management"], emit);
    this.#finish(emit);
  }

  /** Text between events. A bare JSON error is thrown; anything else is noted once. */
  stray(text: string, emit: Emit): void {
    if (this.phase === "done") return;
    this.#lastStray = text;
    if (isHtml({ text }))
      throw new LumiverseError({
        code: "malformed-response",
        message: "the host answered with a page in place of the stream",
        hint: "Check the base URL",
      });
    for (const candidate of [text, ...text.split("\n")]) {
      let json: unknown;
      try {
        json = JSON.parse(candidate);
      } catch {
        continue;
      }
      const failure = failureIn(json);
      if (failure !== undefined) throw failure;
    }
    this.#unknown("stray", "text between the events of the stream was not understood", emit);
  }

  end(emit: Emit): void {
    if (this.phase === "done") return;
    // All that is missing is the terminator; the outcome and the closing usage are here.
    if (this.phase === "finishing") {
      emit({ type: "note", note: { kind: "warning", message: "the stream ended without message_stop, after its stop reason" } });
      return this.#finish(emit);
    }
    throw new LumiverseError({
      code: "truncated",
      message: this.#started ? "the stream ended before message_stop" : "the stream ended before message_start",
      ...(this.#lastStray === "" ? {} : { hint: `The last thing that came was: ${this.#lastStray.slice(0, 200)}` }),
    });
  }

  #start(message: unknown, emit: Emit): void {
    if (this.#started) {
      // A proxy that falls over to another upstream splices the second answer in.
      emit({ type: "reset" });
      emit({ type: "note", note: { kind: "warning", message: "a second message_start came: what had been read was thrown away" } });
      this.#blocks = [];
      this.#nextIndex = this.#textLength = this.#calls = 0;
      this.#counters = { details: {} };
      this.#stop = undefined;
      this.phase = "open";
    }
    this.#started = true;
    const wire = isObject(message) ? message : {};
    const { id, model } = wire;
    emit({ type: "start", id: typeof id === "string" ? id : undefined, model: typeof model === "string" ? model : undefined });
    this.#transformations(wire["input_transformations"], emit);
    readUsage(this.#counters, wire["usage"]);
    emit({ type: "usage", usage: usageOf(this.#counters, "partial") });
    if (isObject(wire["diagnostics"])) this.#counters.details["diagnostics"] = wire["diagnostics"];
  }

  #begin(at: number, wire: JsonObject, emit: Emit): Block {
    const type = typeof wire["type"] === "string" ? wire["type"] : "";
    const block: Block = { kind: "opaque", index: this.#nextIndex++, wire, text: "", signature: "", citations: [], from: this.#textLength };
    this.#blocks[at] = block;
    if (type === "text") {
      block.kind = "text";
      if (Array.isArray(wire["citations"]))
        for (const citation of wire["citations"]) if (isObject(citation)) block.citations.push(citation);
      if (typeof wire["text"] === "string" && wire["text"] !== "") this.#text(block, wire["text"], emit);
    } else if (type === "thinking") {
      block.kind = "thinking";
      // Announced even if nothing follows: newer models send a signature and no text.
      emit({ type: "part-start", index: block.index, kind: "reasoning" });
      if (typeof wire["signature"] === "string") block.signature = wire["signature"];
      if (typeof wire["thinking"] === "string" && wire["thinking"] !== "") this.#thinking(block, wire["thinking"], emit);
    } else if (type === "tool_use") {
      const name = typeof wire["name"] === "string" ? wire["name"] : "";
      block.kind = name === this.#state.outputTool && name !== "" ? "output" : "tool";
      if (block.kind === "tool") {
        this.#calls++;
        const id = typeof wire["id"] === "string" && wire["id"] !== "" ? wire["id"] : `call_${this.#calls}`;
        emit({ type: "part-start", index: block.index, kind: "tool-call", id, name: this.#state.toolName(name) });
      }
    }
    return block;
  }

  #delta(at: unknown, delta: unknown, emit: Emit): void {
    const block = typeof at === "number" ? this.#blocks[at] : undefined;
    if (block === undefined || !isObject(delta)) return this.#unknown("content_block_delta", "a delta came for no open block", emit);
    const { text, thinking, partial_json: json } = delta;
    if (typeof text === "string" && block.kind === "text") return this.#text(block, text, emit);
    if (typeof thinking === "string" && block.kind === "thinking") return this.#thinking(block, thinking, emit);
    if (typeof json === "string") {
      block.text += json;
      if (block.kind === "tool") emit({ type: "tool-call-delta", index: block.index, text: json });
      else if (block.kind === "output") {
        this.#textLength += json.length;
        emit({ type: "text", index: block.index, text: json });
      }
      return;
    }
    if (typeof delta["signature"] === "string") block.signature = delta["signature"];
    else if (isObject(delta["citation"])) block.citations.push(delta["citation"]);
    else if (block.kind === "opaque") extend(block, delta);
    else this.#unknown(String(delta["type"]), `a delta of type ${String(delta["type"])} is not known`, emit);
  }

  #text(block: Block, text: string, emit: Emit): void {
    this.#textLength += text.length;
    emit({ type: "text", index: block.index, text });
  }

  #thinking(block: Block, text: string, emit: Emit): void {
    block.text += text;
    emit({ type: "reasoning", index: block.index, text });
  }

  #close(block: Block, emit: Emit): void {
    const { index, wire } = block;
    switch (block.kind) {
      case "text":
        if (block.citations.length === 0) return emit({ type: "part-end", index });
        emit({ type: "part-end", index, replay: { citations: block.citations } });
        for (const citation of block.citations)
          emit({ type: "part", index: this.#nextIndex++, part: source(citation, block.from, this.#textLength) });
        return;
      case "thinking":
        // Without a signature there is nothing to prove; the text alone is the part's.
        if (block.signature === "") return emit({ type: "part-end", index });
        return emit({ type: "part-end", index, replay: { type: "thinking", thinking: block.text, signature: block.signature } });
      case "tool":
        return this.#closeCall(block, emit);
      case "output":
        if (block.text === "") this.#text(block, JSON.stringify(wire["input"] ?? {}), emit);
        return emit({ type: "part-end", index });
      case "opaque":
        return this.#closeOpaque(block, emit);
      default:
        block.kind satisfies never;
    }
  }

  #closeCall(block: Block, emit: Emit): void {
    const { index, wire } = block;
    // Who called: the model itself, or code that it ran; the latter must be said again.
    const caller = wire["caller"];
    const replay = isObject(caller) && caller["type"] !== "direct" ? { caller } : undefined;
    const whole = block.text === "" && wire["input"] !== undefined ? JSON.stringify(wire["input"]) : undefined;
    emit({ type: "part-end", index, ...(replay === undefined ? {} : { replay }), ...(whole === undefined ? {} : { arguments: whole }) });
  }

  #closeOpaque(block: Block, emit: Emit): void {
    const { index, wire } = block;
    const kind = typeof wire["type"] === "string" ? wire["type"] : "unknown";
    if (kind === "redacted_thinking") return emit({ type: "part", index, part: { type: "reasoning", text: "" }, replay: wire });
    if (!OPAQUE.test(kind)) this.#unknown(kind, `a content block of type ${kind} is not known; it is kept and sent back`, emit);
    emit({ type: "part", index, part: { type: "opaque", kind }, replay: withInput(block) });
  }

  #outcome(delta: JsonObject, management: unknown, emit: Emit): void {
    const { stop_reason: reason, stop_sequence: sequence, stop_details: details, container } = delta;
    if (typeof reason === "string") {
      this.#stop = reason;
      this.phase = "finishing";
    }
    const more: ResponseDetails = this.#counters.details;
    if (typeof sequence === "string") more.stopSequence = sequence;
    if (isObject(details)) more["refusal"] = details;
    if (isObject(management)) more["contextManagement"] = management;
    this.#transformations(delta["input_transformations"], emit);
    if (isObject(container)) more["container"] = this.#container = container;
  }

  /** What the vendor left out of the history, because it no longer fitted. */
  #transformations(list: unknown, emit: Emit): void {
    if (!Array.isArray(list)) return;
    for (const one of list) {
      if (!isObject(one)) continue;
      const words = [one["type"], one["reason"]].filter((word) => typeof word === "string").join(", ");
      // A whole answer says it once, and its reading passes here twice.
      if (this.#noted.has(words)) continue;
      this.#noted.add(words);
      emit({ type: "note", note: { kind: "dropped", field: "messages", message: `the vendor changed the history it was sent: ${words}` } });
    }
  }

  #finish(emit: Emit): void {
    // Blocks whose stop never came, in a stream that ended well.
    for (const block of this.#blocks) if (block !== undefined) this.#close(block, emit);
    this.#blocks = [];
    const raw = this.#stop;
    let reason = raw === undefined ? "other" : (FINISH[raw] ?? "other");
    if (raw !== undefined && FINISH[raw] === undefined) this.#unknown(raw, `the stop reason ${raw} is not known`, emit);
    // The output tool is no call, and some hosts say end_turn beside calls.
    if (reason === "tool-calls" && this.#calls === 0) reason = "stop";
    else if (reason === "stop" && this.#calls > 0 && raw === "end_turn") reason = "tool-calls";
    for (const note of finishNotes(reason, this.#state.ownLimit, this.#textLength)) emit({ type: "note", note });
    emit({ type: "usage", usage: usageOf(this.#counters, "exact") });
    emit({ type: "details", details: this.#counters.details });
    this.phase = "done";
    emit({ type: "finish", reason, raw, ...(this.#container === undefined ? {} : { replay: { container: this.#container } }) });
  }

  #unusual(type: string | undefined, json: JsonObject, emit: Emit): void {
    const failure = failureIn(type === "error" ? { ...json, type } : json);
    if (failure !== undefined) throw failure;
    // A host that ignores `stream` may put the whole answer into one event.
    if (type === "message" && Array.isArray(json["content"])) return this.body(json, emit);
    this.#unknown(String(type), `an event of type ${String(type)} is not known`, emit);
  }

  #unknown(what: string, message: string, emit: Emit): void {
    if (this.#noted.has(what)) return;
    this.#noted.add(what);
    emit({ type: "note", note: { kind: "unknown", field: what, message } });
  }
}

function parseFrame(data: string): JsonObject {
  let json: unknown;
  try {
    json = JSON.parse(data);
  } catch (cause) {
    throw new LumiverseError({ code: "malformed-response", message: `an event of the stream is no JSON: ${data.slice(0, 120)}`, cause });
  }
  if (!isObject(json)) throw new LumiverseError({ code: "malformed-response", message: "an event of the stream is no JSON object" });
  return json;
}

const blockIndex = (index: unknown, otherwise: number): number =>
  typeof index === "number" && index >= 0 && index < 100_000 ? index : Math.max(0, otherwise);
