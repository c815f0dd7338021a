import { expect, test } from "vitest";
import { closure } from "../src/packed.ts";

test("dependencies resolve as in Node: the nested copy wins, and optional peers are not installed", () => {
  const packages = {
    "node_modules/a": {
      dependencies: { b: "1", c: "1" },
      peerDependencies: { d: "1", e: "1" },
      peerDependenciesMeta: { e: { optional: true } },
    },
    "node_modules/a/node_modules/b": { dependencies: { c: "1" } },
    "node_modules/b": {},
    "node_modules/c": {},
    "node_modules/d": {},
    "node_modules/e": {},
  };
  expect([...closure({ packages }, ["a"])].sort()).toEqual([
    "node_modules/a",
    "node_modules/a/node_modules/b",
    "node_modules/c",
    "node_modules/d",
  ]);
});
