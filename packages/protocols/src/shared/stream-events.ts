/** Reads the events of a stream: heartbeats, the end, JSON values, and pages that are no stream. */
import {
  type Emit,
  excerpt,
  isHtml,
  isObject,
  type JsonObject,
  LumiverseError,
  parseJson,
  ReportedFailure,
  type SseMessage,
} from "@lumiverse/core/provider";
import type { SimilarJson } from "./similar-json.ts";

/** Names of events, and data that is no object, by which hosts keep a stream alive. */
const HEARTBEAT_EVENT = /^(?:ping|pong|heart-?beat|keep[-_ ]?alive|processing)$/i;
const HEARTBEAT =
  /^(?:"?\[?(?:ping|pong|heart-?beat|keep[-_ ]?alive|processing)?\]?"?|null|true|false|-?\d{1,20}(?:\.\d{1,20})?|\.{1,3}|:.{0,100})?$/i;

/** True for an event that only keeps the stream alive: its data is empty, an empty string, a word such as `ping`, or a bare number such as a time. */
export function isHeartbeat({ event, data }: SseMessage): boolean {
  // Longer data is content. The check runs once per delta, so it must cost nothing there.
  if (data.length > 120) return false;
  const text = data.trim();
  return (
    text === "" || (text[0] !== "{" && HEARTBEAT.test(text)) || (event !== undefined && text[0] !== "{" && HEARTBEAT_EVENT.test(event))
  );
}

/** True for data that ends a stream: `[DONE]`, which some hosts write in lower case, in quotes, between blanks or without brackets. */
export function isDone(data: string): boolean {
  return data.length < 40 && /^(?:data:|[\s"[])*done\b/i.test(data);
}

/**
 * The JSON values of one event. Some hosts leave out the blank line or the line break between two events, break an event in the middle, or send a list.
 * @throws LumiverseError `malformed-response`
 * @throws ReportedFailure for an event `error` whose data is text
 */
export function eventObjects({ event, data }: SseMessage, parser: SimilarJson, emit: Emit): unknown[] {
  let json: unknown;
  try {
    json = parser.parse(data);
  } catch (cause) {
    const pieces = data.split(/\n|data:|(?<=\})(?=\{")/).filter((piece) => piece.trim() !== "" && !isDone(piece));
    const objects = pieces.map(parseJson).filter(isObject);
    if (objects.length === 0 && event === "error") throw new ReportedFailure({ status: 200, text: data, json: undefined });
    if (objects.length === 0)
      throw new LumiverseError({
        code: "malformed-response",
        message: `an event of the stream is not JSON: ${excerpt(data, 120)}`,
        cause,
        generation: data,
      });
    if (objects.length < pieces.length)
      emit({ type: "note", note: { kind: "warning", field: "data", message: "A broken event of the stream was read in part." } });
    return objects;
  }
  return Array.isArray(json) ? json : [json];
}

/** @throws LumiverseError `malformed-response` for a value that is no object */
export function objectOf(json: unknown): JsonObject {
  if (isObject(json)) return json;
  throw new LumiverseError({ code: "malformed-response", message: "an event of the stream is not a JSON object" });
}

/** @throws LumiverseError `malformed-response` for an HTML page where events are expected */
export function refuseHtml(text: string): void {
  if (isHtml({ text }))
    throw new LumiverseError({
      code: "malformed-response",
      message: "the host answered with an HTML page",
      hint: "Check the base URL",
    });
}
