/** Answers that are read wrongly. */
import type { Emit, JsonObject, ReadEvent } from "@lumiverse/core";
import type { Fixture, LoadedExchange } from "./fixture.ts";
import { events, type Mutant, packets, reading, talking } from "./mutant.ts";
import { changed } from "./mutant-clients.ts";

const expected = (fixture: Fixture): JsonObject[] =>
  [fixture.case.expect, ...(fixture.case.turns ?? []).map((turn) => turn.expect)] as unknown as JsonObject[]; // plain JSON, walked below
/** The exchanges of a chat that are its answers. */
const answered = (fixture: Fixture): LoadedExchange[] =>
  fixture.case.operation === undefined ? fixture.exchanges.filter((exchange) => exchange.status === 200) : [];
const has = (text: RegExp, what: string): NonNullable<Mutant["shows"]> => ({
  in: (fixture) => text.test(JSON.stringify(expected(fixture))),
  otherwise: `no case has ${what}`,
});

export const readingMutants: readonly Mutant[] = [
  {
    id: "wrong-usage",
    title: "output tokens are one too many",
    rules: ["golden"],
    shows: has(/"usage":\{[^}]*"output":/, "usage"),
    break: events(
      () => (event, emit) =>
        emit(event.type === "usage" ? { ...event, usage: { ...event.usage, output: (event.usage.output ?? 0) + 1 } } : event),
    ),
  },
  {
    id: "usage-counted-twice",
    title: "cached or fresh input is counted twice",
    rules: ["properties"],
    shows: {
      in: (fixture) => answered(fixture).some(({ body }) => /"(?:total_tokens|totalTokenCount)"/.test(new TextDecoder().decode(body))),
      otherwise: "the wire states no total",
    },
    break: events(
      () => (event, emit) =>
        emit(
          event.type === "usage"
            ? { ...event, usage: { ...event.usage, cacheRead: (event.usage.cacheRead ?? 0) + (event.usage.input ?? 0) } }
            : event,
        ),
    ),
  },
  {
    id: "usage-dropped",
    title: "usage is not read",
    rules: ["golden"],
    shows: has(/"usage":\{[^}]*"output":/, "usage"),
    break: events(() => (event, emit) => (event.type === "usage" ? undefined : emit(event))),
  },
  {
    id: "finish-dropped",
    title: "the finish is swallowed",
    rules: ["golden"],
    break: events(() => (event, emit) => (event.type === "finish" ? undefined : emit(event))),
  },
  {
    id: "finish-word",
    title: "every answer ends in stop",
    rules: ["golden"],
    shows: has(/"finishReason":"(?!stop)/, "another finish than stop"),
    break: events(() => (event, emit) => emit(event.type === "finish" ? { ...event, reason: "stop" } : event)),
  },
  {
    id: "cut-is-an-answer",
    title: "a stream without its end passes for a short answer",
    rules: ["faults: cut-after-content", "properties"],
    break: reading((reader) => ({
      end(emit) {
        try {
          reader.end(emit);
        } catch {
          emit({ type: "finish", reason: "stop" });
        }
      },
    })),
  },
  {
    id: "error-swallowed",
    title: "errors inside the stream are ignored",
    rules: ["faults: error-in-mid-stream", "faults: error-first", "faults: garbage-event"],
    break: reading((reader) => ({
      message(message, emit) {
        try {
          reader.message(message, emit);
        } catch {
          // the fault
        }
      },
      stray() {},
    })),
  },
  {
    id: "error-200-swallowed",
    title: "an error body with status 200 is an empty answer",
    rules: ["faults: error-200", "faults: error-200-streamed"],
    break: reading((reader) => ({
      body(json, emit) {
        try {
          reader.body(json, emit);
        } catch {
          emit({ type: "finish", reason: "stop" });
        }
      },
    })),
  },
  {
    id: "delta-lost",
    title: "every third piece of text is lost",
    rules: ["golden"],
    shows: {
      in: (fixture) => (fixture.case.expect.events ?? []).filter((event) => event.type === "text").length > 2,
      otherwise: "no answer comes in three pieces",
    },
    break: events(() => everyThird()),
  },
  {
    id: "delta-doubled",
    title: "each piece of text comes twice",
    rules: ["golden"],
    break: events(() => (event, emit) => {
      emit(event);
      if (event.type === "text") emit(event);
    }),
  },
  {
    id: "signature-lost",
    title: "what the vendor wants back is thrown away",
    rules: ["golden"],
    // A payload of nothing is what reasoning has by itself: its loss loses nothing.
    shows: { in: (fixture) => expected(fixture).some(hasPayload), otherwise: "no case has a payload to replay" },
    break: events(() => (event, emit) => emit("replay" in event ? { ...event, replay: undefined } : event)),
  },
  {
    id: "tool-index",
    title: "pieces of every call go to the first",
    rules: ["golden"],
    shows: { in: (fixture) => calls(fixture.case.expect.response) > 1, otherwise: "no case has two calls in one turn" },
    break: events(() => firstCallTakesAll()),
  },
  {
    id: "tool-name",
    title: "names of tools are upper-cased",
    rules: ["golden"],
    shows: has(/"type":"tool-call"/, "a tool call"),
    break: events(
      () => (event, emit) =>
        emit(event.type === "part-start" && event.kind === "tool-call" ? { ...event, name: event.name.toUpperCase() } : event),
    ),
  },
  {
    id: "part-never-closed",
    title: "the end of a part is not told",
    rules: ["properties"],
    break: talking((talk) => ({
      ...talk,
      stream: (request) => changed(talk, request, (event) => (event.type === "part-end" ? [] : [event])),
    })),
  },
  {
    id: "finish-doubled",
    title: "a stream finishes twice",
    rules: ["properties"],
    break: talking((talk) => ({
      ...talk,
      stream: (request) => changed(talk, request, (event) => (event.type === "finish" ? [event, event] : [event])),
    })),
  },
  {
    id: "body-read-otherwise",
    title: "unstreamed answers are read by another rule than streamed ones",
    rules: ["streamed and unstreamed"],
    shows: { in: (fixture) => fixture.case.streaming === "both", otherwise: "no case is both streamed and not" },
    break: reading((reader) => ({
      body: (json, emit) =>
        reader.body(json, (event) =>
          emit(
            event.type === "usage"
              ? { ...event, usage: { ...event.usage, input: 1e6 } }
              : event.type === "text"
                ? { ...event, text: event.text.toUpperCase() }
                : event,
          ),
        ),
    })),
  },
  {
    id: "prototype-written",
    title: "what the host says is merged into an object, `__proto__` and all",
    rules: ["properties"],
    break: reading((reader) => ({
      message(message, emit) {
        merge({}, parsed(message.data));
        reader.message(message, emit);
      },
      body(json, emit) {
        merge({}, json);
        reader.body(json, emit);
      },
    })),
  },
  {
    id: "count-unchecked",
    title: "a count is taken whatever it is",
    rules: ["properties"],
    shows: has(/"usage":\{[^}]*"output":/, "usage"),
    break: events(() => (event, emit) => emit(event.type === "usage" ? { ...event, usage: { ...event.usage, output: 0.5 - 1 } } : event)),
  },
  {
    id: "transcript-not-plain",
    title: "a message holds what JSON does not keep",
    rules: ["properties"],
    break: events(
      () => (event, emit) =>
        emit(event.type === "part-end" || event.type === "finish" ? { ...event, replay: new Map([["signature", "x"]]) } : event),
    ),
  },
  {
    id: "utf8-cut",
    title: "characters cut by a packet are broken",
    rules: ["splits", "properties"],
    shows: {
      in: (fixture) => answered(fixture).some(({ body }) => body.some((byte) => byte > 127)),
      otherwise: "no answer has a character beyond ASCII",
    },
    break: packets((packet) => new TextEncoder().encode(new TextDecoder().decode(packet))),
  },
  {
    id: "packet-is-an-event",
    title: "each packet is taken for whole lines",
    rules: ["splits", "properties"],
    break: packets((packet) => (packet.at(-1) === 10 ? packet : new Uint8Array([...packet, 10]))),
  },
  {
    id: "cr-unknown",
    title: "a lone CR is no line end",
    rules: ["disguises"],
    break: packets((packet) => packet.map((byte) => (byte === 13 ? 32 : byte))),
  },
  {
    id: "space-needed",
    title: "a field needs a space after its colon",
    rules: ["disguises"],
    break: packets((packet) => new TextEncoder().encode(new TextDecoder().decode(packet).replace(/^data:(?! )/gm, "dat:"))),
  },
];

function everyThird(): (event: ReadEvent, emit: Emit) => void {
  let n = 0;
  return (event, emit) => {
    if (event.type !== "text" || ++n % 3 !== 0) emit(event);
  };
}
function firstCallTakesAll(): (event: ReadEvent, emit: Emit) => void {
  let first: number | undefined;
  return (event, emit) => {
    if (event.type === "part-start" && event.kind === "tool-call") first ??= event.index;
    emit(
      event.type === "tool-call-delta" && first !== undefined
        ? { ...event, index: first }
        : event.type === "part-end" && event.arguments !== undefined && first !== event.index
          ? { ...event, arguments: "{}" }
          : event,
    );
  };
}
function calls(response: JsonObject | undefined): number {
  return Array.isArray(response?.["toolCalls"]) ? response["toolCalls"].length : 0;
}
function hasPayload(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(
    ([key, inner]) => (key === "replay" ? inner !== null && (inner as { data?: unknown }).data != null : hasPayload(inner)), // a Replay, by the name of its field
  );
}
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
function merge(target: Record<string, unknown>, source: unknown, depth = 0): void {
  if (typeof source !== "object" || source === null || depth > 50) return;
  for (const [key, value] of Object.entries(source)) {
    if (typeof value !== "object" || value === null) target[key] = value;
    else {
      target[key] ??= {};
      merge(target[key] as Record<string, unknown>, value, depth + 1); // the fault: a `__proto__` of the host's is everybody's
    }
  }
}
