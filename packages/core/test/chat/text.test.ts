import { expect, it } from "vitest";
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
