/** Lists and indexes in other JSON types, as servers write them whose language has one type for lists and objects, or for numbers and text. */
import { isObject, type JsonObject } from "@lumiverse/core/provider";
import type { ByProtocol, Disguise } from "./disguise.ts";
import { copyOf, objectsIn, type StreamEvent } from "./stream-events.ts";

/** The objects and fields that hold a list. */
const LISTS: ByProtocol<(json: JsonObject) => [holder: JsonObject, field: string][]> = {
  "chat-completions": (json) =>
    objectsIn(json["choices"]).flatMap(({ delta }): [JsonObject, string][] => (isObject(delta) ? [[delta, "tool_calls"]] : [])),
  responses: (json) => (isObject(json["response"]) ? [[json["response"], "output"]] : []),
  "generate-content": (json) => [
    ...objectsIn(json["candidates"]).flatMap(({ content }): [JsonObject, string][] => (isObject(content) ? [[content, "parts"]] : [])),
    [json, "candidates"],
  ],
};

/** The objects and fields that hold an index. */
const INDEXES: ByProtocol<(json: JsonObject) => [holder: JsonObject, field: string][]> = {
  "chat-completions": (json) =>
    objectsIn(json["choices"]).flatMap((choice) => [
      [choice, "index"],
      ...objectsIn(isObject(choice["delta"]) ? choice["delta"]["tool_calls"] : undefined).map((call): [JsonObject, string] => [
        call,
        "index",
      ]),
    ]),
  messages: (json) => [[json, "index"]],
  responses: (json) => ["output_index", "content_index", "summary_index"].map((field): [JsonObject, string] => [json, field]),
  "generate-content": (json) => objectsIn(json["candidates"]).map((candidate): [JsonObject, string] => [candidate, "index"]),
};

/** Changes the values of fields. Undefined if the protocol has none, or no event does. */
function changing(
  fields: ByProtocol<(json: JsonObject) => [JsonObject, string][]>,
  change: (value: unknown) => unknown,
): (events: readonly StreamEvent[], protocol: string) => StreamEvent[] | undefined {
  return (events, protocol) => {
    const find = fields[protocol];
    if (find === undefined) return undefined;
    let changed = false;
    const all = events.map((event): StreamEvent => {
      if (event.json === undefined) return event;
      const json = copyOf(event.json);
      for (const [holder, field] of find(json)) {
        const value = change(holder[field]);
        if (value === undefined) continue;
        holder[field] = value;
        changed = true;
      }
      return { ...event, json };
    });
    return changed ? all : undefined;
  };
}

export const listForms: readonly Disguise[] = [
  {
    id: "lists-by-index",
    title: "lists are objects by index",
    apply: changing(LISTS, (value) => (Array.isArray(value) && value.length > 0 ? { ...value } : undefined)),
  },
  {
    id: "indexes-as-text",
    title: "indexes are text",
    apply: changing(INDEXES, (value) => (typeof value === "number" ? String(value) : undefined)),
  },
];
