/** Lists and indexes in other JSON types, as servers write them whose language has one type for lists and objects, or for numbers and text. */
import { isObject, type JsonObject } from "@lumiverse/core/provider";
import type { ByProtocol, Disguise } from "./disguise.ts";
import { changeFields, type Field, objectsIn } from "./stream-events.ts";

/** The objects and fields that hold a list. */
const LISTS: ByProtocol<(json: JsonObject) => Field[]> = {
  "chat-completions": (json) =>
    objectsIn(json["choices"]).flatMap(({ delta }): Field[] => (isObject(delta) ? [[delta, "tool_calls"]] : [])),
  responses: (json) => (isObject(json["response"]) ? [[json["response"], "output"]] : []),
  "generate-content": (json) => [
    ...objectsIn(json["candidates"]).flatMap(({ content }): Field[] => (isObject(content) ? [[content, "parts"]] : [])),
    [json, "candidates"],
  ],
};

/** The objects and fields that hold an index. */
const INDEXES: ByProtocol<(json: JsonObject) => Field[]> = {
  "chat-completions": (json) =>
    objectsIn(json["choices"]).flatMap((choice) => [
      [choice, "index"],
      ...objectsIn(isObject(choice["delta"]) ? choice["delta"]["tool_calls"] : undefined).map((call): Field => [call, "index"]),
    ]),
  messages: (json) => [[json, "index"]],
  responses: (json) => ["output_index", "content_index", "summary_index"].map((field): Field => [json, field]),
  "generate-content": (json) => objectsIn(json["candidates"]).map((candidate): Field => [candidate, "index"]),
};

/** Changes the values of fields. Undefined if the protocol has none, or no event does. */
function changing(fields: ByProtocol<(json: JsonObject) => Field[]>, change: (value: unknown) => unknown): Disguise["apply"] {
  return (events, protocol) => {
    const fieldsOf = fields[protocol];
    return fieldsOf === undefined ? undefined : changeFields(events, fieldsOf, change);
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
