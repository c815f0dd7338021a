/** Oddities of hosts that speak Responses: what an answer says in several places is filled from all of them, and never overwritten with nothing. */
import type { JsonObject } from "@lumiverse/core/provider";
import { describe, expect, it, vi } from "vitest";
import { JsonScanner } from "../src/shared/json-scanner.ts";
import { answer, message, type Read, readBody, readStream } from "./responses-reading.ts";

/** Milliseconds of CPU time of this thread. Unlike a clock, it does not count the work of other programs. */
function cpuTime(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

const hook = '{"harbour":"Hook"}';
const delft = '{"harbour":"Delft"}';
const created = { type: "response.created", response: { id: "resp_a1", model: "m-1" } };
const call = (args: unknown, more: JsonObject = {}): JsonObject => ({
  type: "function_call",
  id: "fc_1",
  call_id: "call_1",
  name: "tide",
  arguments: args,
  ...more,
});
const added = (item: JsonObject, output_index = 0): JsonObject => ({ type: "response.output_item.added", output_index, item });
const done = (item: JsonObject, output_index = 0): JsonObject => ({ type: "response.output_item.done", output_index, item });
const args = (delta: string, output_index = 0): JsonObject => ({
  type: "response.function_call_arguments.delta",
  output_index,
  item_id: "fc_1",
  delta,
});
const argsDone = (whole: unknown, output_index = 0): JsonObject => ({
  type: "response.function_call_arguments.done",
  output_index,
  arguments: whole,
});
const text = (delta: string, more: JsonObject = {}): JsonObject => ({
  type: "response.output_text.delta",
  output_index: 0,
  content_index: 0,
  delta,
  ...more,
});
const completed = (output: readonly JsonObject[] = [], more: JsonObject = {}): JsonObject => ({
  type: "response.completed",
  response: answer(output, more),
});
const callsOf = (read: Read): string[] => read.toolCalls.map(({ name, arguments: given }) => `${name}${given}`);

describe("tool calls", () => {
  it("of the vendor's own tools, which are finished as another item, are no calls of the client", () => {
    const search = call('{"queries":["tide tables"]}', { name: "search_web", status: "completed" });
    const results = { type: "search_results", queries: ["tide tables"], results: [] };
    const read = readStream([added(search), done(results), added(message(""), 1), text("At four.", { output_index: 1 }), completed()]);
    expect(read).toMatchObject({ text: "At four.", toolCalls: [], finishReason: "stop" });
    expect(read.message.content).toContainEqual(expect.objectContaining({ type: "opaque", kind: "search_results" }));
  });

  it("without arguments in any place keep the ids of their finished item", () => {
    const read = readStream([added(call("")), done(call("", { status: "completed" })), completed()]);
    expect(read.toolCalls).toMatchObject([{ id: "call_1", name: "tide", input: {} }]);
    expect(read.message.content).toMatchObject([{ replay: { data: { item: { id: "fc_1", status: "completed" } } } }]);
  });

  it.each<[string, JsonObject[], string[]]>([
    ["in the delta events", [added(call("")), args(hook), done(call("")), completed()], [`tide${hook}`]],
    ["in the done event alone", [added(call("")), argsDone(hook), completed()], [`tide${hook}`]],
    ["in the done event as an object", [added(call("")), argsDone({ harbour: "Hook" }), completed()], [`tide${hook}`]],
    ["in the finished item alone", [added(call("")), done(call(hook)), completed()], [`tide${hook}`]],
    ["in the finished item as an object", [added(call("")), done(call({ harbour: "Hook" })), completed()], [`tide${hook}`]],
    ["in the terminal response alone", [completed([call(hook)])], [`tide${hook}`]],
    [
      "in the terminal response, of a call that was finished without",
      [added(call("")), argsDone(""), done(call("")), completed([call(hook)])],
      [`tide${hook}`],
    ],
    ["in the terminal response, of a call that was announced", [added(call("")), completed([call(hook)])], [`tide${hook}`]],
    ["in the deltas, with an empty finished item", [added(call("")), args(hook), done(call("{}")), completed([call("")])], [`tide${hook}`]],
    ["in the deltas, without an announcement", [args(hook), done(call("")), completed()], [`tide${hook}`]],
    [
      "in half of the deltas, and whole in the done event",
      [added(call("")), args(hook.slice(0, 6)), argsDone(hook), completed()],
      [`tide${hook}`],
    ],
    [
      "in a call that is finished under another index",
      [added(call("")), args(hook), done(call(hook), 1), completed([call(hook)])],
      [`tide${hook}`],
    ],
    ["twice in the terminal response", [completed([call(hook), call(hook, { id: "fc_2" })])], [`tide${hook}`]],
    [
      "of two calls that are both number 0 and never finished",
      [added(call("")), args(hook), added(call("", { id: "fc_2", call_id: "call_2" })), args(delft), completed()],
      [`tide${hook}`, `tide${delft}`],
    ],
    ["in the announcement alone", [added(call(hook)), done(call("")), completed()], [`tide${hook}`]],
    ["in the announcement alone, of a call that is never finished", [added(call(hook)), completed()], [`tide${hook}`]],
    ["in the done event, which alone has the name", [{ ...argsDone(hook), name: "tide" }, completed()], [`tide${hook}`]],
    [
      "in the deltas, and once more in full at their end",
      [added(call("")), args(hook.slice(0, 6)), args(hook.slice(6)), args(hook), completed()],
      [`tide${hook}`],
    ],
    [
      "in a call that comes once more under a second index with the same id",
      [added(call("")), args(hook), done(call(hook)), added(call(""), 1), args(hook, 1), done(call(hook), 1), completed()],
      [`tide${hook}`],
    ],
    [
      "in a call that is announced under a second index with the same id before the first is finished",
      [added(call("")), args(hook), added(call(""), 1), args(hook, 1), done(call(hook)), done(call(hook), 1), completed()],
      [`tide${hook}`],
    ],
    [
      "in a second call that has the id of the first",
      [added(call("")), args(hook), done(call(hook)), added(call(""), 1), args(delft, 1), done(call(delft), 1), completed()],
      [`tide${hook}`, `tide${delft}`],
    ],
    [
      "by the id of their item, without an index",
      [
        { type: "response.output_item.added", item: call("") },
        { type: "response.output_item.added", item: call("", { id: "fc_2", call_id: "call_2" }) },
        { type: "response.function_call_arguments.delta", item_id: "fc_1", delta: hook },
        { type: "response.function_call_arguments.delta", item_id: "fc_2", delta: delft },
        completed(),
      ],
      [`tide${hook}`, `tide${delft}`],
    ],
    [
      "by the id of their item, where both calls are number 0 and announced before their arguments",
      [
        added(call("")),
        added(call("", { id: "fc_2", call_id: "call_2" })),
        args(hook.slice(0, 6)),
        { ...args(delft), item_id: "fc_2" },
        args(hook.slice(6)),
        completed([call(hook), call(delft, { id: "fc_2", call_id: "call_2" })]),
      ],
      [`tide${hook}`, `tide${delft}`],
    ],
    [
      "of two calls with one id",
      [completed([call(hook, { call_id: "0" }), call(delft, { call_id: "0", id: "fc_2" })])],
      [`tide${hook}`, `tide${delft}`],
    ],
  ])("with their arguments %s are read once", (_, events, expected) => {
    const read = readStream([created, ...events]);
    expect(callsOf(read)).toEqual(expected);
    expect(read.finishReason).toBe("tool-calls");
    expect(new Set(read.toolCalls.map(({ id }) => id)).size).toBe(expected.length);
  });

  it("without a name anywhere leave a note", () => {
    expect(readStream([created, args(hook), completed([message("x")])]).notes.map((note) => note.field)).toContain("function_call");
  });
});

describe("text", () => {
  const textDone = (whole: string): JsonObject => ({ type: "response.output_text.done", output_index: 0, content_index: 0, text: whole });
  it.each<[string, JsonObject[]]>([
    ["in the done event alone", [textDone("At four."), completed()]],
    ["in half of the deltas, and whole in the done event", [text("At "), textDone("At four."), completed()]],
    ["in the deltas, with empty events at the end", [text("At four."), textDone(""), done(message("")), completed([message("")])]],
    ["in the terminal response alone", [completed([message("At four.")])]],
    ["after the terminal event", [text("At "), completed(), text("four."), completed()]],
    ["in a done event after the terminal event", [completed(), textDone("At four.")]],
    [
      "in a finished part alone",
      [{ type: "response.content_part.done", output_index: 0, part: { type: "output_text", text: "At four." } }, completed()],
    ],
    ["in output_text alone", [completed([], { output_text: "At four." })]],
    ["in deltas that are objects", [text({ text: "At four." } as never), completed()]],
    ["in the deltas and in output_text", [text("At four."), completed([], { output_text: "At four." })]],
  ])("%s is there once", (_, events) => {
    expect(readStream([created, ...events]).text).toBe("At four.");
  });

  it("of a message that is never finished keeps its sources", () => {
    const annotation = { type: "url_citation", url: "https://a.test/", start_index: 0, end_index: 2 };
    const read = readStream([
      created,
      text("At four."),
      { type: "response.output_text.annotation.added", output_index: 0, content_index: 0, annotation },
      completed(),
    ]);
    expect(read.sources).toMatchObject([{ url: "https://a.test/", start: 0, end: 2 }]);
  });

  it("with a content index without bounds costs no more than any other", () => {
    const start = cpuTime();
    const read = readStream([created, text("a", { content_index: 4_294_967_294 }), text("b", { content_index: -1 }), completed()]);
    expect(read.text).toBe("ab");
    expect(cpuTime() - start).toBeLessThan(500);
  });

  it("of two open calls under one index looks at each character of their arguments a few times", () => {
    const first = added(call("", { id: "fc_a", call_id: "call_a" }));
    const second = added(call("", { id: "fc_b", call_id: "call_b", name: "wind" }));
    const deltas = Array.from({ length: 2000 }, () => ({ ...args("x}"), item_id: "fc_a" }));
    let looked = 0;
    const parse = vi.spyOn(JSON, "parse");
    const feed = vi.spyOn(JsonScanner.prototype, "feed");
    const read = readStream([
      created,
      first,
      second,
      { ...args('{"harbour":"'), item_id: "fc_a" },
      ...deltas,
      { ...args('"}'), item_id: "fc_a" },
      { ...args("{}"), item_id: "fc_b" },
      completed(),
    ]);
    for (const [text] of [...parse.mock.calls, ...feed.mock.calls]) looked += text.length;
    vi.restoreAllMocks();
    expect(callsOf(read)).toEqual([`tide{"harbour":"${"x}".repeat(2000)}"}`, "wind{}"]);
    // The events themselves are parsed, too.
    expect(looked).toBeLessThan(2000 * 200);
  });

  it("whose terminal event is repeated after every item looks at each item a few times", () => {
    const items = Array.from({ length: 500 }, (_, index) => [done(message("a", { id: `msg_${index}` }), index), completed()]);
    const add = vi.spyOn(Set.prototype, "add");
    const read = readStream([created, ...items.flat()]);
    const looked = add.mock.calls.length;
    vi.restoreAllMocks();
    expect(read.text).toHaveLength(500);
    expect(looked).toBeLessThan(500 * 10);
  });

  it("with thousands of citations is read in time that grows with their number", () => {
    const cost = (count: number): number => {
      const annotations = Array.from({ length: count }, (_, n) => ({
        type: "url_citation",
        url: `https://a.test/${n}`,
        start_index: 5 * n,
        end_index: 5 * n + 1,
      }));
      const content = [{ type: "output_text", text: "😀 ab ".repeat(count), annotations }];
      const start = cpuTime();
      readBody(answer([{ ...message(""), content }]));
      return cpuTime() - start;
    };
    const small = Math.min(cost(500), cost(500));
    expect(cost(8000)).toBeLessThan(130 * small + 200);
  });
});

it("a delta that is a number is text", () => {
  expect(readStream([created, text("Gate "), text(6 as never), completed()]).text).toBe("Gate 6");
});

describe("heartbeats and ends", () => {
  it.each(["", " ", "ping", "[ping]", "keep-alive", '{"type":"ping"}', '{"type":"keepalive"}'])("%j is skipped", (beat) => {
    const read = readStream([created, beat, text("a"), beat, text("b"), beat, completed(), beat]);
    expect([read.text, read.notes]).toEqual(["ab", []]);
  });

  it("the last terminal event counts, and usage of an earlier one is kept", () => {
    const read = readStream([
      created,
      text("a"),
      completed(),
      text("b"),
      { type: "response.incomplete", response: { status: "incomplete", incomplete_details: { reason: "max_output_tokens" } } },
    ]);
    expect([read.text, read.finishReason, read.usage.output]).toEqual(["ab", "length", 20]);
  });

  it("a refusal whose finished item is empty stays a refusal", () => {
    const refusal = { type: "response.refusal.delta", output_index: 0, content_index: 0, delta: "I can't." };
    const read = readStream([created, refusal, done({ type: "message", id: "m", role: "assistant", content: [] }), completed()]);
    expect(read.finishReason).toBe("refusal");
  });

  it("an answer without usage leaves a note", () => {
    const read = readStream([created, text("a"), completed([], { usage: null })]);
    expect(read.notes.map((note) => `${note.kind} ${note.field}`)).toEqual(["warning usage"]);
  });

  it("words that are names of Object's members are words like any other", () => {
    const read = readStream([created, text("a"), { type: "constructor" }, completed([], { status: "constructor" })]);
    expect(read.finishReason).toBe("other");
  });

  it.each<[JsonObject, string]>([
    [{ base_resp: { status_code: 1008, status_msg: "insufficient balance" } }, "insufficient-balance"],
    [{ base_resp: { status_code: 1004, status_msg: "login fail" }, output: [] }, "authentication"],
    [{ code: 429, message: "slow down" }, "rate-limit"],
    [{ message: "Forbidden" }, "permission"],
    [{ statusCode: 503, message: "down" }, "overloaded"],
    [{ detail: "Model not loaded" }, "server"],
  ])("%j with HTTP 200 is a typed error", (json, code) => {
    expect(() => readBody(json)).toThrow(expect.objectContaining({ code }));
  });
});

describe("text that comes with the announcement of a part", () => {
  const part = (type: string, given: JsonObject, more: JsonObject = {}): JsonObject => ({
    type: `response.${type}_part.added`,
    output_index: 0,
    content_index: 0,
    part: given,
    ...more,
  });
  const open = added({ type: "message", id: "msg_a1", role: "assistant", content: [] });
  const said = part("content", { type: "output_text", text: "High water " });
  const doneText = (whole: string): JsonObject => ({ type: "response.output_text.done", output_index: 0, content_index: 0, text: whole });

  it.each<[string, JsonObject[], string]>([
    ["is the text, when nothing else has it", [open, said, completed()], "High water "],
    ["is the text of an item that no event announced", [said, completed()], "High water "],
    ["begins the text that the deltas continue", [open, said, text("at four."), completed()], "High water at four."],
    ["is not repeated by the finished part", [open, said, { ...said, type: "response.content_part.done" }, completed()], "High water "],
    ["is not repeated by the finished item", [open, said, done(message("High water at four.")), completed()], "High water at four."],
    [
      "is repeated by the deltas",
      [open, said, text("High"), text(" wat"), text("er "), text("at four."), completed()],
      "High water at four.",
    ],
    ["is repeated by the first delta", [open, said, text("High water at"), text(" four."), completed()], "High water at four."],
    ["is dropped for the whole text", [open, said, text("High"), doneText("High"), completed()], "High"],
    ["is the text, when the finished item is empty", [open, said, done(message("")), completed()], "High water "],
    ["is the text, when the finished item has no content", [open, said, done(message("", { content: [] })), completed()], "High water "],
    ["may be blank", [open, part("content", { type: "output_text", text: " " }), text("Hi"), doneText("Hi"), completed()], "Hi"],
    ["may be absent", [open, part("content", { type: "output_text", text: "" }), text("At four."), completed()], "At four."],
    ["may be null", [open, part("content", { type: "output_text", text: null }), text("At four."), completed()], "At four."],
  ])("%s", (_, events, expected) => {
    expect(readStream([created, ...events])).toMatchObject({ text: expected, finishReason: "stop" });
  });

  it("is reasoning, where the part is a summary", () => {
    const events = [
      added({ type: "reasoning", id: "rs_a1", summary: [] }),
      part("reasoning_summary", { type: "summary_text", text: "Tides: " }, { summary_index: 0 }),
      { type: "response.reasoning_summary_text.delta", output_index: 0, summary_index: 0, delta: "the moon." },
    ];
    expect(readStream([created, ...events, text("At four.", { output_index: 1 }), completed()])).toMatchObject({
      reasoning: "Tides: the moon.",
      text: "At four.",
    });
  });

  it.each([
    ["repeated by the deltas", ["Ti", "des", " turn."], "Tides turn."],
    ["continued by the deltas", [" turn."], "Tides turn."],
    ["all that comes", [], "Tides"],
  ])("may be reasoning that is %s", (_, deltas, reasoning) => {
    const section = { output_index: 0, summary_index: 0 };
    const events = [
      added({ type: "reasoning", id: "rs_a1", summary: [] }),
      part("reasoning_summary", { type: "summary_text", text: "Tides" }, section),
      ...deltas.map((delta) => ({ type: "response.reasoning_summary_text.delta", ...section, delta })),
    ];
    const next = part("reasoning_summary", { type: "summary_text", text: "Moon" }, { ...section, summary_index: 1 });
    expect(readStream([created, ...events, text("a", { output_index: 1 }), completed()]).reasoning).toBe(reasoning);
    expect(readStream([created, ...events, next, text("a", { output_index: 1 }), completed()]).reasoning).toBe(`${reasoning}\n\nMoon`);
    const item = { type: "reasoning", id: "rs_a1", summary: deltas.length === 0 ? [] : [{ type: "summary_text", text: reasoning }] };
    expect(readStream([created, ...events, done(item), text("a", { output_index: 1 }), completed()]).reasoning).toBe(reasoning);
  });

  it("is a refusal, where the part is one", () => {
    const refusal = part("content", { type: "refusal", refusal: "I can't help with that." });
    expect(readStream([created, open, refusal, completed()]).finishReason).toBe("refusal");
  });
});

it.each([
  ["COMPLETED", "stop"],
  ["Completed", "stop"],
  ["INCOMPLETE", "other"],
])("the status %s is read whatever its case", (status, finishReason) => {
  expect(readStream([created, text("a"), completed([], { status })]).finishReason).toBe(finishReason);
});
it.each([
  ["FAILED", "server"],
  ["Cancelled", "aborted"],
])("the status %s is a failure whatever its case", (status, code) => {
  expect(() => readStream([created, text("a"), completed([], { status })])).toThrow(expect.objectContaining({ code }));
});
