import { expect, test } from "vitest";
import { claude, versionIn } from "../src/families/index.ts";

test.each([
  ["acme-2", false],
  ["acme-2.5", true],
  ["ACME-2.10", true],
  ["acme-3", false],
  ["other-2.5", false],
])("the version of %s in the range from 2.5 to before 3 is %s", (id, expected) => {
  expect(versionIn(/^acme-(\d+)(?:\.(\d+))?(?![\d.])/, [2, 5], [3])(id)).toBe(expected);
});

test("a range without an end contains all newer versions", () => {
  expect(versionIn(/^acme-(\d+)/, [2])("acme-90")).toBe(true);
});

test("the refusals of a Claude model are only what it refuses, and other models have none", () => {
  expect(claude.refusalsOf("claude-opus-4.7")).toMatchObject({ temperature: false, "input.audio": false });
  expect(Object.values(claude.refusalsOf("claude-opus-4.7")).every((value) => value === false)).toBe(true);
  expect(claude.refusalsOf("gpt-5")).toEqual({});
});
