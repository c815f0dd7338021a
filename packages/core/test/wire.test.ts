import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { errorMessage, errorWords, isOverflow, statusCode, toolNames } from "../src/for-wires.ts";
import { base64, image, isHtml, mergeParameters, type Note, shortId } from "../src/index.ts";

describe("raw parameters", () => {
  const merge = (body: Record<string, unknown>, parameters: Record<string, unknown>) => {
    const notes: Note[] = [];
    mergeParameters(body, parameters, notes);
    return { body, notes: notes.map((note) => `${note.field}: ${note.message}`) };
  };
  it("merge objects deeply and replace arrays and scalars, each with a note", () => {
    const { body, notes } = merge({ a: { b: 1, c: [1, 2] }, d: 1 }, { a: { c: [3], e: 5 }, d: { x: 1 }, f: null });
    expect(body).toEqual({ a: { b: 1, c: [3], e: 5 }, d: { x: 1 }, f: null });
    expect(notes).toEqual([
      "a.c: parameters.a.c replaced what the request said",
      "a.e: parameters.a.e was sent as given",
      "d: parameters.d replaced what the request said",
      "f: parameters.f was sent as given",
    ]);
  });
  it("write to neither the caller's object nor a shared one", () => {
    const shared = Object.freeze({ b: 1 });
    const given = Object.freeze({ a: Object.freeze({ c: 2 }) });
    expect(merge({ a: shared }, given).body).toEqual({ a: { b: 1, c: 2 } });
  });
  it("cannot reach a prototype", () => {
    const { body } = merge({ a: {} }, JSON.parse('{"__proto__":{"x":1},"a":{"__proto__":{"x":1},"constructor":{"prototype":{"x":1}}}}'));
    expect(JSON.stringify(body)).toBe('{"a":{}}');
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });
  it("that are undefined are none", () => expect(merge({ a: 1 }, { a: undefined }).body).toEqual({ a: 1 }));
});

describe("an error body", () => {
  for (const [body, message] of [
    [{ error: { message: "no" } }, "no"],
    [{ error: "no" }, "no"],
    [{ message: "no" }, "no"],
    [{ detail: "no" }, "no"],
    [{ msg: "no" }, "no"],
    [{ detail: [{ msg: "no", loc: ["body"] }] }, "no"],
    [{ errors: [{ message: "no" }] }, "no"],
    [[{ error: { message: "no" } }], "no"],
    [{ error: { message: '{"error":{"message":"inner"}}' } }, "inner"],
    [{ error: { message: "{not json" } }, "{not json"],
    ["no", "no"],
    ["", undefined],
    [{}, undefined],
    [null, undefined],
    [{ error: null }, undefined],
    [{ error: { code: 1, detail: "no" } }, "no"],
  ] as const)
    it(`${JSON.stringify(body)} says ${JSON.stringify(message)}`, () => expect(errorMessage(body)).toBe(message));
  it("gives its words, lower-cased, wherever they stand", () => {
    expect(errorWords({ error: { code: "Rate_Limit", type: "T", metadata: { provider_code: 7 } }, status: "BAD" })).toEqual([
      "bad",
      "rate_limit",
      "t",
      "7",
    ]);
    expect(errorWords([{ error: "Overloaded" }])).toEqual(["overloaded"]);
    expect(errorWords("text")).toEqual([]);
  });
  it("is a page where it begins as one", () => {
    expect(["<!DOCTYPE html>", "\n <HTML lang=en>", "<head>"].map((text) => isHtml({ text }))).toEqual([true, true, true]);
    expect(["{}", "<xml>", "a <html>"].map((text) => isHtml({ text }))).toEqual([false, false, false]);
  });
  it("of a prompt that does not fit is known by its words", () => {
    for (const text of [
      "This model's maximum context length is 8192 tokens",
      "prompt is too long: 210000 tokens",
      "exceeds the available context size",
      "input token count (9) exceeds",
    ])
      expect(isOverflow(text, [])).toBe(true);
    expect(isOverflow("x", ["context_length_exceeded"])).toBe(true);
    for (const text of ["max_tokens is too large", "rate limit reached for tokens per minute"]) expect(isOverflow(text, [])).toBe(false);
  });
  for (const [status, code] of [
    [400, "invalid-request"],
    [401, "authentication"],
    [402, "insufficient-balance"],
    [403, "permission"],
    [404, "not-found"],
    [408, "timeout"],
    [409, "server"],
    [410, "not-found"],
    [422, "invalid-request"],
    [429, "rate-limit"],
    [500, "server"],
    [502, "server"],
    [503, "overloaded"],
    [529, "overloaded"],
  ] as const)
    it(`HTTP ${status} means ${code} where nothing better is known`, () => expect(statusCode(status)).toBe(code));
});

describe("ids and names", () => {
  it("a short id is the same for the same id, has its length, and is letters and digits", () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 40 }), (id, length) => {
        expect(shortId(id, length)).toMatch(new RegExp(`^[A-Za-z0-9]{${length}}$`));
        expect(shortId(id, length)).toBe(shortId(id, length));
      }),
    );
    expect(new Set(Array.from({ length: 5000 }, (_, i) => shortId(`call_${i}`, 9))).size).toBe(5000);
  });

  const rule = { max: 16, refused: /[^A-Za-z0-9_-]/, first: /[A-Za-z_]/ };
  it("names that fit stay, others are changed and come back", () => {
    const names = toolNames(["look", "find.it", "2fast", "a".repeat(30)], rule);
    expect(names.changed).toBe(true);
    expect(["look", "find.it", "2fast"].map(names.wire)).toEqual(["look", "find_it", "t_2fast"]);
    expect(toolNames(["look"], rule).changed).toBe(false);
    expect(names.neutral("never-heard")).toBe("never-heard");
  });
  it("no two names meet, and each fits and comes back, whatever they are", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string({ unit: fc.constantFrom("a", "b", "_", ".", "é", "1", "-"), minLength: 1, maxLength: 24 }), {
          minLength: 1,
          maxLength: 12,
        }),
        (given) => {
          const names = toolNames(given, rule);
          const wires = given.map(names.wire);
          expect(new Set(wires).size).toBe(given.length);
          for (const [i, wire] of wires.entries()) {
            expect(wire).toMatch(/^[A-Za-z_][A-Za-z0-9_-]{0,15}$/);
            expect(names.neutral(wire)).toBe(given[i]);
          }
        },
      ),
      { numRuns: 400 },
    );
  });
});

describe("media", () => {
  it("of any size become base64", () => {
    const bytes = Uint8Array.from({ length: 200_001 }, (_, i) => i % 251);
    expect(base64(bytes)).toBe(Buffer.from(bytes).toString("base64"));
  });
  it("an image is of bytes, its type seen in them, or of a URL", () => {
    expect(image(Uint8Array.of(0x89, 0x50))).toEqual({ type: "image", data: "iVA=", mediaType: "image/png" });
    expect(image(Uint8Array.of(0xff, 0xd8))).toMatchObject({ mediaType: "image/jpeg" });
    expect(image(Uint8Array.of(1), "image/avif")).toMatchObject({ mediaType: "image/avif" });
    expect(image("https://example.org/a.png")).toEqual({ type: "image", url: "https://example.org/a.png" });
  });
});
