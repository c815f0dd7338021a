/** An item of an answer while it arrives. */
import { definedFields, type Emit, isObject, type JsonObject } from "@lumiverse/core/provider";
import { JsonScanner } from "../../shared/json-scanner.ts";
import { elementsOf, indexOf, textIn } from "../../shared/json-values.ts";
import { ArgumentText } from "../../shared/repeated-arguments.ts";
import type { ReplayPayload } from "../replay.ts";

/** `output`: a call whose arguments are the answer's text. `pending`: a call that starts when its name is known or it is complete. */
export type ItemKind = "message" | "reasoning" | "call" | "output" | "pending" | "other";

/** An item of an answer while it arrives. */
export interface OutputItem {
  kind: ItemKind;
  /** Position in the answer, counted here because some hosts number every item 0. */
  at: number;
  /** The `output_index` with which it began. */
  index: number | undefined;
  /** Position of the item directly before. */
  after: number | undefined;
  /** Position of the reasoning item on which this one depends. */
  reason: number | undefined;
  closed: boolean;
  /** An event announced it, so it did not begin with a delta. */
  announced: boolean;
  /** Tells a repeated item from a new one. */
  id: unknown;
  callId: unknown;
  name: string;
  /** Part index; -1 until there is a part. */
  part: number;
  /** The text or arguments that were streamed. */
  text: string;
  /** The same arguments, by their deltas. */
  pieces: ArgumentText;
  /** Follows the arguments from when it is first asked whether they are whole. */
  scanner: JsonScanner | undefined;
  /** The whole arguments, where an event repeats them. */
  whole: string;
  /** The call with the same id and name that was announced before. This one waits until its arguments tell whether it is the same call. */
  repeats: OutputItem | undefined;
  /** The finished item of a call that has no arguments so far. */
  finished: JsonObject | undefined;
  /** The summary or content of a reasoning item that came last. */
  section: number;
  /** The text of each summary and content of a reasoning item. */
  sections: Map<number, string>;
  /** Text that came with the announcement of a section, until a delta tells whether they repeat it. */
  beginning: string;
  /** By `content_index`, which a host may choose at will. */
  contents: Map<number, MessageContent>;
}

/** A content part of a message while it arrives. */
export interface MessageContent {
  /** Part index; -1 until there is a part. */
  part: number;
  text: string;
  annotations: unknown[];
  refusal: string;
  /** Text that came with the announcement of the part, until a delta tells whether they repeat it. */
  beginning: string;
}

/** A delta after the announced text, which it ends. Most hosts that announce text repeat it in the deltas. */
export function withBeginning(streamed: { beginning: string }, delta: string): string {
  const { beginning } = streamed;
  streamed.beginning = "";
  return beginning.startsWith(delta) || delta.startsWith(beginning) ? delta : beginning + delta;
}

/** An item before anything of it has come. */
export function newItem(kind: ItemKind, at: number, reason: number | undefined): OutputItem {
  return {
    kind,
    at,
    index: undefined,
    after: at === 0 ? undefined : at - 1,
    reason,
    closed: false,
    announced: false,
    id: undefined,
    callId: undefined,
    name: "",
    part: -1,
    text: "",
    pieces: new ArgumentText(),
    scanner: undefined,
    whole: "",
    repeats: undefined,
    finished: undefined,
    section: 0,
    sections: new Map(),
    beginning: "",
    contents: new Map(),
  };
}

export function kindOf(item: JsonObject): ItemKind {
  const type = item["type"] ?? (item["content"] === undefined ? undefined : "message");
  return type === "message" || type === "reasoning" ? type : type === "function_call" ? "pending" : "other";
}

const CALL_KINDS: readonly ItemKind[] = ["call", "output", "pending"];

export function isSameKind(a: ItemKind, b: ItemKind): boolean {
  return a === b || (CALL_KINDS.includes(a) && CALL_KINDS.includes(b));
}

export function isCall({ kind }: OutputItem): boolean {
  return CALL_KINDS.includes(kind);
}

/** True for a call whose arguments are whole JSON so far. Asked once per delta, so the text is not parsed again. */
export function hasWholeArguments(entry: OutputItem): boolean {
  if (entry.scanner === undefined) {
    entry.scanner = new JsonScanner();
    entry.scanner.feed(entry.text);
  }
  return entry.scanner.state === "complete";
}

export function hasText({ contents }: OutputItem): boolean {
  for (const { text, refusal } of contents.values()) if (text !== "" || refusal !== "") return true;
  return false;
}

export function isSameItem(entry: OutputItem, item: JsonObject): boolean {
  return (entry.id !== undefined && entry.id === item["id"]) || (entry.callId !== undefined && entry.callId === item["call_id"]);
}

/** What is sent back with a part of the item. `response`: the answer's id. */
export function payloadOf(response: string, { at, after, reason }: OutputItem, item: JsonObject): ReplayPayload {
  return { response, at, ...definedFields({ after, reason }), item };
}

/** Emits what the deltas left out. False when they differ from the whole text. */
export function emitRemainder(streamed: { part: number; text: string }, whole: string, type: "text" | "reasoning", emit: Emit): boolean {
  if (whole.slice(0, streamed.text.length) !== streamed.text) return false;
  const text = whole.slice(streamed.text.length);
  streamed.text = whole;
  if (text !== "") emit({ type, index: streamed.part, text });
  return true;
}

/** Summaries, then the reasoning itself (open-weight models, DeepSeek). */
export function reasoningText(item: JsonObject): string {
  const texts = [...elementsOf(item["summary"]), ...elementsOf(item["content"])].map((one) => textIn(one)).filter((text) => text !== "");
  return [...new Set(texts)].join("\n\n");
}

/** The number of a summary, or the negative number of a content. */
export function sectionOf(json: JsonObject): number {
  const content = indexOf(json["content_index"]);
  return indexOf(json["summary_index"]) ?? (content === undefined ? 0 : -1 - content);
}

/** Arguments as text: some hosts send an object. `""` when there are none. */
export function textOf(value: unknown): string {
  return isObject(value) ? JSON.stringify(value) : typeof value === "string" ? value : "";
}
