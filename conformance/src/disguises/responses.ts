/** Forms in which some hosts write the Responses API: what an answer says in several places is missing in all but one. */
import { isObject, type JsonObject } from "@lumiverse/core/provider";
import type { Disguise } from "./disguise.ts";
import { copyOf, named, objectsIn, type StreamEvent } from "./stream-events.ts";

const typeOf = ({ json }: StreamEvent): unknown => json?.["type"];
const itemOf = (json: JsonObject | undefined): JsonObject | undefined => (isObject(json?.["item"]) ? json["item"] : undefined);

/** The calls of a stream, by `output_index`. Undefined if it has none, or if two have the same. */
function callsIn(events: readonly StreamEvent[]): Map<unknown, JsonObject> | undefined {
  const calls = new Map<unknown, JsonObject>();
  for (const event of events) {
    const item = itemOf(event.json);
    if (typeOf(event) !== "response.output_item.done" || item?.["type"] !== "function_call") continue;
    if (calls.has(event.json?.["output_index"]) || typeof item["arguments"] !== "string" || item["arguments"] === "") return undefined;
    calls.set(event.json?.["output_index"], item);
  }
  return calls.size > 0 ? calls : undefined;
}

/** The events with the items of calls changed, in the finished items and in the terminal response. */
function changingCallItems(events: readonly StreamEvent[], change: (item: JsonObject) => void): StreamEvent[] {
  return events.map((event): StreamEvent => {
    const json = copyOf(event.json);
    if (json === undefined) return event;
    const output = isObject(json["response"]) ? objectsIn(json["response"]["output"]) : [];
    for (const item of [itemOf(json), ...output]) if (item?.["type"] === "function_call") change(item);
    return { ...event, json };
  });
}

const disguise = (id: string, title: string, apply: (events: readonly StreamEvent[]) => StreamEvent[] | undefined): Disguise => ({
  id,
  title,
  apply: (events, protocol) => (protocol === "responses" ? apply(events) : undefined),
});

const empty = (item: JsonObject): void => {
  item["arguments"] = "";
};

export const responsesDisguises: readonly Disguise[] = [
  disguise("arguments-done-alone", "the arguments of a call are in their done event alone", (events) => {
    const calls = callsIn(events);
    if (calls === undefined) return undefined;
    const kept = events.filter((event) => !/^response\.function_call_arguments\./.test(String(typeOf(event))));
    return changingCallItems(kept, empty).flatMap((event) => {
      const call = typeOf(event) === "response.output_item.done" ? calls.get(event.json?.["output_index"]) : undefined;
      if (call === undefined) return [event];
      const at = { output_index: event.json?.["output_index"], item_id: call["id"] };
      return [named("response.function_call_arguments.done", { ...at, arguments: call["arguments"] }), event];
    });
  }),
  disguise("finished-calls-empty", "the finished items of calls have empty arguments", (events) => {
    const hasDeltas = events.some((event) => typeOf(event) === "response.function_call_arguments.delta");
    return callsIn(events) === undefined || !hasDeltas ? undefined : changingCallItems(events, empty);
  }),
  disguise("calls-unannounced", "a call begins with the deltas of its arguments", (events) => {
    if (callsIn(events) === undefined) return undefined;
    return events.filter((event) => !(typeOf(event) === "response.output_item.added" && itemOf(event.json)?.["type"] === "function_call"));
  }),
  disguise("calls-finished-elsewhere", "a call is announced under one index and finished under another", (events) => {
    if (callsIn(events) === undefined) return undefined;
    return events.map((event) => {
      if (typeOf(event) !== "response.output_item.done" || itemOf(event.json)?.["type"] !== "function_call") return event;
      return { ...event, json: { ...event.json, output_index: 50 + Number(event.json?.["output_index"]) } };
    });
  }),
  disguise("calls-never-finished", "no item of a call is finished, and the terminal response has no output", (events) => {
    const hasDeltas = events.some((event) => typeOf(event) === "response.function_call_arguments.delta");
    const calls = callsIn(events);
    // Items after a call, and calls that the model wrapped into one, are known by their finished items.
    if (calls === undefined || !hasDeltas || [...calls.values()].some(({ name }) => String(name).includes("parallel"))) return undefined;
    return events
      .filter((event) => !(typeOf(event) === "response.output_item.done" && itemOf(event.json)?.["type"] === "function_call"))
      .map((event) => {
        const response = event.json?.["response"];
        if (typeOf(event) !== "response.completed" || !isObject(response)) return event;
        return { ...event, json: { ...event.json, response: { ...response, output: [] } } };
      });
  }),
];
