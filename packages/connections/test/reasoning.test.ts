import { requestFor } from "@lumiverse/connections";
import type { Message } from "@lumiverse/core";
import { describe, expect, test } from "vitest";

const answer = (number: number): Message => ({
  role: "assistant",
  content: [
    { type: "reasoning", text: `thought ${number}` },
    { type: "text", text: `answer ${number}` },
  ],
});
const messages: Message[] = [
  { role: "user", content: "one" },
  answer(1),
  { role: "user", content: "two" },
  answer(2),
  { role: "user", content: "three" },
  {
    role: "assistant",
    content: [
      { type: "reasoning", text: "thought 3" },
      { type: "tool-call", id: "1", name: "look", arguments: "{}" },
    ],
  },
  { role: "tool", content: [{ type: "tool-result", id: "1", content: "seen" }] },
];
const thoughts = (list: readonly Message[]): string[] =>
  list.flatMap(({ content }) =>
    typeof content === "string" ? [] : content.flatMap((part) => (part.type === "reasoning" ? [part.text] : [])),
  );

describe("the reasoning binding", () => {
  test("fills in the model and the effort where the request leaves them out", () => {
    const profile = { model: "m", reasoning: { effort: "high" } } as const;
    expect(requestFor(profile, { messages })).toMatchObject({ model: "m", reasoning: "high" });
    expect(requestFor(profile, { messages, model: "other", reasoning: "low" })).toMatchObject({ model: "other", reasoning: "low" });
    expect("reasoning" in requestFor({ model: "m" }, { messages })).toBe(false);
  });

  test.each([
    ["keep", ["thought 1", "thought 2", "thought 3"]],
    ["strip", ["thought 3"]],
    [0, ["thought 3"]],
    [1, ["thought 2", "thought 3"]],
    [9, ["thought 1", "thought 2", "thought 3"]],
  ] as const)("history %s sends back the reasoning of %j, and always that of the turn under way", (history, kept) => {
    expect(thoughts(requestFor({ model: "m", reasoning: { history } }, { messages }).messages)).toEqual(kept);
  });

  test("the given messages are not changed", () => {
    const before = JSON.stringify(messages);
    requestFor({ model: "m", reasoning: { history: "strip" } }, { messages });
    expect(JSON.stringify(messages)).toBe(before);
  });
});
