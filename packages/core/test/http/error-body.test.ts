import { describe, expect, it } from "vitest";
import { errorMessage, errorWords, isHtml, isOverflow, statusCode } from "../../src/provider.ts";

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
    it(`${JSON.stringify(body)} has the message ${JSON.stringify(message)}`, () => expect(errorMessage(body)).toBe(message));
  it("gives its codes and types lower-cased, wherever they stand", () => {
    expect(errorWords({ error: { code: "Rate_Limit", type: "T", metadata: { provider_code: 7 } }, status: "BAD" })).toEqual([
      "bad",
      "rate_limit",
      "t",
      "7",
    ]);
    expect(errorWords([{ error: "Overloaded" }])).toEqual(["overloaded"]);
    expect(errorWords("text")).toEqual([]);
  });
  it("is an HTML page when it begins like one", () => {
    expect(["<!DOCTYPE html>", "\n <HTML lang=en>", "<head>"].map((text) => isHtml({ text }))).toEqual([true, true, true]);
    expect(["{}", "<xml>", "a <html>"].map((text) => isHtml({ text }))).toEqual([false, false, false]);
  });
  it("about a prompt that is too long is recognised by its words", () => {
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
    it(`with HTTP ${status} means ${code} when nothing more specific is known`, () => expect(statusCode(status)).toBe(code));
});
