import { LumiverseError } from "../chat/errors.ts";
import type { ChatEvent } from "../chat/event.ts";
import { definedFields, isObject } from "../chat/json.ts";
import { LongText } from "../chat/long-text.ts";
import {
  type AssistantMessage,
  type Origin,
  type Part,
  type ReasoningPart,
  type Replay,
  type TextPart,
  type ToolCallPart,
  TRANSCRIPT_VERSION,
} from "../chat/message.ts";
import type { Note } from "../chat/note.ts";
import { type PartSums, sumParts } from "../chat/part-sums.ts";
import type { FinishReason, ResponseDetails } from "../chat/response.ts";
import { messageOf } from "../chat/text.ts";
import type { Usage } from "../chat/usage.ts";
import type { VendorFields } from "../chat/vendor-fields.ts";
import type { ReadEvent } from "../contract/reader.ts";
import { parseJson } from "../http/read-text.ts";
import { uniqueId } from "../request/ids.ts";

/** A response before the call adds what it knows about the transport. */
export interface BuiltResponse extends PartSums {
  id: string | undefined;
  model: string | undefined;
  message: AssistantMessage;
  finishReason: FinishReason;
  rawFinishReason: string | undefined;
  usage: Usage;
  notes: Note[];
  details: ResponseDetails;
  vendorFields: VendorFields | undefined;
}

type Delta = Extract<ReadEvent, { type: "text" | "reasoning" | "tool-call-delta" }>;

/** A part that is still being streamed. `half`: the first half of a surrogate pair whose second half has not arrived. */
type OpenPart = { kind: "text" | "reasoning" | "tool-call"; text: LongText; pieces: number; id: string; name: string; half: string };

/** Pieces and characters that a text has at least before it counts as sent twice. The model itself can repeat a shorter one. */
const FEWEST_PIECES = 3;
const FEWEST_CHARACTERS = 40;
const REPETITION: ReadEvent = {
  type: "note",
  note: { kind: "changed", field: "content", message: "The host sent the text twice. It is returned once." },
};

/** Indexes of parts are lower than this. Consumers use the index for arrays of their own, where one very large index would cost gigabytes. */
const MOST_PARTS = 100_000;

/** Receives events: an array, or anything with its `push`. */
export interface EventSink {
  push(event: ChatEvent): unknown;
}

/**
 * Builds a response from a reader's events and passes on the events that the caller sees. Streamed and unstreamed answers are both built here, so they cannot
 * differ.
 */
export class ResponseBuilder {
  /** True once a part of the answer has arrived. From then on nothing is retried. */
  hasContent = false;
  finished = false;
  readonly #origin: Origin;
  readonly #out: EventSink | undefined;
  #id: string | undefined;
  #model: string | undefined;
  /** By index. Maps, because a host may use few indexes with large gaps. */
  #open: Map<number, OpenPart> = new Map();
  /** Present once a part has ended. */
  #endedParts: Map<number, Part> | undefined;
  #callIds: Map<string, number> | undefined;
  #usage: Usage = { completeness: "unknown" };
  #notes: Note[] = [];
  #details: ResponseDetails = {};
  #reason: FinishReason = "other";
  #rawReason: string | undefined;
  #replay: Replay | undefined;
  #vendorFields: VendorFields | undefined;

  constructor(origin: Origin, out?: EventSink) {
    this.#origin = origin;
    this.#out = out;
  }

  get #parts(): Map<number, Part> {
    this.#endedParts ??= new Map();
    return this.#endedParts;
  }

  push(event: ReadEvent): void {
    switch (event.type) {
      case "text":
      case "reasoning":
      case "tool-call-delta":
        return this.#add(event);
      case "part-start":
        return this.#start(event);
      case "part-end":
        return this.#end(event.index, event.replay, event.arguments);
      case "part":
        return this.#addPart(event);
      case "replace":
        return this.#replace(event.index, event.part);
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
      case "vendor-fields":
        if (event.whole === true) this.#vendorFields = event;
        this.#out?.push(event);
        return;
      case "start":
        this.#id = event.id;
        this.#model = event.model;
        this.#out?.push({
          type: "start",
          ...definedFields({ id: event.id, model: event.model }),
        });
        return;
      case "reset":
        return this.#reset();
      case "finish":
        return this.#finish(event.reason, event.raw, event.replay);
      default:
        event satisfies never;
    }
  }

  /** Runs once per delta. */
  #add(event: Delta): void {
    const open = this.#open.get(event.index) ?? this.#openUnannounced(event);
    this.hasContent = true;
    if (open.pieces++ >= FEWEST_PIECES && isRepetition(open, event.text)) return this.push(REPETITION);
    const last = event.text.charCodeAt(event.text.length - 1);
    // Hosts cut emoji between two deltas.
    if (open.half !== "" || (last >= 0xd800 && last <= 0xdbff)) return this.#addWithHalf(open, event);
    open.text.add(event.text);
    this.#out?.push(event);
  }

  /** Joins a surrogate pair that was cut between two deltas, and holds back a first half at the end. */
  #addWithHalf(open: OpenPart, event: Delta): void {
    const joined = open.half + event.text;
    const last = joined.charCodeAt(joined.length - 1);
    const cut = last >= 0xd800 && last <= 0xdbff ? joined.length - 1 : joined.length;
    open.half = joined.slice(cut);
    const text = joined.slice(0, cut);
    if (text === "") return;
    open.text.add(text);
    this.#out?.push({ ...event, text });
  }

  /** Opens the part of a delta without a `part-start`, which readers may leave out for text and reasoning. */
  #openUnannounced({ type, index }: Delta): OpenPart {
    if (type === "tool-call-delta") throw new TypeError("a tool-call-delta came before its part-start");
    this.#out?.push({ type: "part-start", index, kind: type });
    return this.#openPart(index, type);
  }

  #openPart(index: number, kind: OpenPart["kind"], id = "", name = ""): OpenPart {
    const open: OpenPart = { kind, text: new LongText(), pieces: 0, id, name, half: "" };
    this.#open.set(checkIndex(index), open);
    return open;
  }

  #start(event: Extract<ReadEvent, { type: "part-start" }>): void {
    const { index, kind } = event;
    if (kind !== "tool-call") {
      this.#openPart(index, kind);
      this.#out?.push(event);
      return;
    }
    const { name } = event;
    this.#callIds ??= new Map();
    const id = uniqueId(event.id, this.#callIds);
    this.#openPart(index, kind, id, name);
    this.hasContent = true;
    this.#out?.push({ type: "part-start", index, kind, id, name });
  }

  /** Adds a part that is complete at once. */
  #addPart({ index, part: given, replay }: Extract<ReadEvent, { type: "part" }>): void {
    const part = replay === undefined ? given : { ...given, replay: this.#own(replay) };
    this.#parts.set(checkIndex(index), part);
    this.hasContent = true;
    this.#out?.push({ type: "part", index, part });
  }

  #end(index: number, replay: unknown, rawArguments: string | undefined): void {
    const open = this.#open.get(index);
    if (open === undefined) return;
    this.#open.delete(index);
    // A first half whose second half never came is kept as the host sent it.
    if (open.half !== "") {
      open.text.add(open.half);
      this.#out?.push({ type: open.kind === "tool-call" ? "tool-call-delta" : open.kind, index, text: open.half });
    }
    const part =
      open.kind === "tool-call"
        ? toolCall(open.id, open.name, rawArguments ?? open.text.toString())
        : textPart(open.kind, open.text.toString());
    if (replay !== undefined) part.replay = this.#own(replay);
    // Reasoning always names its origin, because it must not be sent to another vendor as that vendor's own.
    else if (part.type === "reasoning") part.replay = this.#own(null);
    this.#parts.set(index, part);
    this.#out?.push({ type: "part-end", index, part });
  }

  #replace(index: number, replacement: { type: "text" | "reasoning"; text: string } | undefined): void {
    checkIndex(index);
    this.#open.delete(index);
    const part = replacement === undefined ? undefined : textPart(replacement.type, replacement.text);
    if (part?.type === "reasoning") part.replay = this.#own(null);
    if (part === undefined) this.#parts.delete(index);
    else this.#parts.set(index, part);
    this.#out?.push(part === undefined ? { type: "replace", index } : { type: "replace", index, part });
  }

  #reset(): void {
    for (const index of inOrder(new Set([...this.#open.keys(), ...this.#parts.keys()]))) this.#replace(index, undefined);
    this.#callIds = undefined;
    if (this.#usage.completeness === "unknown") return;
    this.#usage = { completeness: "unknown" };
    this.#out?.push({ type: "usage", usage: this.#usage });
  }

  #finish(reason: FinishReason, raw: string | undefined, replay: unknown): void {
    this.#endAll();
    this.#reason = reason;
    this.#rawReason = raw;
    if (replay !== undefined) this.#replay = this.#own(replay);
    this.finished = true;
    this.#out?.push(raw === undefined ? { type: "finish", reason } : { type: "finish", reason, raw });
  }

  #endAll(): void {
    for (const index of inOrder(this.#open.keys())) this.#end(index, undefined, undefined);
  }

  #own(data: unknown): Replay {
    return { origin: this.#origin, data };
  }

  /**
   * Ends the open parts of a stream that broke off, for the partial response. It emits no `part-end`, and gives calls no `input`, so that nobody runs an
   * incomplete call.
   */
  #breakOff(): void {
    for (const [index, open] of this.#open) {
      const text = open.text.toString() + open.half;
      const part: Part =
        open.kind === "tool-call"
          ? { type: "tool-call", id: open.id, name: open.name, arguments: text, inputError: "the answer broke off inside this call" }
          : textPart(open.kind, text);
      if (part.type === "reasoning") part.replay = this.#own(null);
      this.#parts.set(index, part);
    }
    this.#open.clear();
  }

  /** The response so far. After an error it is the partial response. */
  build(): BuiltResponse {
    if (!this.finished) this.#breakOff();
    const content = inOrder(this.#parts.keys()).flatMap((index) => this.#parts.get(index) ?? []);
    const usage: Usage =
      this.finished || this.#usage.completeness === "unknown" ? this.#usage : { ...this.#usage, completeness: "partial" };
    return {
      id: this.#id,
      model: this.#model,
      message: {
        role: "assistant",
        content,
        ...definedFields({ replay: this.#replay }),
        version: TRANSCRIPT_VERSION,
      },
      ...sumParts(content),
      finishReason: this.#reason,
      rawFinishReason: this.#rawReason,
      usage,
      notes: this.#notes,
      details: this.#details,
      vendorFields: this.#vendorFields,
    };
  }
}

/** True for a piece that is the whole part so far: some hosts end a stream with it (RAGFlow). */
function isRepetition({ kind, text }: OpenPart, piece: string): boolean {
  return kind !== "tool-call" && piece.length === text.length && piece.length >= FEWEST_CHARACTERS && piece === text.toString();
}

/** From the lowest to the highest. */
function inOrder(indexes: Iterable<number>): number[] {
  return [...indexes].sort((a, b) => a - b);
}

function checkIndex(index: number): number {
  if (Number.isInteger(index) && index >= 0 && index < MOST_PARTS) return index;
  throw new LumiverseError({ code: "malformed-response", message: `the answer has a part at index ${index}` });
}

function textPart(type: "text" | "reasoning", text: string): TextPart | ReasoningPart {
  return type === "text" ? { type: "text", text } : { type: "reasoning", text };
}

/** Levels of nesting that a call's arguments may have. Deeper ones overflow the stack of whatever validates, compares or writes them. */
const MOST_LEVELS = 1000;

/** Parses the arguments once, when the call is complete. Empty text and `null` mean no arguments. */
function toolCall(id: string, name: string, raw: string): ToolCallPart {
  const part: ToolCallPart = { type: "tool-call", id, name, arguments: raw };
  if (raw.trim() === "") part.input = {};
  else if (isDeeperThan(MOST_LEVELS, raw)) part.inputError = `the arguments are nested more than ${MOST_LEVELS} levels deep`;
  else {
    try {
      const input: unknown = JSON.parse(raw) ?? {};
      // Some models and hosts encode arguments twice.
      if (typeof input === "string" && isObject(parseJson(input))) return toolCall(id, name, input);
      part.input = input;
    } catch (error) {
      part.inputError = messageOf(error);
    }
  }
  return part;
}

/** True for JSON with more open brackets at one place than `levels`. */
function isDeeperThan(levels: number, json: string): boolean {
  if (json.length <= levels) return false;
  let open = 0;
  let inText = false;
  for (let at = 0; at < json.length; at++) {
    const char = json[at];
    if (inText) {
      if (char === "\\") at++;
      else if (char === '"') inText = false;
    } else if (char === '"') inText = true;
    else if (char === "{" || char === "[") {
      if (++open > levels) return true;
    } else if (char === "}" || char === "]") open--;
  }
  return false;
}
