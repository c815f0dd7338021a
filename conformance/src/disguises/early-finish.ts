/** Finish reasons that come before the end. The last one counts. */
import { isObject, type JsonObject } from "@lumiverse/core/provider";
import type { ByProtocol, Disguise } from "./disguise.ts";
import { changeFields, type Field, named, objectsIn, type StreamEvent } from "./stream-events.ts";

/** `all`: the whole answer, of which `events` can be a part. */
type Change = (events: readonly StreamEvent[], all: readonly StreamEvent[]) => StreamEvent[] | undefined;

/** Gives every choice or candidate with content a finish reason. */
function onEveryChunk(list: string, content: string, field: string, reason: string): Change {
  const fieldsOf = (json: JsonObject): Field[] =>
    objectsIn(json[list]).flatMap((one): Field[] => (one[content] === undefined ? [] : [[one, field]]));
  return (events) => changeFields(events, fieldsOf, (value) => (typeof value === "string" && value !== "" ? undefined : reason));
}

/** A stop reason after the first delta. */
const afterFirstDelta: Change = (events) => {
  const at = events.findIndex(({ json }) => json?.["type"] === "content_block_delta");
  const stop = named("message_delta", { delta: { stop_reason: "end_turn", stop_sequence: null } });
  return at < 0 ? undefined : [...events.slice(0, at + 1), stop, ...events.slice(at + 1)];
};

/** A terminal event without output and usage after the first delta. */
const completedAfterFirstDelta: Change = (events, all) => {
  const at = events.findIndex(({ json }) => json?.["type"] === "response.output_text.delta");
  const end = all.find(({ json }) => json?.["type"] === "response.completed")?.json?.["response"];
  if (at < 0 || !isObject(end)) return undefined;
  const { usage: _, ...response } = end;
  const completed = named("response.completed", { response: { ...response, output: [] } });
  return [...events.slice(0, at + 1), completed, ...events.slice(at + 1)];
};

const EVERY: ByProtocol<Change> = {
  "chat-completions": onEveryChunk("choices", "delta", "finish_reason", "stop"),
  messages: afterFirstDelta,
  responses: completedAfterFirstDelta,
  "generate-content": onEveryChunk("candidates", "content", "finishReason", "STOP"),
};

/**
 * The events with finish reasons beside their content. Undefined if the protocol, or these events, have no such form.
 * @param all the events of the whole answer, if `events` are a part of it
 */
export function finishOnEveryChunk(
  events: readonly StreamEvent[],
  protocol: string,
  all: readonly StreamEvent[] = events,
): StreamEvent[] | undefined {
  return EVERY[protocol]?.(events, all);
}

/** A finish reason without content, before everything else. */
const FIRST: ByProtocol<(json: JsonObject) => StreamEvent> = {
  "chat-completions": (json) => ({ json: { ...json, usage: undefined, choices: [{ index: 0, delta: {}, finish_reason: "stop" }] } }),
  "generate-content": (json) => ({
    json: { ...json, usageMetadata: undefined, promptFeedback: undefined, candidates: [{ index: 0, finishReason: "STOP" }] },
  }),
};

export const earlyFinish: readonly Disguise[] = [
  {
    id: "finish-on-every-chunk",
    title: "a finish reason stands beside content that is not the last",
    apply: (events, protocol) => finishOnEveryChunk(events, protocol),
  },
  {
    id: "finish-before-content",
    title: "an empty event with a finish reason comes before all content",
    apply(events, protocol) {
      const first = events[0]?.json;
      const make = FIRST[protocol];
      return first === undefined || make === undefined ? undefined : [make(first), ...events];
    },
  },
];
