import { expect, test } from "vitest";
import { table } from "../src/terminal/table.ts";

test("columns are as wide as their widest cell, counted in columns of the terminal", () => {
  expect(
    table(
      ["ID", "NAME", "X"],
      [
        ["a", "模型", "1"],
        ["long-id", "b", ""],
        ["c", "👩‍👩‍👧 e\u0301", "2"],
      ],
    ),
  ).toBe("ID       NAME  X\na        模型  1\nlong-id  b\nc        👩‍👩‍👧 e\u0301  2\n");
});

test("control characters and line breaks of a cell do not reach the terminal", () => {
  expect(table(["ID"], [["a\u001b]0;title\u0007b\nc\u202e"]])).toBe("ID\na]0;titleb c\n");
});

test("a list of 20,000 models is laid out", { timeout: 20_000 }, () => {
  const rows = Array.from({ length: 20_000 }, (_, index) => [`model-${index}`, "", "live"]);
  expect(table(["ID", "PRICE", "SOURCE"], rows).split("\n")).toHaveLength(20_002);
});

test("a terminal gets the columns that fit, the names of the others, and no empty column", () => {
  const rows = [["one", "", "8k", "images tools", "2026"]];
  const head = ["ID", "STATE", "CONTEXT", "SUPPORTS", "SOURCE"];
  expect(table(head, rows, 80)).toBe("ID   CONTEXT  SUPPORTS      SOURCE\none  8k       images tools  2026\n");
  expect(table(head, rows, 20)).toBe("ID   CONTEXT\none  8k\nNo room for SUPPORTS, SOURCE: widen the terminal, or use --json.\n");
  expect(table(head, rows, 3)).toContain("ID   CONTEXT\n");
});

test.each([0, Number.NaN])("a terminal that does not know its width, and states %s, gets all columns", (width) => {
  expect(table(["ID", "STATE", "CONTEXT"], [["one", "live", "8k"]], width)).toBe("ID   STATE  CONTEXT\none  live   8k\n");
});
