import type { ChatEvent, ChatResponse } from "@lumiverse/core/provider";
import { describe, expect, it } from "vitest";
import { contractFaults } from "../src/checks/stream-contract.ts";

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
  id: "a",
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
  it("holds for a plain stream", () => {
    expect(contractFaults(good, response)).toEqual([]);
  });
  it("holds when a second answer replaces the parts of the first and a warning says so", () => {
    const warning: ChatEvent = {
      type: "note",
      note: { kind: "warning", message: "The host sent a second answer, which replaces the first." },
    };
    const half: ChatEvent = { type: "text", index: 0, text: "Half of" };
    const first: ChatEvent[] = [start, partStart, half];
    expect(contractFaults([...first, { type: "replace", index: 0 }, warning, ...good], response)).toEqual([]);
    expect(contractFaults([...first, warning, ...good], response).join("\n")).toContain("opens part 0 a second time");
    expect(contractFaults([...first, { type: "replace", index: 0 }, ...good], response).join("\n")).toContain(
      "event 4 (start) comes after other events",
    );
  });
  it("holds when a part is replaced by another and when it is removed", () => {
    const extra: ChatEvent = { type: "part", index: 1, part: { type: "text", text: "Bye" } };
    expect(contractFaults([start, partStart, text, partEnd, extra, { type: "replace", index: 1 }, usage, finish], response)).toEqual([]);
    const replacement: ChatEvent = { type: "replace", index: 0, part: { type: "text", text: "Hi" } };
    const draft: ChatEvent = { type: "text", index: 0, text: "Hm" };
    expect(contractFaults([start, partStart, draft, replacement, usage, finish], response)).toEqual([]);
  });
  it.each<[string, ChatEvent[], string]>([
    ["a late start", [partStart, start, text, partEnd, finish], "event 1 (start) comes after other events"],
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
    ["no finish", [start, partStart, text, partEnd], "the stream ended well without a finish event"],
    ["deltas that say more than their part", [start, partStart, text, text, partEnd, finish], 'the deltas of part 0 add up to "HiHi"'],
    [
      "a replacement of a part that does not exist",
      [start, { type: "replace", index: 3 }, ...good.slice(1)],
      "replaces part 3, which does not exist",
    ],
    ["a part that was removed and is in the response", [...good.slice(0, -1), { type: "replace", index: 0 }, finish], "the response has"],
    ["a piece after its part was removed", [start, partStart, { type: "replace", index: 0 }, text, finish], "which is not open"],
    [
      "another usage than the response has",
      [start, partStart, text, partEnd, { type: "usage", usage: { input: 1, completeness: "exact" } }, finish],
      "the usage of the events",
    ],
    [
      "another finish reason than the response has",
      [...good.slice(0, -1), { type: "finish", reason: "length" }],
      "the finish reason of the events",
    ],
    [
      "a part that the message lacks",
      [...good.slice(0, -1), { type: "part", index: 1, part: { type: "source", url: "https://a.test" } }, finish],
      "the parts of the events add up to",
    ],
  ])("is broken by %s", (_what, events, sentence) => {
    expect(contractFaults(events, response).join("\n")).toContain(sentence);
  });
});
