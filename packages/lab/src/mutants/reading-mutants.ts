/** Mutants that read answers wrongly. */

import type { Fixture, LoadedExchange } from "@lumiverse/conformance/internals";
import type { Emit, JsonObject, ReadEvent } from "@lumiverse/core/provider";
import { changedEvents } from "./faulty-clients.ts";
import { changingClient, changingEvents, changingPackets, changingReader, type Mutant } from "./mutant.ts";

const expected = (fixture: Fixture): JsonObject[] =>
  [fixture.case.expect, ...(fixture.case.turns ?? []).map((turn) => turn.expect)] as unknown as JsonObject[]; // plain JSON, searched below
/** The exchanges of a chat with status 200. */
const answered = (fixture: Fixture): LoadedExchange[] =>
  fixture.case.operation === undefined ? fixture.exchanges.filter((exchange) => exchange.status === 200) : [];
const has = (text: RegExp, what: string): NonNullable<Mutant["visibleIn"]> => ({
  in: (fixture) => text.test(JSON.stringify(expected(fixture))),
  otherwise: `no case has ${what}`,
});

/** The mutants of readers. */
export const readingMutants: readonly Mutant[] = [
  {
    id: "wrong-usage",
    title: "the output tokens are one too high",
    rules: ["golden"],
    visibleIn: has(/"usage":\{[^}]*"output":/, "usage"),
    apply: changingEvents(
      () => (event, emit) =>
        emit(event.type === "usage" ? { ...event, usage: { ...event.usage, output: (event.usage.output ?? 0) + 1 } } : event),
    ),
  },
  {
    id: "usage-counted-twice",
    title: "input tokens are counted twice",
    rules: ["properties"],
    visibleIn: {
      in: (fixture) => answered(fixture).some(({ body }) => /"(?:total_tokens|totalTokenCount)"/.test(new TextDecoder().decode(body))),
      otherwise: "no answer states a total",
    },
    apply: changingEvents(
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
    title: "usage is ignored",
    rules: ["golden"],
    visibleIn: has(/"usage":\{[^}]*"output":/, "usage"),
    apply: changingEvents(() => (event, emit) => (event.type === "usage" ? undefined : emit(event))),
  },
  {
    id: "finish-dropped",
    title: "the finish event is lost",
    rules: ["golden"],
    apply: changingEvents(() => (event, emit) => (event.type === "finish" ? undefined : emit(event))),
  },
  {
    id: "finish-word",
    title: "every finish reason is stop",
    rules: ["golden"],
    visibleIn: has(/"finishReason":"(?!stop)/, "a finish reason other than stop"),
    apply: changingEvents(() => (event, emit) => emit(event.type === "finish" ? { ...event, reason: "stop" } : event)),
  },
  {
    id: "cut-is-an-answer",
    title: "a stream that is cut off is read as a short answer",
    rules: ["faults: cut-after-content", "properties"],
    apply: changingReader((reader) => ({
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
    apply: changingReader((reader) => ({
      message(message, emit) {
        try {
          reader.message(message, emit);
        } catch {
          // ignored on purpose
        }
      },
      unframedText() {},
    })),
  },
  {
    id: "error-200-swallowed",
    title: "an error body with status 200 is read as an empty answer",
    rules: ["faults: error-200", "faults: error-200-streamed"],
    apply: changingReader((reader) => ({
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
    title: "every third text delta is lost",
    rules: ["golden"],
    visibleIn: {
      in: (fixture) => (fixture.case.expect.events ?? []).filter((event) => event.type === "text").length > 2,
      otherwise: "no answer has three text deltas",
    },
    apply: changingEvents(() => everyThird()),
  },
  {
    id: "delta-doubled",
    title: "each text delta arrives twice",
    rules: ["golden"],
    apply: changingEvents(() => (event, emit) => {
      emit(event);
      if (event.type === "text") emit(event);
    }),
  },
  {
    id: "signature-lost",
    title: "replay payloads are lost",
    rules: ["golden"],
    // Reasoning without a payload has an empty one, so losing it changes nothing.
    visibleIn: { in: (fixture) => expected(fixture).some(hasPayload), otherwise: "no case has a payload to replay" },
    apply: changingEvents(() => (event, emit) => emit("replay" in event ? { ...event, replay: undefined } : event)),
  },
  {
    id: "tool-index",
    title: "the argument deltas of all calls go to the first call",
    rules: ["golden"],
    visibleIn: { in: (fixture) => calls(fixture.case.expect.response) > 1, otherwise: "no case has two calls in one turn" },
    apply: changingEvents(() => firstCallTakesAll()),
  },
  {
    id: "tool-name",
    title: "tool names are converted to upper case",
    rules: ["golden"],
    visibleIn: has(/"type":"tool-call"/, "a tool call"),
    apply: changingEvents(
      () => (event, emit) =>
        emit(event.type === "part-start" && event.kind === "tool-call" ? { ...event, name: event.name.toUpperCase() } : event),
    ),
  },
  {
    id: "part-never-closed",
    title: "the end of a part is missing",
    rules: ["properties"],
    apply: changingClient((client) => ({
      ...client,
      stream: (request) => changedEvents(client, request, (event) => (event.type === "part-end" ? [] : [event])),
    })),
  },
  {
    id: "finish-doubled",
    title: "a stream finishes twice",
    rules: ["properties"],
    apply: changingClient((client) => ({
      ...client,
      stream: (request) => changedEvents(client, request, (event) => (event.type === "finish" ? [event, event] : [event])),
    })),
  },
  {
    id: "body-read-otherwise",
    title: "unstreamed answers are read differently from streamed ones",
    rules: ["streamed and unstreamed"],
    visibleIn: { in: (fixture) => fixture.case.streaming === "both", otherwise: "no case is both streamed and unstreamed" },
    apply: changingReader((reader) => ({
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
    title: "the host's JSON is merged into an object, including `__proto__`",
    rules: ["properties"],
    apply: changingReader((reader) => ({
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
    title: "token counts are not validated",
    rules: ["properties"],
    visibleIn: has(/"usage":\{[^}]*"output":/, "usage"),
    apply: changingEvents(
      () => (event, emit) => emit(event.type === "usage" ? { ...event, usage: { ...event.usage, output: 0.5 - 1 } } : event),
    ),
  },
  {
    id: "transcript-not-plain",
    title: "a message has a value that JSON cannot keep",
    rules: ["properties"],
    apply: changingEvents(
      () => (event, emit) =>
        emit(event.type === "part-end" || event.type === "finish" ? { ...event, replay: new Map([["signature", "x"]]) } : event),
    ),
  },
  {
    id: "utf8-cut",
    title: "characters that are split between packets are broken",
    rules: ["splits", "properties"],
    visibleIn: {
      in: (fixture) => answered(fixture).some(({ body }) => body.some((byte) => byte > 127)),
      otherwise: "no answer has a non-ASCII character",
    },
    apply: changingPackets((packet) => new TextEncoder().encode(new TextDecoder().decode(packet))),
  },
  {
    id: "packet-is-an-event",
    title: "each packet is read as complete lines",
    rules: ["splits", "properties"],
    apply: changingPackets((packet) => (packet.at(-1) === 10 ? packet : new Uint8Array([...packet, 10]))),
  },
  {
    id: "cr-unknown",
    title: "a lone CR does not end a line",
    rules: ["framing"],
    // Not a blank: two events with a blank between them count as events without a line break, which are read.
    apply: changingPackets((packet) => packet.map((byte, at) => (byte === 13 && packet[at + 1] !== 10 ? 1 : byte))),
  },
  {
    id: "space-needed",
    title: "fields without a space after the colon are ignored",
    rules: ["framing"],
    apply: changingPackets((packet) => new TextEncoder().encode(new TextDecoder().decode(packet).replace(/^data:(?! )/gm, "dat:"))),
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
    ([key, inner]) => (key === "replay" ? inner !== null && (inner as { data?: unknown }).data != null : hasPayload(inner)), // a field named `replay` is a Replay
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
      merge(target[key] as Record<string, unknown>, value, depth + 1); // the fault: a `__proto__` from the host changes the prototype of all objects
    }
  }
}
