/** An item of an answer while it arrives. */
import { type Emit, isObject, type JsonObject } from "@lumiverse/core";

/** `output`: a call whose arguments are the answer's text. `pending`: a call that is told when it is whole. */
export type Kind = "message" | "reasoning" | "call" | "output" | "pending" | "other";

export interface Slot {
  kind: Kind;
  /** The place in the answer, counted here: some hosts number every item 0. */
  at: number;
  after: number | undefined;
  reason: number | undefined;
  closed: boolean;
  /** What tells a repeated item from a new one. */
  id: unknown;
  callId: unknown;
  name: string;
  /** The part's index; -1 until it has one. */
  part: number;
  text: string;
  /** Which summary or content of a reasoning item came last. */
  section: number;
  contents: Content[];
}
export interface Content {
  part: number;
  text: string;
  annotations: unknown[];
  refusal: string;
}

/** Emits what the deltas left out; false when they said something else. */
export function rest(streamed: { part: number; text: string }, whole: string, type: "text" | "reasoning", emit: Emit): boolean {
  if (streamed.text.length > whole.length || !whole.startsWith(streamed.text)) return false;
  const text = whole.slice(streamed.text.length);
  streamed.text = whole;
  if (text !== "") emit({ type, index: streamed.part, text });
  return true;
}

export function kindOf(item: JsonObject): Kind {
  const type = item["type"];
  return type === "message" || type === "reasoning" ? type : type === "function_call" ? "pending" : "other";
}
const CALLS: readonly Kind[] = ["call", "output", "pending"];
export const sameKind = (a: Kind, b: Kind): boolean => a === b || (CALLS.includes(a) && CALLS.includes(b));
export const sameItem = (slot: Slot, item: JsonObject): boolean =>
  (slot.id !== undefined && slot.id === item["id"]) || (slot.callId !== undefined && slot.callId === item["call_id"]);

/** Summaries, then (open-weight models, DeepSeek) the reasoning itself. */
export function reasoningText(item: JsonObject): string {
  const texts: string[] = [];
  for (const field of ["summary", "content"]) {
    const list = item[field];
    if (Array.isArray(list)) for (const one of list) if (isObject(one) && typeof one["text"] === "string") texts.push(one["text"]);
  }
  return texts.join("\n\n");
}
