/** Oddities of hosts that speak Responses: what an answer says in several places is filled from all of them, and never overwritten with nothing. */
import type { JsonObject } from "@lumiverse/core/provider";
import { describe, expect, it } from "vitest";
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
  it.each<[string, JsonObject[], string[]]>([
    ["in the delta events", [added(call("")), args(hook), done(call("")), completed()], [`tide${hook}`]],
    ["in the done event alone", [added(call("")), argsDone(hook), completed()], [`tide${hook}`]],
    ["in the done event as an object", [added(call("")), argsDone({ harbour: "Hook" }), completed()], [`tide${hook}`]],
    ["in the finished item alone", [added(call("")), done(call(hook)), completed()], [`tide${hook}`]],
    ["in the finished item as an object", [added(call("")), done(call({ harbour: "Hook" })), completed()], [`tide${hook}`]],
    ["in the terminal response alone", [completed([call(hook)])], [`tide${hook}`]],
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
    [{ message: "Forbidden" }, "server"],
    [{ statusCode: 503, message: "down" }, "server"],
    [{ detail: "Model not loaded" }, "server"],
  ])("%j with HTTP 200 is a typed error", (json, code) => {
    expect(() => readBody(json)).toThrow(expect.objectContaining({ code }));
  });
});
