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

/** The deltas of the only block of one type, moved into the only block of another type. Undefined if the answer has not one of each. */
function movedInto(events: readonly StreamEvent[], from: string, into: string): StreamEvent[] | undefined {
  const startsOf = (type: string): StreamEvent[] => events.filter((event) => blockOf(event)?.["type"] === type);
  const [[moved, ...others], [target, ...more]] = [startsOf(from), startsOf(into)];
  if (moved === undefined || target === undefined || others.length + more.length > 0) return undefined;
  // A block that has text at its start, or citations of its own, is more than its deltas.
  if (!isPlainStart(moved) || (into === "text" && !isPlainStart(target))) return undefined;
  const own = events.filter((event) => event.json?.["index"] === moved.json?.["index"]);
  const deltas = own.filter((event) => typeOf(event) === "content_block_delta");
  if (deltas.length === 0 || deltas.some((event) => deltaOf(event)?.["type"] === "citations_delta")) return undefined;
  const index = target.json?.["index"];
  const inTarget = deltas.map((event): StreamEvent => ({ ...event, json: { ...copyOf(event.json), index } }));
  return events.flatMap((event) => (own.includes(event) ? [] : event === target ? [event, ...inTarget] : [event]));
}

export const messagesDisguises: readonly Disguise[] = [
  disguise("deltas-without-a-start", "blocks of text and thinking have deltas and no start", (events) => {
    // A block without deltas is known by its start alone.
    const withDeltas = new Set(events.filter((event) => typeOf(event) === "content_block_delta").map(({ json }) => json?.["index"]));
    const kept = events.filter((event) => !(isPlainStart(event) && withDeltas.has(event.json?.["index"])));
    return kept.length === events.length ? undefined : kept;
  }),
  disguise("text-in-open-call", "the text of an answer comes inside the block of a call", (events) =>
    movedInto(events, "text", "tool_use"),
  ),
  disguise("thinking-in-open-text", "the thinking comes inside the block of the text", (events) => movedInto(events, "thinking", "text")),
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
  disguise("stop-before-the-last-delta", "the block of a call stops before the last piece of its arguments", (events) => {
    const all = [...events];
    let moved = false;
    for (const [at, event] of events.entries()) {
      const before = all[at - 1];
      const isPiece = before !== undefined && deltaOf(before)?.["type"] === "input_json_delta" && deltaOf(before)?.["partial_json"] !== "";
      if (typeOf(event) !== "content_block_stop" || !isPiece || before.json?.["index"] !== event.json?.["index"]) continue;
      // The only piece of a call follows its stop in no known answer.
      if (deltaOf(all[at - 2] ?? event)?.["type"] !== "input_json_delta") continue;
      all[at - 1] = event;
      all[at] = before;
      moved = true;
    }
    return moved ? all : undefined;
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
