/** Forms in which some hosts write the Responses API: what an answer says in several places is missing in all but one. */
import { isObject, type JsonObject } from "@lumiverse/core/provider";
import type { Disguise } from "./disguise.ts";
import { copyOf, mapJson, named, objectsIn, type StreamEvent } from "./stream-events.ts";

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

/** The item of an event, and those of a terminal response. */
function itemsOf(json: JsonObject): JsonObject[] {
  const output = isObject(json["response"]) ? objectsIn(json["response"]["output"]) : [];
  return [itemOf(json), ...output].filter(isObject);
}

/** The events with the items of calls changed, in the finished items and in the terminal response. */
function changingCallItems(events: readonly StreamEvent[], change: (item: JsonObject) => void): StreamEvent[] {
  return mapJson(events, (json) => {
    for (const item of itemsOf(json)) if (item["type"] === "function_call") change(item);
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
  disguise("terminal-unwrapped", "the terminal event has the fields of the response without the object around them", (events) => {
    const at = events.findIndex((event) => /^response\.(?:completed|incomplete)$/.test(String(typeOf(event))));
    const response = events[at]?.json?.["response"];
    if (!isObject(response)) return undefined;
    return [...events.slice(0, at), { ...events[at], json: { ...response, type: typeOf(events[at] ?? {}) } }, ...events.slice(at + 1)];
  }),
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
  disguise("arguments-terminal-alone", "the arguments of a call are in the terminal response alone", (events) => {
    const at = events.findLastIndex((event) => typeOf(event) === "response.completed");
    const response = events[at]?.json?.["response"];
    const finished = isObject(response) ? objectsIn(response["output"]).filter((item) => item["type"] === "function_call") : [];
    if (callsIn(events)?.size !== finished.length) return undefined;
    const kept = events.slice(0, at).filter((event) => !/^response\.function_call_arguments\./.test(String(typeOf(event))));
    return [...changingCallItems(kept, empty), ...events.slice(at)];
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
  disguise("arguments-announced", "the arguments of a call are in its announcement alone", (events) => {
    const calls = callsIn(events);
    if (calls === undefined) return undefined;
    const kept = events.filter((event) => !/^response\.function_call_arguments\./.test(String(typeOf(event))));
    return changingCallItems(kept, empty).map((event): StreamEvent => {
      const call = typeOf(event) === "response.output_item.added" ? calls.get(event.json?.["output_index"]) : undefined;
      const item = itemOf(event.json);
      if (call === undefined || item?.["type"] !== "function_call") return event;
      return { ...event, json: { ...event.json, item: { ...item, arguments: call["arguments"] } } };
    });
  }),
  disguise(
    "responses-arguments-repeated",
    "the last delta of a call has its complete arguments once more, and nothing else repeats them",
    (events) => {
      const calls = callsIn(events);
      if (calls === undefined || !events.some((event) => typeOf(event) === "response.function_call_arguments.delta")) return undefined;
      const kept = events.filter((event) => typeOf(event) !== "response.function_call_arguments.done");
      return changingCallItems(kept, empty).flatMap((event) => {
        const call = typeOf(event) === "response.output_item.done" ? calls.get(event.json?.["output_index"]) : undefined;
        if (call === undefined) return [event];
        const again = { output_index: event.json?.["output_index"], item_id: call["id"], delta: call["arguments"] };
        return [named("response.function_call_arguments.delta", again), event];
      });
    },
  ),
  disguise("responses-call-announced-twice", "a call comes once more in full at a second index under the same id", (events) => {
    const calls = callsIn(events);
    if (calls === undefined) return undefined;
    const [index] = [...calls.keys()].slice(-1);
    const own = events.filter(({ json }) => json?.["output_index"] === index);
    const again = own.map((event): StreamEvent => ({ ...event, json: { ...copyOf(event.json), output_index: 99 } }));
    const last = events.findLastIndex((event) => typeOf(event) === "response.output_item.done");
    return [...events.slice(0, last + 1), ...again, ...events.slice(last + 1)];
  }),
  disguise("items-without-index", "events name their items by id and have no output_index", (events) => {
    const ids = new Map<unknown, unknown>();
    for (const { json } of events)
      if (json?.["output_index"] !== undefined) ids.set(json["output_index"], itemOf(json)?.["id"] ?? ids.get(json["output_index"]));
    if (ids.size === 0 || [...ids.values()].some((id) => typeof id !== "string" || id === "") || new Set(ids.values()).size < ids.size)
      return undefined;
    return events.map((event): StreamEvent => {
      if (event.json?.["output_index"] === undefined) return event;
      const { output_index: index, ...rest } = event.json;
      // The announced id is that of the finished item, although some hosts give an item a new id with every event.
      return {
        ...event,
        json:
          itemOf(rest) === undefined ? { ...rest, item_id: ids.get(index) } : { ...rest, item: { ...itemOf(rest), id: ids.get(index) } },
      };
    });
  }),
  disguise("text-in-finished-parts", "the text is in the finished parts of a message alone", (events) => {
    const hasParts = (event: StreamEvent): boolean => typeOf(event) === "response.content_part.done";
    if (!events.some(hasParts)) return undefined;
    const others = events.filter((event) => !/^response\.output_text\.(?:delta|done)$/.test(String(typeOf(event))));
    return mapJson(others, (json) => {
      for (const item of itemsOf(json)) if (item["type"] === "message") item["content"] = [];
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
