import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ChatEvent, Origin, Part, Usage } from "../../src/index.ts";
import { type BuiltResponse, type ReadEvent, ResponseBuilder } from "../../src/provider.ts";

const ORIGIN: Origin = { provider: "sample", protocol: "talk", model: "m-1", scope: "vendor" };
function build(...events: ReadEvent[]): BuiltResponse & { events: ChatEvent[] } {
  const seen: ChatEvent[] = [];
  const one = new ResponseBuilder(ORIGIN, seen);
  for (const event of events) one.push(event);
  return { ...one.build(), events: seen };
}
const finish: ReadEvent = { type: "finish", reason: "stop", raw: "end" };

/** The answer that a caller builds from the events alone, following the contract next to `ChatEvent`. */
function addUp(events: readonly ChatEvent[]) {
  const parts: (Part | undefined)[] = [];
  const texts: (string | undefined)[] = [];
  const kinds: string[] = [];
  let usage: Usage = { completeness: "unknown" };
  for (const event of events) {
    if (event.type === "usage") usage = event.usage;
    if (!("index" in event)) continue;
    const { index } = event;
    if (event.type === "part-start") {
      kinds[index] = event.kind;
      texts[index] = "";
    } else if ("text" in event) texts[index] += event.text;
    else if (event.type === "replace") {
      kinds[index] = event.part?.type ?? "";
      texts[index] = event.part !== undefined && "text" in event.part ? event.part.text : "";
      parts[index] = event.part;
    } else parts[index] = event.part;
  }
  const deltas = (kind: string): string => texts.filter((_, index) => kinds[index] === kind).join("");
  return { content: parts.filter((part) => part !== undefined), text: deltas("text"), reasoning: deltas("reasoning"), usage };
}

it("the response holds what its events add up to", () => {
  const { message, text, reasoning, toolCalls, events, id, model, usage, finishReason, rawFinishReason } = build(
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
  expect(addUp(events)).toEqual({ content: message.content, text, reasoning, usage });
  expect(events.at(-1)).toEqual({ type: "finish", reason: "tool-calls", raw: "calls" });
  expect(JSON.parse(JSON.stringify(message))).toEqual(message);
});

describe("parts", () => {
  it("with an empty signed text are kept, and neighbouring texts are not joined", () => {
    const { message, text } = build(
      { type: "text", index: 0, text: "a" },
      { type: "part-end", index: 0, replay: "sig-a" },
      { type: "part-start", index: 1, kind: "text" },
      { type: "part-end", index: 1, replay: "sig-b" },
      finish,
    );
    expect(message.content).toEqual([
      { type: "text", text: "a", replay: { origin: ORIGIN, data: "sig-a" } },
      { type: "text", text: "", replay: { origin: ORIGIN, data: "sig-b" } },
    ]);
    expect(text).toBe("a");
  });

  it("are ordered by index, not by arrival", () => {
    const { message } = build({ type: "text", index: 3, text: "second" }, { type: "reasoning", index: 1, text: "first" }, finish);
    expect((message.content as { type: string }[]).map((part) => part.type)).toEqual(["reasoning", "text"]);
  });

  it("of reasoning always name their origin, signed or not", () => {
    expect(build({ type: "reasoning", index: 0, text: "hm" }, finish).message.content).toEqual([
      { type: "reasoning", text: "hm", replay: { origin: ORIGIN, data: null } },
    ]);
  });

  it("that arrive complete are delivered complete, and sources are listed", () => {
    const source = { type: "source", url: "https://example.org", number: 1 } as const;
    const opaque = { type: "opaque", kind: "search" } as const;
    const { sources, message, events } = build(
      { type: "part", index: 0, part: opaque, replay: { run: 1 } },
      { type: "part", index: 1, part: source },
      finish,
    );
    expect(sources).toEqual([source]);
    expect(message.content).toEqual([{ ...opaque, replay: { origin: ORIGIN, data: { run: 1 } } }, source]);
    expect(events[0]).toEqual({ type: "part", index: 0, part: { ...opaque, replay: { origin: ORIGIN, data: { run: 1 } } } });
  });

  it("get a part-start when their reader sends none", () => {
    expect(build({ type: "text", index: 0, text: "a" }, finish).events.map((event) => event.type)).toEqual([
      "part-start",
      "text",
      "part-end",
      "finish",
    ]);
  });

  it("that a reader leaves open end before the finish", () => {
    const { events } = build(
      { type: "part-start", index: 0, kind: "tool-call", id: "c", name: "look" },
      { type: "reasoning", index: 1, text: "x" },
      finish,
    );
    expect(events.slice(-3).map((event) => event.type)).toEqual(["part-end", "part-end", "finish"]);
  });
});

describe("tool calls", () => {
  const call = (index: number, id: string, args: string): ReadEvent[] => [
    { type: "part-start", index, kind: "tool-call", id, name: "look" },
    { type: "tool-call-delta", index, text: args },
  ];
  it("get ids that are unique within the turn, whatever ids the host sends", () => {
    expect(build(...call(0, "0", "{}"), ...call(1, "0", "{}"), ...call(2, "0_2", "{}"), finish).toolCalls.map((one) => one.id)).toEqual([
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
    it(`parse the arguments ${JSON.stringify(raw)}`, () => {
      const [one] = build(...call(0, "c", raw), finish).toolCalls;
      expect(one).toEqual({ type: "tool-call", id: "c", name: "look", arguments: raw, input });
    });
  it("keep the text of arguments that do not parse, with the reason", () => {
    const [one] = build(...call(0, "c", '{"a":'), finish).toolCalls;
    expect(one).toMatchObject({ arguments: '{"a":', inputError: expect.stringContaining("JSON") });
    expect(one).not.toHaveProperty("input");
  });
  it("do not parse where they are nested so deeply that nobody could write them again", () => {
    const nested = (levels: number): string => `${"[".repeat(levels)}${"]".repeat(levels)}`;
    const inputErrorOf = (raw: string): string | undefined => build(...call(0, "c", raw), finish).toolCalls[0]?.inputError;
    expect(inputErrorOf(`{"a":${nested(100_000)}}`)).toBe("the arguments are nested more than 1000 levels deep");
    expect(inputErrorOf(`{"a":${nested(900)}}`)).toBeUndefined();
    expect(inputErrorOf(JSON.stringify({ text: `"\\${nested(2000)}`, next: `${"[".repeat(2000)}` }))).toBeUndefined();
    expect(inputErrorOf(JSON.stringify(Array.from({ length: 2000 }, () => [])))).toBeUndefined();
  });
  it("use the arguments of the part-end where the host repeats them", () => {
    expect(build(...call(0, "c", '{"a":1'), { type: "part-end", index: 0, arguments: '{"a":12}' }, finish).toolCalls[0]?.input).toEqual({
      a: 12,
    });
  });
  it("whose text comes before their part-start are an error of the reader", () => {
    expect(() => build({ type: "tool-call-delta", index: 0, text: "{" })).toThrow("before its part-start");
  });
  it("can arrive interleaved, told apart by index", () => {
    const calls = build(
      ...call(0, "a", '{"n":'),
      ...call(1, "b", '{"n":'),
      { type: "tool-call-delta", index: 0, text: "1}" },
      { type: "tool-call-delta", index: 1, text: "2}" },
      finish,
    );
    expect(calls.toolCalls.map((one) => one.input)).toEqual([{ n: 1 }, { n: 2 }]);
  });
});

describe("an answer without its end", () => {
  it("gives what has arrived, with usage marked as partial", () => {
    const { text, usage, finishReason } = build(
      { type: "text", index: 0, text: "half" },
      { type: "usage", usage: { input: 4, completeness: "exact" } },
    );
    expect({ text, usage, finishReason }).toEqual({ text: "half", usage: { input: 4, completeness: "partial" }, finishReason: "other" });
  });
  it("reports usage as unknown, never 0, when none came", () => {
    expect(build(finish).usage).toEqual({ completeness: "unknown" });
  });
});

it("hasContent is false after a start, usage, a note and an opened part, and true after the first text", () => {
  const one = new ResponseBuilder(ORIGIN);
  one.push({ type: "start", id: "a", model: "m" });
  one.push({ type: "usage", usage: { input: 1, completeness: "exact" } });
  one.push({ type: "note", note: { kind: "warning", message: "slow" } });
  one.push({ type: "part-start", index: 0, kind: "text" });
  expect(one.hasContent).toBe(false);
  one.push({ type: "text", index: 0, text: "a" });
  expect(one.hasContent).toBe(true);
});

describe("what a reader takes back", () => {
  const agree = ({ events, message, text, reasoning, usage }: ReturnType<typeof build>): void =>
    expect(addUp(events)).toEqual({ content: message.content, text, reasoning, usage });

  it("is removed by a replace without a part, whether the part had ended or not", () => {
    for (const end of [[], [{ type: "part-end", index: 0 }]] as ReadEvent[][]) {
      const built = build(
        { type: "text", index: 0, text: "taken back" },
        ...end,
        { type: "replace", index: 0 },
        { type: "text", index: 1, text: "kept" },
        finish,
      );
      expect(built.message.content).toEqual([{ type: "text", text: "kept" }]);
      expect(built.events).toContainEqual({ type: "replace", index: 0 });
      agree(built);
    }
  });

  it("becomes the part of the replace, such as text that turns out to be reasoning", () => {
    const built = build(
      { type: "text", index: 0, text: "let me see" },
      { type: "replace", index: 0, part: { type: "reasoning", text: "let me see" } },
      { type: "text", index: 1, text: "yes" },
      finish,
    );
    expect(built).toMatchObject({ text: "yes", reasoning: "let me see" });
    const part = { type: "reasoning", text: "let me see", replay: { origin: ORIGIN, data: null } };
    expect(built.events).toContainEqual({ type: "replace", index: 0, part });
    agree(built);
  });

  it("can be followed by a new part under the same index", () => {
    const built = build(
      { type: "text", index: 0, text: "first" },
      { type: "replace", index: 0 },
      { type: "text", index: 0, text: "second" },
      finish,
    );
    expect(built.text).toBe("second");
    expect(built.events.filter((event) => event.type === "part-start")).toHaveLength(2);
    agree(built);
  });

  it("is everything so far after a reset: parts, call ids and usage", () => {
    const answer = (text: string): ReadEvent[] => [
      { type: "text", index: 0, text },
      { type: "part-end", index: 0 },
      { type: "part-start", index: 1, kind: "tool-call", id: "c", name: "look" },
      { type: "tool-call-delta", index: 1, text: "{}" },
    ];
    const usage: ReadEvent = { type: "usage", usage: { input: 5, completeness: "exact" } };
    const built = build(...answer("first"), usage, { type: "reset" }, ...answer("second"), finish);
    expect(built.text).toBe("second");
    expect(built.toolCalls.map((call) => call.id)).toEqual(["c"]);
    expect(built.usage).toEqual({ completeness: "unknown" });
    agree(built);
  });

  it("never makes the events and the response disagree, in whatever order a reader emits", () => {
    const index = fc.nat(3);
    const text = fc.string({ maxLength: 3 });
    const event: fc.Arbitrary<ReadEvent> = fc.oneof(
      fc.record({ type: fc.constant("text" as const), index, text }),
      fc.record({ type: fc.constant("reasoning" as const), index, text }),
      fc.record({ type: fc.constant("part-end" as const), index }),
      fc.record({ type: fc.constant("replace" as const), index }),
      fc.record({
        type: fc.constant("replace" as const),
        index,
        part: fc.record({ type: fc.constantFrom("text" as const, "reasoning" as const), text }),
      }),
      fc.constant({ type: "reset" } as const),
      fc.record({
        type: fc.constant("usage" as const),
        usage: fc.record({ input: fc.nat(9), completeness: fc.constant("exact" as const) }),
      }),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), (events) => {
        const { events: seen, message, usage } = build(...events.filter(startsAnew()), finish);
        const added = addUp(seen);
        expect({ content: added.content, usage: added.usage }).toEqual({ content: message.content, usage });
      }),
      { numRuns: 500 },
    );
  });
});

/** Keeps the order that readers must follow: no index that has ended is opened again without a replace, and deltas have the kind of their part. */
function startsAnew(): (event: ReadEvent) => boolean {
  const states = new Map<number, string>();
  return (event) => {
    if (event.type === "reset") states.clear();
    if (!("index" in event)) return true;
    const state = states.get(event.index);
    if (event.type === "text" || event.type === "reasoning") {
      if (state !== undefined && state !== event.type) return false;
      states.set(event.index, event.type);
    } else if (event.type === "part-end") {
      if (state !== undefined) states.set(event.index, "ended");
    } else if (event.type === "replace") {
      if (event.part === undefined) states.delete(event.index);
      else states.set(event.index, "ended");
    }
    return true;
  };
}

it("details from a host cannot change a prototype", () => {
  const details = JSON.parse('{"__proto__":{"polluted":true},"serviceTier":"flex"}');
  const built = build({ type: "details", details }, finish);
  expect(built.details).toEqual({ serviceTier: "flex" });
  expect((built.details as { polluted?: unknown }).polluted).toBeUndefined();
});

describe("a text that a host sends once more as a whole", () => {
  const pieces = ["The ferry to Hook of Holland ", "leaves at nine in the morning ", "from the pier."];
  const texts = (kind: "text" | "reasoning", ...list: string[]): ReadEvent[] => list.map((text) => ({ type: kind, index: 0, text }));

  it.each(["text", "reasoning"] as const)("after its last piece is returned once, with a note (%s)", (kind) => {
    const { message, notes, events } = build(...texts(kind, ...pieces, pieces.join("")), finish);
    expect(message.content).toMatchObject([{ type: kind, text: pieces.join("") }]);
    expect(notes).toEqual([expect.objectContaining({ kind: "changed", field: "content" })]);
    expect(events.flatMap((event) => ("text" in event ? [event.text] : []))).toEqual(pieces);
  });

  it("is the model's own repetition where it is short, came in few pieces, or differs", () => {
    const [long = ""] = ["ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha "];
    for (const list of [
      ["a", "b", "c", "abc"],
      [long, long],
      [...pieces, `${pieces.join("")}!`],
    ])
      expect(build(...texts("text", ...list), finish)).toMatchObject({ text: list.join(""), notes: [] });
  });
});

describe("arguments that are encoded twice", () => {
  const called = (text: string): BuiltResponse =>
    build({ type: "part-start", index: 0, kind: "tool-call", id: "c", name: "look" }, { type: "tool-call-delta", index: 0, text }, finish);

  it("are the object that they contain", () => {
    const [call] = called(JSON.stringify('{"a":1}')).toolCalls;
    expect(call).toMatchObject({ arguments: '{"a":1}', input: { a: 1 } });
  });

  it("are text where the text is no object", () => {
    for (const text of ["plain", "[1]", "3", '"again"']) expect(called(JSON.stringify(text)).toolCalls[0]?.input).toBe(text);
  });
});

describe("a surrogate pair that is cut between two deltas", () => {
  const pair = "\u{1f600}";
  const [first, second] = [pair.slice(0, 1), pair.slice(1)];
  for (const kind of ["text", "reasoning"] as const)
    it(`is joined in ${kind}, in the events too`, () => {
      const { events, message } = build({ type: kind, index: 0, text: `a${first}` }, { type: kind, index: 0, text: `${second}b` }, finish);
      expect(message.content[0]).toMatchObject({ type: kind, text: `a${pair}b` });
      const deltas = events.flatMap((event) => ("text" in event ? [event.text] : []));
      expect(deltas.join("")).toBe(`a${pair}b`);
      for (const delta of deltas) expect(delta.isWellFormed()).toBe(true);
    });
  it("is joined in a call's arguments, over packets of nothing and between other parts", () => {
    const { toolCalls } = build(
      { type: "part-start", index: 0, kind: "tool-call", id: "c", name: "look" },
      { type: "tool-call-delta", index: 0, text: `{"a":"${first}` },
      { type: "text", index: 1, text: "between" },
      { type: "tool-call-delta", index: 0, text: "" },
      { type: "tool-call-delta", index: 0, text: `${second}"}` },
      finish,
    );
    expect(toolCalls[0]?.input).toEqual({ a: pair });
  });
  it("whose second half never comes keeps its first half", () => {
    const { message, events } = build({ type: "text", index: 0, text: `a${first}` }, finish);
    expect(message.content).toEqual([{ type: "text", text: `a${first}` }]);
    expect(addUp(events).text).toBe(`a${first}`);
  });
});
