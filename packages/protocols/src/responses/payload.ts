/**
 * What an answer's items want back. Each part carries its item and where that stood in the answer: by position, not by id, because some hosts
 * (GitHub Copilot) draw a new id for the same item in every event.
 */
import { isObject, type JsonObject, type Part } from "@lumiverse/core";

export interface Link {
  /** The answer's id, so that parts of two answers in one message are told apart. */
  response: string;
  at: number;
  /** The item directly before; absent for the first. */
  after?: number;
  /** The reasoning item on which this one depends. */
  reason?: number;
}
export interface Payload extends Link {
  /** The item as it came, less what the part itself holds (a message's content, a call's arguments, an image's data). */
  item: JsonObject;
  /** For content of a message: its place, and its fields beside the text. */
  content?: number;
  part?: JsonObject;
  /** One of several calls that the model wrapped into one. */
  wrapped?: { index: number; count: number };
}

/** The payload of a part, if it has one; core has already left foreign ones at home, so the shape is the reader's. */
export function payloadOf(part: Part): Payload | undefined {
  const data = "replay" in part ? part.replay?.data : undefined;
  return isObject(data) && typeof data["at"] === "number" && isObject(data["item"]) ? (data as unknown as Payload) : undefined;
}

/** An object less some of its fields. Wire JSON is never spread: a `__proto__` in it must stay a plain field. */
export function without(object: JsonObject, ...fields: readonly string[]): JsonObject {
  const kept: JsonObject = {};
  for (const key of Object.keys(object)) if (key !== "__proto__" && !fields.includes(key)) kept[key] = object[key];
  return kept;
}
