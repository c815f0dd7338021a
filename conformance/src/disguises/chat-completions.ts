/** Forms in which some hosts write Chat Completions. */
import { isObject, type JsonObject } from "@lumiverse/core/provider";
import type { Disguise } from "./disguise.ts";
import { copyOf, mapJson, objectsIn, type StreamEvent } from "./stream-events.ts";

/** A call of a stream: which events have its pieces, and the whole of it. */
interface StreamedCall {
  index: unknown;
  id: unknown;
  name: unknown;
  text: string;
  /** The event of its last piece. */
  last: number;
}

const deltaOf = (json: JsonObject | undefined): JsonObject | undefined => {
  const delta = objectsIn(json?.["choices"])[0]?.["delta"];
  return isObject(delta) ? delta : undefined;
};
const piecesIn = (json: JsonObject | undefined): JsonObject[] => objectsIn(deltaOf(json)?.["tool_calls"]);
const functionOf = (piece: JsonObject): JsonObject | undefined => (isObject(piece["function"]) ? piece["function"] : undefined);

/** The calls of an answer, one after the other. Undefined if it has none, if their pieces are mixed, or if one is not a function with JSON text. */
function callsIn(events: readonly StreamEvent[]): StreamedCall[] | undefined {
  const calls: StreamedCall[] = [];
  for (const [n, { json }] of events.entries())
    for (const piece of piecesIn(json)) {
      const fn = functionOf(piece);
      const text = fn?.["arguments"] ?? "";
      if (fn === undefined || typeof text !== "string" || typeof piece["index"] !== "number") return undefined;
      let call = calls[calls.length - 1];
      if (call === undefined || call.index !== piece["index"]) {
        if (calls.some((one) => one.index === piece["index"]) || typeof fn["name"] !== "string" || fn["name"] === "") return undefined;
        call = { index: piece["index"], id: piece["id"], name: fn["name"], text: "", last: n };
        calls.push(call);
      }
      call.text += text;
      call.last = n;
    }
  return calls.length > 0 && calls.every(({ text }) => isFilledObject(text)) ? calls : undefined;
}

/** True for the text of an object with fields. */
function isFilledObject(text: string): boolean {
  try {
    const json: unknown = JSON.parse(text);
    return isObject(json) && Object.keys(json).length > 0;
  } catch {
    return false;
  }
}

/** Changes the pieces of an answer's calls. */
function changingPieces(
  events: readonly StreamEvent[],
  change: (piece: JsonObject, fn: JsonObject, call: StreamedCall) => void,
): StreamEvent[] | undefined {
  const calls = callsIn(events);
  if (calls === undefined) return undefined;
  return mapJson(events, (json) => {
    for (const piece of piecesIn(json)) {
      const call = calls.find(({ index }) => index === piece["index"]);
      const fn = functionOf(piece);
      if (call !== undefined && fn !== undefined) change(piece, fn, call);
    }
  });
}

/** An event with one more piece after the last piece of the answer's calls. */
function withPiece(events: readonly StreamEvent[], make: (call: StreamedCall) => JsonObject): StreamEvent[] | undefined {
  const call = callsIn(events)?.at(-1);
  const json = events[call?.last ?? -1]?.json;
  if (call === undefined || json === undefined) return undefined;
  const more: StreamEvent = {
    json: { ...json, usage: undefined, choices: [{ index: 0, delta: { tool_calls: [make(call)] }, finish_reason: null }] },
  };
  return [...events.slice(0, call.last + 1), more, ...events.slice(call.last + 1)];
}

const disguise = (id: string, title: string, apply: (events: readonly StreamEvent[]) => StreamEvent[] | undefined): Disguise => ({
  id,
  title,
  apply: (events, protocol) => (protocol === "chat-completions" ? apply(events) : undefined),
});

export const chatCompletionsDisguises: readonly Disguise[] = [
  disguise("calls-with-index-0", "all calls have the index 0", (events) =>
    changingPieces(events, (piece) => {
      piece["index"] = 0;
    }),
  ),
  disguise("calls-without-ids", "all calls have the index 0 and no id", (events) => {
    // Without ids, the same call twice cannot be told from one that is repeated.
    const calls = callsIn(events)?.map(({ name, text }) => `${String(name)} ${text}`) ?? [];
    if (new Set(calls).size < calls.length) return undefined;
    return changingPieces(events, (piece) => {
      piece["index"] = 0;
      delete piece["id"];
    });
  }),
  disguise("calls-in-lists", "parallel calls come in lists without indexes, first their names, then their arguments", (events) => {
    const calls = callsIn(events) ?? [];
    const last = calls.at(-1)?.last ?? -1;
    if (calls.length < 2 || calls.some(({ id }) => typeof id !== "string" || id === "")) return undefined;
    const list = (tool_calls: JsonObject[]): StreamEvent => ({
      json: { ...events[last]?.json, usage: undefined, choices: [{ index: 0, delta: { tool_calls }, finish_reason: null }] },
    });
    const others = mapJson(events, (json) => {
      const delta = deltaOf(json);
      if (delta !== undefined) delete delta["tool_calls"];
    });
    const names = list(calls.map(({ id, name }) => ({ id, type: "function", function: { name, arguments: "" } })));
    const texts = list(calls.map(({ text }) => ({ function: { arguments: text } })));
    return [...others.slice(0, last), names, texts, ...others.slice(last)];
  }),
  disguise("chat-arguments-repeated", "the last piece of a call has its complete arguments once more", (events) =>
    withPiece(events, ({ index, id, name, text }) => ({ index, id, function: { name, arguments: text } })),
  ),
  disguise("chat-call-announced-twice", "a call comes once more in full at a second index under the same id", (events) => {
    const again = withPiece(events, ({ id, name, text }) => ({ index: 99, id, function: { name, arguments: text } }));
    return callsIn(events)?.every(({ id }) => typeof id === "string" && id !== "") === true ? again : undefined;
  }),
  disguise("arguments-cumulative", "every piece has all arguments so far", (events) => {
    const texts = new Map<unknown, string>();
    return changingPieces(events, (_, fn, { index }) => {
      if (fn["arguments"] === undefined || fn["arguments"] === "") return;
      texts.set(index, (texts.get(index) ?? "") + String(fn["arguments"]));
      fn["arguments"] = texts.get(index);
    });
  }),
  disguise("name-in-pieces", "the name of a call comes in two pieces", (events) => {
    const call = callsIn(events)?.[0];
    const at = events.findIndex(({ json }) => piecesIn(json).length > 0);
    const [piece] = piecesIn(events[at]?.json);
    const fn = piece === undefined ? undefined : functionOf(piece);
    const name = String(call?.name ?? "");
    // Arguments in the same piece would end the name.
    if (call === undefined || piece === undefined || fn === undefined || name.length < 4 || (fn["arguments"] ?? "") !== "")
      return undefined;
    const withName = (part: string, id: unknown): StreamEvent => {
      const json = copyOf(events[at]?.json ?? {});
      const [one] = piecesIn(json);
      if (one !== undefined) Object.assign(one, { id, function: { ...fn, name: part } });
      return { json };
    };
    return [...events.slice(0, at), withName(name.slice(0, 2), piece["id"]), withName(name.slice(2), undefined), ...events.slice(at + 1)];
  }),
  disguise("new-id-in-every-piece", "every piece of a call has an id of its own and repeats the name", (events) => {
    let n = 0;
    return changingPieces(events, (piece, fn, { name }) => {
      if ((fn["arguments"] ?? "") === "") return;
      piece["id"] = `piece_${n++}`;
      fn["name"] = name;
    });
  }),
  disguise("rest-at-another-index", "the arguments of a call come at an index that announced no call", (events) => {
    const calls = callsIn(events);
    if (calls?.length !== 1) return undefined;
    return changingPieces(events, (piece, fn) => {
      if (typeof fn["name"] !== "string" || fn["name"] === "") piece["index"] = 7;
    });
  }),
  disguise("tool-calls-then-stop", "the finish reason tool_calls is followed by stop", (events) => {
    const at = events.findIndex(({ json }) => objectsIn(json?.["choices"])[0]?.["finish_reason"] === "tool_calls");
    const json = events[at]?.json;
    if (json === undefined || callsIn(events) === undefined) return undefined;
    const stop: StreamEvent = { json: { ...json, usage: undefined, choices: [{ index: 0, delta: {}, finish_reason: "stop" }] } };
    return [...events.slice(0, at + 1), stop, ...events.slice(at + 1)];
  }),
  disguise("usage-preview", "a preview of usage comes before the text", (events) => {
    const [first] = events;
    if (first?.json === undefined || !events.some(({ json }) => isObject(json?.["usage"]))) return undefined;
    const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
    return [{ json: { ...first.json, choices: [], usage } }, ...events];
  }),
];
