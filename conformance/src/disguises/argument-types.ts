/** Arguments of calls in the other type: an object where the protocol has text, and text where it has an object. */
import { isObject, type JsonObject } from "@lumiverse/core/provider";
import type { ByProtocol, Disguise } from "./disguise.ts";
import { changeFields, copyOf, type Field, objectsIn, type StreamEvent } from "./stream-events.ts";

type Change = (events: readonly StreamEvent[]) => StreamEvent[] | undefined;

/** The objects that hold the arguments of a call that is whole in one event, with the field. */
const HOLDERS: ByProtocol<(json: JsonObject) => Field[]> = {
  "chat-completions": (json) =>
    objectsIn(json["choices"]).flatMap(({ delta }) =>
      objectsIn(isObject(delta) ? delta["tool_calls"] : undefined).flatMap((call): Field[] =>
        isObject(call["function"]) && typeof call["function"]["name"] === "string" ? [[call["function"], "arguments"]] : [],
      ),
    ),
  responses: (json) => {
    const output = isObject(json["response"]) ? objectsIn(json["response"]["output"]) : [];
    const items = [json["item"], ...output].filter(isObject);
    return items.flatMap((item): Field[] => (item["type"] === "function_call" ? [[item, "arguments"]] : []));
  },
  "generate-content": (json) =>
    objectsIn(json["candidates"]).flatMap(({ content }) =>
      objectsIn(isObject(content) ? content["parts"] : undefined).flatMap(({ functionCall: call }): Field[] =>
        isObject(call) && isObject(call["args"]) && Object.keys(call["args"]).length > 0 ? [[call, "args"]] : [],
      ),
    ),
};

/** JSON text becomes its object, and an object becomes JSON text. Undefined for text that is not the JSON of an object. */
function other(value: unknown): unknown {
  if (isObject(value)) return JSON.stringify(value);
  try {
    const json: unknown = JSON.parse(String(value));
    return isObject(json) ? json : undefined;
  } catch {
    return undefined;
  }
}

/** In Messages the arguments come as the text of deltas. Here they are in the start of the block, as text. */
const textInStart: Change = (events) => {
  const starts = events.filter(({ json }) => isObject(json?.["content_block"]) && json["content_block"]["type"] === "tool_use");
  const indexes = new Set(starts.map(({ json }) => json?.["index"]));
  if (starts.length === 0 || indexes.size < starts.length) return undefined;
  const isDelta = ({ json }: StreamEvent): boolean => json?.["type"] === "content_block_delta" && indexes.has(json["index"]);
  const textOf = (index: unknown): string =>
    events
      .filter((event) => isDelta(event) && event.json?.["index"] === index)
      .map(({ json }) => String(isObject(json?.["delta"]) ? (json["delta"]["partial_json"] ?? "") : ""))
      .join("");
  if (starts.some(({ json }) => other(textOf(json?.["index"])) === undefined)) return undefined;
  return events
    .filter((event) => !isDelta(event))
    .map((event): StreamEvent => {
      if (!starts.includes(event)) return event;
      const json = copyOf(event.json);
      if (isObject(json?.["content_block"])) json["content_block"]["input"] = textOf(json["index"]);
      return json === undefined ? event : { ...event, json };
    });
};

/** Protocols in which a call is whole in one event, so that its arguments can be encoded twice. */
const WITH_WHOLE_CALLS: readonly string[] = ["chat-completions", "generate-content"];

function twice(value: unknown): unknown {
  const isWhole = isObject(value) || isObject(other(value));
  return isWhole ? JSON.stringify(isObject(value) ? JSON.stringify(value) : value) : undefined;
}

export const argumentTypes: readonly Disguise[] = [
  {
    id: "arguments-of-the-other-type",
    title: "the arguments of a call are an object where the protocol has text, or the other way round",
    apply(events, protocol) {
      if (protocol === "messages") return textInStart(events);
      const holders = HOLDERS[protocol];
      return holders === undefined ? undefined : changeFields(events, holders, other);
    },
  },
  {
    id: "arguments-encoded-twice",
    title: "the arguments of a call are JSON text within JSON text",
    apply(events, protocol) {
      const holders = WITH_WHOLE_CALLS.includes(protocol) ? HOLDERS[protocol] : undefined;
      return holders === undefined ? undefined : changeFields(events, holders, twice);
    },
  },
];
