import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { root } from "../src/workspace.ts";

/** The rows of the tables of promises: what is promised, and the tests. */
const rows = readFileSync(join(root, "docs/security.md"), "utf8")
  .split("\n")
  .flatMap((line) => {
    const [, promise = "", tests = ""] = /^\| ([^|]+) \| ([^|]+) \|$/.exec(line) ?? [];
    return promise === "" || promise === "Promise" || promise.startsWith("---") ? [] : [{ promise, tests }];
  });

describe("docs/security.md", () => {
  test("has a table for each of its subjects", () => expect(rows.length).toBeGreaterThan(25));

  test.each(rows.map(({ promise, tests }) => [promise, tests] as const))("names a test that exists: %s", (_promise, tests) => {
    const named = [...tests.matchAll(/`([\w./-]+\.tsx?)`: "([^"]+)"/g)];
    expect(named.length, "a row has a file with a title").toBeGreaterThan(0);
    for (const [, path = "", title = ""] of named) {
      expect(existsSync(join(root, path)), path).toBe(true);
      // The code escapes the quotes of a title.
      expect(readFileSync(join(root, path), "utf8").replaceAll('\\"', '"'), path).toContain(title);
    }
    // Every file is named with a title.
    expect([...tests.matchAll(/`[\w./-]+\.tsx?`/g)]).toHaveLength(named.length);
  });
});
