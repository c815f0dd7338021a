import type {
  AssistantMessage,
  ChatEvent,
  FinishReason,
  Note,
  Origin,
  Part,
  Replay,
  ResponseDetails,
  SourcePart,
  ToolCallPart,
  Usage,
} from "./chat.ts";
import { LongText } from "./long-text.ts";
import type { ReadEvent } from "./provider.ts";

/** What a fold has when its stream ends, before transport adds what it knows. */
export interface Folded {
  id: string | undefined;
  model: string | undefined;
  message: AssistantMessage;
  text: string;
  reasoning: string;
  toolCalls: ToolCallPart[];
  sources: SourcePart[];
  finishReason: FinishReason;
  rawFinishReason: string | undefined;
  usage: Usage;
  notes: Note[];
  details: ResponseDetails;
}

type Open = { kind: "text" | "reasoning" | "tool-call"; text: LongText; id: string; name: string };

/** Where events go: an array, or what looks like one. */
export interface EventSink {
  push(event: ChatEvent): unknown;
}

/**
 * The one fold: a response is what its events add up to, so streamed and unstreamed answers cannot disagree. `push` takes a reader's
 * event, adds it, and hands on what a caller sees; it is called once per delta and does nothing there but append.
 */
export class Fold {
  /** Something of the answer has arrived: from here on nothing is retried. */
  content = false;
  finished = false;
  readonly #origin: Origin;
  readonly #out: EventSink | undefined;
  #id: string | undefined;
  #model: string | undefined;
  #open: (Open | undefined)[] = [];
  #parts: (Part | undefined)[] = [];
  #callIds: Set<string> = new Set();
  #usage: Usage = { completeness: "unknown" };
  #notes: Note[] = [];
  #details: ResponseDetails = {};
  #reason: FinishReason = "other";
  #raw: string | undefined;
  #replay: Replay | undefined;

  constructor(origin: Origin, out?: EventSink) {
    this.#origin = origin;
    this.#out = out;
  }

  push(event: ReadEvent): void {
    switch (event.type) {
      case "text":
      case "reasoning":
      case "tool-call-delta": {
        const open = this.#open[event.index] ?? this.#implicit(event);
        open.text.add(event.text);
        this.content = true;
        this.#out?.push(event);
        return;
      }
      case "part-start":
        return this.#start(event);
      case "part-end":
        return this.#close(event.index, event.replay, event.arguments);
      case "part": {
        const part = event.replay === undefined ? event.part : { ...event.part, replay: this.#owned(event.replay) };
        this.#parts[event.index] = part;
        this.content = true;
        this.#out?.push({ type: "part", index: event.index, part });
        return;
      }
      case "usage":
        this.#usage = event.usage;
        this.#out?.push(event);
        return;
      case "note":
        this.#notes.push(event.note);
        this.#out?.push(event);
        return;
      case "details":
        for (const key of Object.keys(event.details)) if (key !== "__proto__") this.#details[key] = event.details[key];
        return;
      case "start":
        this.#id = event.id;
        this.#model = event.model;
        this.#out?.push({
          type: "start",
          ...(event.id === undefined ? {} : { id: event.id }),
          ...(event.model === undefined ? {} : { model: event.model }),
        });
        return;
      case "reset":
        this.#reset();
        return;
      case "finish":
        return this.#finish(event.reason, event.raw, event.replay);
      default:
        event satisfies never;
    }
  }

  /** A delta without its part-start: the reader need not announce plain text. */
  #implicit({ type, index }: { type: "text" | "reasoning" | "tool-call-delta"; index: number }): Open {
    if (type === "tool-call-delta") throw new TypeError("a tool-call-delta came before its part-start");
    this.#out?.push({ type: "part-start", index, kind: type });
    const open: Open = { kind: type, text: new LongText(), id: "", name: "" };
    this.#open[index] = open;
    return open;
  }

  #start(event: Extract<ReadEvent, { type: "part-start" }>): void {
    if (event.kind !== "tool-call") {
      this.#open[event.index] = { kind: event.kind, text: new LongText(), id: "", name: "" };
      this.#out?.push(event);
      return;
    }
    // Some servers draw five random digits, or number every call 0: ids are made unique within the turn.
    let id = event.id;
    for (let n = 2; this.#callIds.has(id); n++) id = `${event.id}_${n}`;
    this.#callIds.add(id);
    this.#open[event.index] = { kind: "tool-call", text: new LongText(), id, name: event.name };
    this.content = true;
    this.#out?.push({ type: "part-start", index: event.index, kind: "tool-call", id, name: event.name });
  }

  #close(index: number, replay: unknown, rawArguments: string | undefined): void {
    const open = this.#open[index];
    if (open === undefined) return;
    this.#open[index] = undefined;
    const part: Part =
      open.kind === "tool-call"
        ? toolCall(open.id, open.name, rawArguments ?? open.text.toString())
        : open.kind === "text"
          ? { type: "text", text: open.text.toString() }
          : { type: "reasoning", text: open.text.toString() };
    if (replay !== undefined) part.replay = this.#owned(replay);
    // Reasoning always says whose it is: another vendor's must never be passed off as one's own.
    else if (part.type === "reasoning") part.replay = this.#owned(null);
    this.#parts[index] = part;
    this.#out?.push({ type: "part-end", index, part });
  }

  #finish(reason: FinishReason, raw: string | undefined, replay: unknown): void {
    this.#closeAll();
    this.#reason = reason;
    this.#raw = raw;
    if (replay !== undefined) this.#replay = this.#owned(replay);
    this.finished = true;
    this.#out?.push(raw === undefined ? { type: "finish", reason } : { type: "finish", reason, raw });
  }

  #closeAll(): void {
    for (let i = 0; i < this.#open.length; i++) if (this.#open[i] !== undefined) this.#close(i, undefined, undefined);
  }

  #reset(): void {
    this.#open = [];
    this.#parts = [];
    this.#callIds = new Set();
    this.#usage = { completeness: "unknown" };
  }

  #owned(data: unknown): Replay {
    return { origin: this.#origin, data };
  }

  /** The result so far. After an error it is the partial: parts are closed as they stand. */
  folded(): Folded {
    if (!this.finished) this.#closeAll();
    const content = this.#parts.filter((part) => part !== undefined);
    let text = "";
    let reasoning = "";
    const toolCalls: ToolCallPart[] = [];
    const sources: SourcePart[] = [];
    for (const part of content) {
      if (part.type === "text") text += part.text;
      else if (part.type === "reasoning") reasoning += part.text;
      else if (part.type === "tool-call") toolCalls.push(part);
      else if (part.type === "source") sources.push(part);
    }
    const usage: Usage =
      this.finished || this.#usage.completeness === "unknown" ? this.#usage : { ...this.#usage, completeness: "partial" };
    return {
      id: this.#id,
      model: this.#model,
      message: { role: "assistant", content, ...(this.#replay === undefined ? {} : { replay: this.#replay }) },
      text,
      reasoning,
      toolCalls,
      sources,
      finishReason: this.#reason,
      rawFinishReason: this.#raw,
      usage,
      notes: this.#notes,
      details: this.#details,
    };
  }
}

/** Arguments are parsed once, when the call is whole. A model that writes nothing, or `null`, means no arguments. */
function toolCall(id: string, name: string, raw: string): ToolCallPart {
  const part: ToolCallPart = { type: "tool-call", id, name, arguments: raw };
  if (raw.trim() === "") part.input = {};
  else {
    try {
      part.input = JSON.parse(raw) ?? {};
    } catch (error) {
      part.inputError = error instanceof Error ? error.message : String(error);
    }
  }
  return part;
}
