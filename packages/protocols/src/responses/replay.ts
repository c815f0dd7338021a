/**
 * The replay payloads of an answer's parts. Each part keeps its item and where the item stood in the answer: by position, not by id, because some hosts
 * (GitHub Copilot) send a new id for the same item in every event.
 */
import { isObject, type JsonObject, type Part } from "@lumiverse/core/provider";

export interface ReplayPayload {
  /** The answer's id, which separates the parts of two answers in one message. */
  response: string;
  /** Position of the item in the answer. */
  at: number;
  /** Position of the item directly before. Absent for the first. */
  after?: number;
  /** Position of the reasoning item on which this one depends. */
  reason?: number;
  /** The item as it came, except for what the part itself contains (a message's content, a call's arguments, an image's data). */
  item: JsonObject;
  /** For content of a message: its index. */
  content?: number;
  /** For content of a message: its fields, except for the text. */
  part?: JsonObject;
  /** One of several calls that the model wrapped into one. */
  wrapped?: { index: number; count: number };
}

/** The payload of a part, if it has one. Core has already removed payloads of other origins, so the shape is this reader's. */
export function replayPayload(part: Part): ReplayPayload | undefined {
  const data = "replay" in part ? part.replay?.data : undefined;
  return isObject(data) && typeof data["at"] === "number" && isObject(data["item"]) ? (data as unknown as ReplayPayload) : undefined;
}

/** An object except for some of its fields. A `__proto__` in JSON from a host is left out: an assignment would make it the prototype. */
export function omitFields(object: JsonObject, ...fields: readonly string[]): JsonObject {
  const kept: JsonObject = {};
  for (const key of Object.keys(object)) if (key !== "__proto__" && !fields.includes(key)) kept[key] = object[key];
  return kept;
}
