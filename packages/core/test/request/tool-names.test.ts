import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { shortId, toolNames } from "../../src/provider.ts";

describe("tool names", () => {
  const rule = { max: 16, refused: /[^A-Za-z0-9_-]/, first: /[A-Za-z_]/ };
  it("that fit the rule stay, and others are changed and decoded back", () => {
    const names = toolNames(["look", "find.it", "2fast", "a".repeat(30)], rule);
    expect(names.changed).toBe(true);
    expect(["look", "find.it", "2fast"].map(names.encode)).toEqual(["look", "find_it", "t_2fast"]);
    expect(toolNames(["look"], rule).changed).toBe(false);
    expect(names.decode("never-heard")).toBe("never-heard");
  });
  it("never collide, always fit the rule, and are always decoded back", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string({ unit: fc.constantFrom("a", "b", "_", ".", "é", "1", "-"), minLength: 1, maxLength: 24 }), {
          minLength: 1,
          maxLength: 12,
        }),
        (given) => {
          const names = toolNames(given, rule);
          const encoded = given.map(names.encode);
          expect(new Set(encoded).size).toBe(given.length);
          for (const [i, name] of encoded.entries()) {
            expect(name).toMatch(/^[A-Za-z_][A-Za-z0-9_-]{0,15}$/);
            expect(names.decode(name)).toBe(given[i]);
          }
        },
      ),
      { numRuns: 400 },
    );
  });
});

it("a short id is deterministic, has the requested length, and consists of letters and digits", () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 1, max: 40 }), (id, length) => {
      expect(shortId(id, length)).toMatch(new RegExp(`^[A-Za-z0-9]{${length}}$`));
      expect(shortId(id, length)).toBe(shortId(id, length));
    }),
  );
  expect(new Set(Array.from({ length: 5000 }, (_, i) => shortId(`call_${i}`, 9))).size).toBe(5000);
});
