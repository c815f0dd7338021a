import { expect, it } from "vitest";
import { createCompiledSchemas } from "../../src/call/compiled-schemas.ts";

it("the compiled schemas of a connection are kept within a limit of characters", () => {
  const kept = createCompiledSchemas();
  const keys = [0, 1, 2, 3, 4].map((n) => `${n}`.padEnd(2_000_000, "x"));
  const found = (): unknown[] => keys.map((key) => kept.get(key));
  // A key that is set again does not count again.
  for (const value of [-1, 0]) for (const [n, key] of keys.slice(0, 4).entries()) kept.set(key, n + value);
  expect(found()).toEqual([0, 1, 2, 3, undefined]);
  kept.set(keys[4] ?? "", 4);
  expect(found()).toEqual([undefined, undefined, undefined, undefined, 4]);
});
