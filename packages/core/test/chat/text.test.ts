import { expect, it } from "vitest";
import { excerpt, wordOf } from "../../src/chat/text.ts";
import { textOf } from "../../src/index.ts";

it("the text of a message is its text parts", () => {
  expect(textOf("a")).toBe("a");
  expect(
    textOf([
      { type: "reasoning", text: "x" },
      { type: "text", text: "a" },
      { type: "text", text: "b" },
    ]),
  ).toBe("ab");
});

it("an excerpt shows where it was cut", () => {
  expect(excerpt("harbour", 7)).toBe("harbour");
  expect(excerpt("harbours", 7)).toBe("harbour…");
});

it("every value has a word, also an object with fields named like methods", () => {
  for (const value of [{ toString: 1, valueOf: "x" }, Object.create(null), {}]) expect(wordOf(value)).toBe("an object");
  expect([[{ toString: 1 }], "a", 1, null, undefined, true].map(wordOf)).toEqual(["a list", "a", "1", "null", "undefined", "true"]);
});
