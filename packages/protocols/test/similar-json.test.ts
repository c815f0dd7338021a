import { deepStrictEqual } from "node:assert";
import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { SimilarJson } from "../src/shared/similar-json.ts";

/** What a parser makes of a text: its value, or that it is no JSON. Frozen, because parsed values share objects. */
function outcome(parse: (text: string) => unknown, text: string): unknown {
  try {
    return frozen(parse(text));
  } catch (error) {
    if (error instanceof SyntaxError) return `${error.name}: ${error.message}`;
    throw error;
  }
}
function frozen(value: unknown): unknown {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) frozen(member);
  }
  return value;
}
function expectSame(texts: readonly string[]): void {
  const parser = new SimilarJson();
  // `toStrictEqual` takes a member named `constructor` for the class of an object.
  for (const text of texts)
    deepStrictEqual(
      outcome((one) => parser.parse(one), text),
      outcome((one) => JSON.parse(one), text),
    );
}

/** Calls of `JSON.parse` with a whole text, which begins with a bracket. */
function wholeParses(texts: readonly string[]): number {
  const parser = new SimilarJson();
  const spy = vi.spyOn(JSON, "parse");
  for (const text of texts) parser.parse(text);
  return spy.mock.calls.filter(([text]) => text.startsWith("{")).length;
}
afterEach(() => void vi.restoreAllMocks());

const many = (text: (i: number) => string): string[] => Array.from({ length: 1000 }, (_, i) => text(i));

describe("SimilarJson", () => {
  it.each([
    ["a delta", many((i) => JSON.stringify({ id: "a", choices: [{ index: 0, delta: { content: `word ${i}` } }], usage: null }))],
    ["a delta, a counter and padding", many((i) => JSON.stringify({ n: i, delta: `é "${i}"\n`, pad: "x".repeat(i % 17), list: [] }))],
    ["token counts", many((i) => JSON.stringify({ parts: [{ text: `a${i}` }], usage: { prompt: 9, output: i, total: 9 + i } }))],
  ])("parses hardly any text as a whole of a stream that varies in %s", (_, texts) => {
    expectSame(texts);
    expect(wholeParses(texts)).toBeLessThan(25);
  });

  it("compares few texts of a stream whose events have nothing in common", () => {
    const texts = many((i) => JSON.stringify({ [`key${i}`]: "x".repeat(500) }));
    const match = vi.spyOn(String.prototype, "matchAll");
    expectSame(texts);
    expect(match.mock.calls.length).toBeLessThan(20);
  });

  it("follows a stream whose other fields change now and then", () => {
    const texts = many((i) => JSON.stringify({ created: 1_700_000_000 + Math.floor(i / 50), delta: `word ${i}` }));
    expectSame(texts);
    expect(wholeParses(texts)).toBeLessThan(30);
  });

  it.each([
    ["a key that comes twice", (i: number) => `{"a":"${i}","a":"x"}`],
    ["a key that comes twice, once with an escape", (i: number) => `{"a":"${i}","\\u0061":"x"}`],
    ["the key __proto__", (i: number) => `{"__proto__":{"a":"${i}"},"b":"${i}"}`],
    ["numbers that are not integers", (i: number) => `{"n":${i}.5,"m":-${i},"e":${i}e2}`],
    ["an integer that grows beyond what is exact", (i: number) => `{"n":${"9".repeat(1 + (i % 20))}}`],
    ["a number with a leading zero", (i: number) => `{"n":${i < 20 ? i : `0${i}`}}`],
    ["a number that becomes a string", (i: number) => (i < 20 ? `{"n":${i}}` : `{"n":"${i}"}`)],
    ["escapes", (i: number) => `{"t":"${["\\n", '\\"', "\\\\", "\\u00e9", "\\ud83d", "\\/"][i % 6]}${i}"}`],
    ["a broken escape", (i: number) => `{"t":"${i < 20 ? i : "\\x"}"}`],
    ["a control character", (i: number) => `{"t":"${i < 20 ? i : "\n"}"}`],
    ["a string without its end", (i: number) => (i < 20 ? `{"t":"${i}"}` : `{"t":"${i}`)],
    ["text after the end", (i: number) => `{"t":"${i}"}${i < 20 ? "" : "x"}`],
    ["blanks around", (i: number) => ` { "t" : "${i}" , "n" :\t${i} }\n`],
    ["texts that are no objects", (i: number) => (i % 2 === 0 ? `"${i}"` : `${i}`)],
    ["a list that grows and shrinks", (i: number) => `{"n":[${Array.from({ length: 1 + (i % 3) }, (_, n) => n + i)}],"t":"x"}`],
    ["a key that varies", (i: number) => `{"a":1,"key${i}":"${i}"}`],
    ["a text that becomes a key", (i: number) => (i % 2 === 0 ? `["${i}"]` : `{"${i}":1}`)],
    ["backslashes before quotation marks", (i: number) => `{"t":"${["\\\\", '\\\\\\"', '\\"', "\\\\\\\\"][i % 4]}","n":"${i}"}`],
    ["numbers and words", (i: number) => `{"n":${["1", "12", "-1", "true", "null", "1e5", "1.5"][i % 7]},"t":"${i}"}`],
    ["arrays", (i: number) => `[[${i}],["${i}",[]],{},{"a":[{"b":"${i}"}]}]`],
  ])("returns what JSON.parse returns for %s", (_, text) => {
    expectSame(Array.from({ length: 60 }, (_, i) => text(i)));
  });

  it("gives each event objects of its own where it differs", () => {
    const parser = new SimilarJson();
    const kept = many((i) => JSON.stringify({ delta: { text: `${i}` } })).map((text) => parser.parse(text));
    expect(kept).toStrictEqual(many((i) => JSON.stringify({ delta: { text: `${i}` } })).map((text) => JSON.parse(text)));
  });

  it("returns what JSON.parse returns for any stream of similar texts, broken ones included", () => {
    const key = fc.oneof(fc.constantFrom("a", "b", "delta", "__proto__", "constructor", "0", 'q"'), fc.string({ maxLength: 3 }));
    const { value } = fc.letrec<{ value: unknown; leaf: unknown }>((tie) => ({
      leaf: fc.oneof(fc.string({ unit: "binary", maxLength: 8 }), fc.nat(), fc.double(), fc.boolean(), fc.constant(null)),
      value: fc.oneof(
        { maxDepth: 4 },
        tie("leaf"),
        fc.array(tie("value"), { maxLength: 4 }),
        fc.dictionary(key, tie("value"), { maxKeys: 4 }),
      ),
    }));
    const leaf = fc.oneof(
      fc.string({ unit: "binary", maxLength: 8 }).map((text) => JSON.stringify(text)),
      fc.nat().map(String),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => JSON.stringify(n)),
      fc.constantFrom('"\\', "01", "1.", '"\n"', "true", "null", "{}", '"a":"b"', '"a","a":"b"', "9007199254740993"),
    );
    fc.assert(
      fc.property(
        fc.dictionary(key, value, { minKeys: 1 }),
        fc.array(fc.array(leaf, { minLength: 1, maxLength: 3 }), { minLength: 4, maxLength: 30 }),
        (object, changes) => {
          const text = JSON.stringify(object);
          const leaves = [...text.matchAll(/"(?:[^"\\]|\\.)*"(?!:)|-?\d[\d.eE+-]*/g)];
          const changed = (change: readonly string[], n: number): string => {
            const at = leaves.length === 0 ? undefined : leaves[n % Math.min(2, leaves.length)];
            return at === undefined ? text : text.slice(0, at.index) + change[0] + text.slice(at.index + at[0].length);
          };
          expectSame([...Array.from({ length: 17 }, () => text), ...changes.map(changed)]);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("returns what JSON.parse returns for all streams among the fixtures", () => {
    const root = fileURLToPath(new URL("../../..", import.meta.url));
    const files = globSync("providers/*/fixtures/*/*.sse", { cwd: root });
    expect(files.length).toBeGreaterThan(100);
    for (const file of files)
      expectSame([...readFileSync(`${root}/${file}`, "utf8").matchAll(/^data: ?(.*)$/gm)].map(([, data = ""]) => data));
  });
});
