import type { ChatEvent, ChatResponse } from "@lumiverse/core";
import { describe, expect, it } from "vitest";
import { contractFaults } from "../src/contract.ts";

const good: ChatEvent[] = [
  { type: "start", id: "a" },
  { type: "part-start", index: 0, kind: "text" },
  { type: "text", index: 0, text: "Hi" },
  { type: "part-end", index: 0, part: { type: "text", text: "Hi" } },
  { type: "usage", usage: { completeness: "exact" } },
  { type: "finish", reason: "stop" },
];
const response: ChatResponse = {
  model: "m",
  message: { role: "assistant", content: [{ type: "text", text: "Hi" }] },
  text: "Hi",
  reasoning: "",
  toolCalls: [],
  sources: [],
  finishReason: "stop",
  usage: { completeness: "exact" },
  notes: [],
  attempts: [],
  transport: { url: "", status: 200, streamed: true, totalMs: 0 },
  details: {},
};
const [start, partStart, text, partEnd, usage, finish] = good as [ChatEvent, ChatEvent, ChatEvent, ChatEvent, ChatEvent, ChatEvent]; // six, as above

describe("the contract of a stream", () => {
  it("holds for a plain one", () => {
    expect(contractFaults(good, response)).toEqual([]);
  });
  it("holds where a second answer is spliced in and said to replace the first", () => {
    const warned: ChatEvent = { type: "note", note: { kind: "warning", message: "what had been read was thrown away" } };
    const half: ChatEvent = { type: "text", index: 0, text: "Half of" };
    expect(contractFaults([start, partStart, half, warned, ...good], response)).toEqual([]);
    expect(contractFaults([start, partStart, half, ...good], response).join("\n")).toContain("event 3 (start) comes after others");
  });
  it.each<[string, ChatEvent[], string]>([
    ["a late start", [partStart, start, text, partEnd, finish], "event 1 (start) comes after others"],
    ["a piece of no part", [start, text, finish], "event 1 (text) belongs to part 0, which is not open"],
    ["a piece of another kind", [start, { type: "part-start", index: 0, kind: "reasoning" }, text, partEnd, finish], "which is reasoning"],
    ["a part opened twice", [start, partStart, partStart, text, partEnd, finish], "opens part 0 a second time"],
    ["a part never closed", [start, partStart, text, finish], "part 0 (text) is never closed"],
    [
      "a piece after the end of its part",
      [start, partStart, text, partEnd, text, finish],
      "event 4 (text) belongs to part 0, which is not open",
    ],
    ["an early finish", [start, partStart, text, partEnd, finish, usage], "event 4 (finish) is not the last event"],
    ["no finish", [start, partStart, text, partEnd], "the stream ended well without finish"],
    ["pieces that say more than the response", [start, partStart, text, text, partEnd, finish], 'the pieces of text add up to "HiHi"'],
    [
      "a part that the message lacks",
      [...good.slice(0, -1), { type: "part", index: 1, part: { type: "source", url: "https://a.test" } }, finish],
      "the message has",
    ],
  ])("is broken by %s", (_what, events, sentence) => {
    expect(contractFaults(events, response).join("\n")).toContain(sentence);
  });
});
