import { describe, expect, it } from "vitest";
import { type ChatEvent, Fold, type Folded, type Origin, type ReadEvent } from "../src/index.ts";

const ORIGIN: Origin = { provider: "stranger", wire: "talk", model: "m-1", scope: "vendor" };
function fold(...events: ReadEvent[]): Folded & { events: ChatEvent[] } {
  const seen: ChatEvent[] = [];
  const one = new Fold(ORIGIN, seen);
  for (const event of events) one.push(event);
  return { ...one.folded(), events: seen };
}
const end: ReadEvent = { type: "finish", reason: "stop", raw: "end" };

/** What the delivered events alone add up to: a caller who folds them must get the same message. */
function refold(events: readonly ChatEvent[]): unknown {
  const parts: unknown[] = [];
  for (const event of events) if (event.type === "part-end" || event.type === "part") parts[event.index] = event.part;
  return parts.filter((part) => part !== undefined);
}

it("the response is what its events add up to", () => {
  const { message, text, reasoning, toolCalls, events, id, model, usage, finishReason, rawFinishReason } = fold(
    { type: "start", id: "a1", model: "m-1b" },
    { type: "reasoning", index: 0, text: "let me " },
    { type: "reasoning", index: 0, text: "see" },
    { type: "part-end", index: 0, replay: { sign: "s" } },
    { type: "part-start", index: 1, kind: "text" },
    { type: "text", index: 1, text: "look" },
    { type: "part-start", index: 2, kind: "tool-call", id: "c1", name: "look" },
    { type: "text", index: 1, text: "ing" },
    { type: "tool-call-delta", index: 2, text: '{"at":' },
    { type: "tool-call-delta", index: 2, text: "[1]}" },
    { type: "usage", usage: { input: 1, completeness: "exact" } },
    { type: "usage", usage: { input: 5, output: 3, completeness: "exact" } },
    { type: "finish", reason: "tool-calls", raw: "calls" },
  );
  expect({ id, model, text, reasoning, finishReason, rawFinishReason }).toEqual({
    id: "a1",
    model: "m-1b",
    text: "looking",
    reasoning: "let me see",
    finishReason: "tool-calls",
    rawFinishReason: "calls",
  });
  expect(usage).toEqual({ input: 5, output: 3, completeness: "exact" });
  expect(toolCalls).toEqual([{ type: "tool-call", id: "c1", name: "look", arguments: '{"at":[1]}', input: { at: [1] } }]);
  expect(message.content).toEqual([
    { type: "reasoning", text: "let me see", replay: { origin: ORIGIN, data: { sign: "s" } } },
    { type: "text", text: "looking" },
    toolCalls[0],
  ]);
  expect(refold(events)).toEqual(message.content);
  expect(events.at(-1)).toEqual({ type: "finish", reason: "tool-calls", raw: "calls" });
  expect(JSON.parse(JSON.stringify(message))).toEqual(message);
});

describe("parts", () => {
  it("that are empty but signed stay, and neighbouring texts are not joined", () => {
    const { message, text } = fold(
      { type: "text", index: 0, text: "a" },
      { type: "part-end", index: 0, replay: "sig-a" },
      { type: "part-start", index: 1, kind: "text" },
      { type: "part-end", index: 1, replay: "sig-b" },
      end,
    );
    expect(message.content).toEqual([
      { type: "text", text: "a", replay: { origin: ORIGIN, data: "sig-a" } },
      { type: "text", text: "", replay: { origin: ORIGIN, data: "sig-b" } },
    ]);
    expect(text).toBe("a");
  });

  it("stand in the order of their index, not of their arrival", () => {
    const { message } = fold({ type: "text", index: 3, text: "second" }, { type: "reasoning", index: 1, text: "first" }, end);
    expect((message.content as { type: string }[]).map((part) => part.type)).toEqual(["reasoning", "text"]);
  });

  it("of reasoning always say whose they are, signed or not", () => {
    expect(fold({ type: "reasoning", index: 0, text: "hm" }, end).message.content).toEqual([
      { type: "reasoning", text: "hm", replay: { origin: ORIGIN, data: null } },
    ]);
  });

  it("that come whole are delivered whole, and sources are listed", () => {
    const source = { type: "source", url: "https://example.org", number: 1 } as const;
    const opaque = { type: "opaque", kind: "search" } as const;
    const { sources, message, events } = fold(
      { type: "part", index: 0, part: opaque, replay: { run: 1 } },
      { type: "part", index: 1, part: source },
      end,
    );
    expect(sources).toEqual([source]);
    expect(message.content).toEqual([{ ...opaque, replay: { origin: ORIGIN, data: { run: 1 } } }, source]);
    expect(events[0]).toEqual({ type: "part", index: 0, part: { ...opaque, replay: { origin: ORIGIN, data: { run: 1 } } } });
  });

  it("begun without an announcement are announced", () => {
    expect(fold({ type: "text", index: 0, text: "a" }, end).events.map((event) => event.type)).toEqual([
      "part-start",
      "text",
      "part-end",
      "finish",
    ]);
  });

  it("left open by their reader are closed before the finish", () => {
    const { events } = fold(
      { type: "part-start", index: 0, kind: "tool-call", id: "c", name: "look" },
      { type: "reasoning", index: 1, text: "x" },
      end,
    );
    expect(events.slice(-3).map((event) => event.type)).toEqual(["part-end", "part-end", "finish"]);
  });
});

describe("tool calls", () => {
  const call = (index: number, id: string, args: string): ReadEvent[] => [
    { type: "part-start", index, kind: "tool-call", id, name: "look" },
    { type: "tool-call-delta", index, text: args },
  ];
  it("have ids of their own within a turn, whatever the host numbers them", () => {
    expect(fold(...call(0, "0", "{}"), ...call(1, "0", "{}"), ...call(2, "0_2", "{}"), end).toolCalls.map((one) => one.id)).toEqual([
      "0",
      "0_2",
      "0_2_2",
    ]);
  });
  for (const [raw, input] of [
    ["", {}],
    ["  ", {}],
    ["{}", {}],
    ["[1]", [1]],
    ['{"__proto__":{"x":1}}', JSON.parse('{"__proto__":{"x":1}}')],
  ] as const)
    it(`with the arguments ${JSON.stringify(raw)} parse`, () => {
      const [one] = fold(...call(0, "c", raw), end).toolCalls;
      expect(one).toEqual({ type: "tool-call", id: "c", name: "look", arguments: raw, input });
    });
  it("whose arguments do not parse say why, and keep the text", () => {
    const [one] = fold(...call(0, "c", '{"a":'), end).toolCalls;
    expect(one).toMatchObject({ arguments: '{"a":', inputError: expect.stringContaining("JSON") });
    expect(one).not.toHaveProperty("input");
  });
  it("take the final arguments from their end, where the host repeats them", () => {
    expect(fold(...call(0, "c", '{"a":1'), { type: "part-end", index: 0, arguments: '{"a":12}' }, end).toolCalls[0]?.input).toEqual({
      a: 12,
    });
  });
  it("whose text comes before their start are a reader's mistake", () => {
    expect(() => fold({ type: "tool-call-delta", index: 0, text: "{" })).toThrow("before its part-start");
  });
  it("are interleaved by index", () => {
    const calls = fold(
      ...call(0, "a", '{"n":'),
      ...call(1, "b", '{"n":'),
      { type: "tool-call-delta", index: 0, text: "1}" },
      { type: "tool-call-delta", index: 1, text: "2}" },
      end,
    );
    expect(calls.toolCalls.map((one) => one.input)).toEqual([{ n: 1 }, { n: 2 }]);
  });
});

describe("a fold without its end", () => {
  it("holds what there is, with usage called partial", () => {
    const { text, usage, finishReason } = fold(
      { type: "text", index: 0, text: "half" },
      { type: "usage", usage: { input: 4, completeness: "exact" } },
    );
    expect({ text, usage, finishReason }).toEqual({ text: "half", usage: { input: 4, completeness: "partial" }, finishReason: "other" });
  });
  it("says that usage is unknown where none came, and never 0", () => {
    expect(fold(end).usage).toEqual({ completeness: "unknown" });
  });
});

it("content is what forbids a retry: a start, usage, a note and an empty text are none", () => {
  const one = new Fold(ORIGIN);
  one.push({ type: "start", id: "a", model: "m" });
  one.push({ type: "usage", usage: { input: 1, completeness: "exact" } });
  one.push({ type: "note", note: { kind: "warning", message: "slow" } });
  one.push({ type: "part-start", index: 0, kind: "text" });
  expect(one.content).toBe(false);
  one.push({ type: "text", index: 0, text: "a" });
  expect(one.content).toBe(true);
});

it("a reset forgets the answer so far", () => {
  expect(fold({ type: "text", index: 0, text: "first" }, { type: "reset" }, { type: "text", index: 0, text: "second" }, end).text).toBe(
    "second",
  );
});

it("what a host sends as details cannot reach a prototype", () => {
  const details = JSON.parse('{"__proto__":{"polluted":true},"serviceTier":"flex"}');
  const folded = fold({ type: "details", details }, end);
  expect(folded.details).toEqual({ serviceTier: "flex" });
  expect((folded.details as { polluted?: unknown }).polluted).toBeUndefined();
});
