import { describe, expect, it } from "vitest";
import { cleanKey, createRedactor, maskKeys } from "../../src/http/secrets.ts";
import { connectTo, errorOf, KEY } from "../support/calls.ts";
import { everything } from "../support/everything.ts";

it("a secret is redacted in its URL and JSON spellings too, and a short string is not treated as a secret", () => {
  const { redact, addSecret } = createRedactor();
  for (const secret of ["a+b/c==d", 'quote"d-key', "abc", undefined]) addSecret(secret);
  expect(redact('a+b/c==d a%2Bb%2Fc%3D%3Dd quote"d-key {"k":"quote\\"d-key"} abc')).toBe('[key] [key] [key] {"k":"[key]"} abc');
});

it("text that only resembles a key is not masked", () => {
  expect(maskKeys("the task-list of asking-for-more-tokens")).toBe("the task-list of asking-for-more-tokens");
});

describe("a pasted key", () => {
  for (const pasted of [KEY, ` ${KEY}\n`, `"${KEY}"`, `'${KEY}'`, `Bearer ${KEY}`, `"bearer ${KEY}"`, `\t\`${KEY}\` `])
    it(`is cleaned when it is pasted as ${JSON.stringify(pasted).replace(KEY, "…")}`, () =>
      expect(cleanKey(pasted, "api-key", "sample")).toBe(KEY));
  for (const odd of ["two words", "line\nbreak", "smart”quote", "nul\0"])
    it(`that no header can carry is refused without being quoted: ${JSON.stringify(odd)}`, async () => {
      const error = await errorOf(() => connectTo("http://127.0.0.1:1", { apiKey: `${KEY} ${odd}` }));
      expect(error).toMatchObject({ code: "configuration", field: "apiKey" });
      expect(everything(error)).not.toContain(KEY);
    });
  it("that is too long for any key is refused without being quoted", async () => {
    const error = await errorOf(() => connectTo("http://127.0.0.1:1", { apiKey: KEY.repeat(10_000) }));
    expect(error).toMatchObject({
      code: "configuration",
      field: "apiKey",
      message: expect.stringContaining("more than 100000 characters"),
    });
    expect(everything(error)).not.toContain(KEY);
  });
  it("that is blank counts as absent", () => {
    for (const blank of ["", "  ", '""', "Bearer "]) expect(cleanKey(blank, "api-key", "sample")).toBeUndefined();
  });
  it("of a service account is not changed", () => expect(cleanKey(' {"a": "b c"} ', "service-account", "s")).toBe('{"a": "b c"}'));
});
