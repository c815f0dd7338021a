/** Forms in which some hosts write the Messages protocol. */
import type { JsonObject } from "@lumiverse/core/provider";
import type { Disguise } from "./disguise.ts";
import { copyOf, named, type StreamEvent } from "./stream-events.ts";

const typeOf = ({ json }: StreamEvent): unknown => json?.["type"];
const blockOf = ({ json }: StreamEvent): JsonObject | undefined => json?.["content_block"] as JsonObject | undefined; // an object in every stream of the protocol
const deltaOf = ({ json }: StreamEvent): JsonObject | undefined => json?.["delta"] as JsonObject | undefined; // an object in every stream of the protocol

/** For answers of this protocol that a change applies to. */
const disguise = (id: string, title: string, apply: (events: readonly StreamEvent[]) => StreamEvent[] | undefined): Disguise => ({
  id,
  title,
  apply: (events, protocol) => (protocol === "messages" ? apply(events) : undefined),
});

/** A block's start, if it is that of a plain text or thinking block that is empty at its start. */
function isPlainStart(event: StreamEvent): boolean {
  const block = blockOf(event);
  return (
    typeOf(event) === "content_block_start" &&
    (block?.["type"] === "text" ? block["text"] === "" : block?.["type"] === "thinking" && block["thinking"] === "")
  );
}

export const messagesDisguises: readonly Disguise[] = [
  disguise("deltas-without-a-start", "blocks of text and thinking have deltas and no start", (events) => {
    // A block without deltas is known by its start alone.
    const withDeltas = new Set(events.filter((event) => typeOf(event) === "content_block_delta").map(({ json }) => json?.["index"]));
    const kept = events.filter((event) => !(isPlainStart(event) && withDeltas.has(event.json?.["index"])));
    return kept.length === events.length ? undefined : kept;
  }),
  disguise("arguments-repeated", "the last delta of a call has its complete arguments once more", (events) => {
    const texts = new Map<unknown, string>();
    const calls = new Set(events.filter((event) => blockOf(event)?.["type"] === "tool_use").map(({ json }) => json?.["index"]));
    const all: StreamEvent[] = [];
    for (const event of events) {
      const index = event.json?.["index"];
      const piece = deltaOf(event)?.["partial_json"];
      if (typeof piece === "string") texts.set(index, (texts.get(index) ?? "") + piece);
      const text = texts.get(index) ?? "";
      if (typeOf(event) === "content_block_stop" && calls.has(index) && isJson(text))
        all.push(named("content_block_delta", { index, delta: { type: "input_json_delta", partial_json: text } }));
      all.push(event);
    }
    return all.length === events.length ? undefined : all;
  }),
  disguise("call-announced-twice", "a call is announced at a second index under the same id", (events) => {
    const last = events.findLastIndex((event) => typeOf(event) === "content_block_stop");
    const call = events.find((event) => blockOf(event)?.["type"] === "tool_use");
    if (call?.json === undefined) return undefined;
    const own = events.filter((event) => event.json?.["index"] === call.json?.["index"]);
    const again = own.map((event): StreamEvent => ({ ...event, json: { ...copyOf(event.json), index: 99 } }));
    return [...events.slice(0, last + 1), ...again, ...events.slice(last + 1)];
  }),
  disguise("signature-first", "the signature comes before the thinking", (events) => {
    const at = events.findIndex((event) => typeof deltaOf(event)?.["signature"] === "string");
    const start = events.findIndex((event) => isPlainStart(event) && event.json?.["index"] === events[at]?.json?.["index"]);
    const signature = events[at];
    if (signature === undefined || start < 0 || at === start + 1) return undefined;
    return [...events.slice(0, start + 1), signature, ...events.slice(start + 1, at), ...events.slice(at + 1)];
  }),
];

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
