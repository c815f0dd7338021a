/** Usage that comes late, or not at all. */
import { isObject, type JsonObject } from "@lumiverse/core/provider";
import type { ByProtocol, Disguise } from "./disguise.ts";
import { changeFields, copyOf, type Field, named, type StreamEvent } from "./stream-events.ts";

/** The field of an event that has the final usage. */
const FIELD: ByProtocol<string> = { "chat-completions": "usage", messages: "usage", "generate-content": "usageMetadata" };

/** An event with usage alone. */
const ALONE: ByProtocol<(json: JsonObject, usage: unknown) => StreamEvent> = {
  "chat-completions": (json, usage) => ({ json: { ...json, choices: [], usage } }),
  messages: (_, usage) => ({ name: "message_delta", json: { type: "message_delta", delta: { stop_reason: null }, usage } }),
  "generate-content": ({ candidates: _, ...rest }, usage) => ({ json: { ...rest, usageMetadata: usage } }),
};

/** The events with a preview of usage before all content and no final usage. */
const PREVIEW: ByProtocol<(events: readonly StreamEvent[]) => StreamEvent[] | undefined> = {
  messages: (events) => events.map((event) => (event.json?.["type"] === "message_start" ? event : withoutField(event, "usage"))),
  "generate-content"(events) {
    // Without content, the count of the prompt is the only usage.
    if (!events.some(({ json }) => /"text":"[^"]|"functionCall":\{"/.test(JSON.stringify(json ?? {})))) return undefined;
    const preview = { json: { usageMetadata: { promptTokenCount: 9, totalTokenCount: 9 } } };
    return [preview, ...events.map((event) => withoutField(event, "usageMetadata"))];
  },
};

function withoutField(event: StreamEvent, field: string): StreamEvent {
  if (event.json === undefined) return event;
  const { [field]: _, ...json } = event.json;
  return { ...event, json };
}

/** The events with a chunk of usage alone before them, as some gateways send it. Undefined if the protocol has no such form. */
export function usageFirst(events: readonly StreamEvent[], protocol: string): StreamEvent[] | undefined {
  const first = events.find(({ json }) => json !== undefined)?.json;
  if (first === undefined) return undefined;
  if (protocol === "chat-completions")
    return [
      { json: { ...first, choices: [], usage: { prompt_tokens: 9, completion_tokens: 0, total_tokens: 9 } } },
      ...events.map((event) => withoutField(event, "usage")),
    ];
  if (protocol === "generate-content")
    return [
      { json: { usageMetadata: { promptTokenCount: 9, totalTokenCount: 9 } } },
      ...events.map((event) => withoutField(event, "usageMetadata")),
    ];
  return undefined;
}

/** The events of a Responses stream with the usage in a second terminal event. */
function completedAgain(events: readonly StreamEvent[]): StreamEvent[] | undefined {
  const at = events.findIndex(({ json }) => json?.["type"] === "response.completed");
  const json = events[at]?.json;
  const response = json?.["response"];
  if (json === undefined || !isObject(response) || response["usage"] === undefined) return undefined;
  const { usage, ...rest } = response;
  const later = named("response.completed", { response: { ...rest, output: [], usage } });
  return [...events.slice(0, at), { ...events[at], json: { ...json, response: rest } }, later, ...events.slice(at + 1)];
}

/** Numbers below a value as text. */
function countsAsText(value: unknown): unknown {
  if (Array.isArray(value)) return value;
  if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, countsAsText(inner)]));
  return Number.isSafeInteger(value) && Number(value) >= 0 ? String(value) : value;
}

/** The fields that can have the usage of an event. */
function usageFields(json: JsonObject): Field[] {
  const holders = [json, json["message"], json["response"]].filter(isObject);
  return holders.flatMap((holder): Field[] => ["usage", "usageMetadata"].map((name) => [holder, name]));
}

export const lateUsage: readonly Disguise[] = [
  {
    id: "counts-as-text",
    title: "the token counts are text",
    apply: (events) => changeFields(events, usageFields, (value) => (isObject(value) ? countsAsText(value) : undefined)),
  },
  {
    id: "usage-after-finish",
    title: "usage comes in an event of its own after the finish reason",
    apply(events, protocol) {
      if (protocol === "responses") return completedAgain(events);
      const field = FIELD[protocol];
      const alone = ALONE[protocol];
      const at = field === undefined ? -1 : events.findLastIndex(({ json }) => json?.[field] !== undefined && json[field] !== null);
      const json = events[at]?.json;
      if (field === undefined || alone === undefined || json === undefined || json["type"] === "message_start") return undefined;
      const { [field]: usage, ...rest } = json;
      return [...events.slice(0, at), { ...events[at], json: rest }, alone(json, usage), ...events.slice(at + 1)];
    },
  },
  {
    id: "usage-preview",
    title: "the host sends usage before the content and none after it",
    losesUsage: true,
    apply: (events, protocol) => PREVIEW[protocol]?.(events),
  },
  {
    id: "usage-lost",
    title: "the host sends no usage",
    losesUsage: true,
    apply(events) {
      let changed = false;
      const without = (value: unknown): unknown => {
        if (Array.isArray(value)) return value.map(without);
        if (typeof value !== "object" || value === null) return value;
        const kept = Object.entries(value).filter(([key]) => !/^(?:usage|usageMetadata|x_groq)$/.test(key));
        changed ||= kept.length < Object.keys(value).length;
        return Object.fromEntries(kept.map(([key, inner]) => [key, without(inner)]));
      };
      const all = events.map((event): StreamEvent => {
        return event.json === undefined ? event : { ...event, json: without(copyOf(event.json)) as JsonObject }; // an object stays one
      });
      return changed ? all : undefined;
    },
  },
];
