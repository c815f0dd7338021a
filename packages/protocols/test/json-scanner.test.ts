import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JsonScanner } from "../src/shared/json-scanner.ts";

function scan(text: string, size = text.length || 1): { state: string; used: number } {
  const scanner = new JsonScanner();
  let used = 0;
  for (let at = 0; at < text.length; at += size) used += scanner.feed(text.slice(at, at + size));
  return { state: scanner.state, used };
}

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

describe("JSON in pieces", () => {
  it("is complete where JSON.parse accepts it, and open at every earlier place, however it is cut", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.integer({ min: 1, max: 9 }), fc.boolean(), (value, size, spaced) => {
        const text = JSON.stringify(value, undefined, spaced ? 1 : undefined);
        expect(scan(text, size)).toEqual({ state: "complete", used: text.length });
        for (let end = 1; end < text.length; end++) expect(scan(text.slice(0, end)).state, text.slice(0, end)).toBe("open");
      }),
      { numRuns: 300 },
    );
  });

  it("is never called complete when JSON.parse refuses it", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("{", "}", "[", "]", ",", ":", '"', "\\", "a", "1", "-", ".", "e", "true", "null", " ", "\n")),
        (pieces) => {
          const text = pieces.join("");
          const { state, used } = scan(text);
          if (state === "complete") expect(isJson(text.slice(0, used)), text).toBe(true);
          if (state === "invalid") expect(isJson(text), text).toBe(false);
        },
      ),
      { numRuns: 5000 },
    );
  });

  it("ends where the value ends", () => {
    expect(scan('{"a":1} {"b":2}')).toEqual({ state: "complete", used: 8 });
    expect(scan('{"a":"}\\""}x').used).toBe(11);
  });
});
