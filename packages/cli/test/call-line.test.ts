import type { Call } from "@lumiverse/gateway";
import { expect, test } from "vitest";
import { callLine } from "../src/commands/call-line.ts";

const call: Call = {
  id: "c1",
  state: "finished",
  startedAt: "2030-01-02T03:04:05.000Z",
  protocol: "chat-completions",
  requestedModel: "fast",
  streamed: false,
  connection: "house",
  model: "tiny",
  latencyMs: 12,
  attempts: [],
};

test.each([
  [{ completeness: "unknown" as const }, "12ms"],
  [{ input: 3, cacheRead: 2, output: 4, completeness: "exact" as const }, "12ms 5+4 tokens"],
  [{ input: 3, completeness: "partial" as const }, "12ms 3+? tokens"],
  [{ output: 4, completeness: "partial" as const }, "12ms ?+4 tokens"],
  [{ input: 0, output: 0, completeness: "exact" as const }, "12ms 0+0 tokens"],
])("the line of a call shows no tokens that nobody reported (%j)", (usage, end) => {
  expect(callLine({ ...call, usage })).toBe(`03:04:05 finished fast -> house/tiny ${end}`);
});
