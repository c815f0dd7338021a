import { describe, expect, it } from "vitest";
import { createCompiledSchemas } from "../../src/call/compiled-schemas.ts";

describe("the compiled schemas of a connection", () => {
  it("keep what was used last, within a limit of characters", () => {
    const kept = createCompiledSchemas();
    const key = (n: number): string => `${n} `.padEnd(1_000_000, "x");
    for (let n = 0; n < 4; n++) kept.set(key(n), n);
    expect(kept.get(key(0))).toBe(0);
    kept.set(key(4), 4);
    expect([0, 1, 2, 3, 4].map((n) => kept.get(key(n)))).toEqual([0, undefined, 2, 3, 4]);
  });

  it("do not keep a schema that is longer than the limit, and lose nothing to it", () => {
    const kept = createCompiledSchemas();
    kept.set("small", 1);
    kept.set("x".repeat(5_000_000), 2);
    expect([kept.get("small"), kept.get("x".repeat(5_000_000))]).toEqual([1, undefined]);
  });
});
