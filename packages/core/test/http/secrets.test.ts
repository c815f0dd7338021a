import { describe, expect, it } from "vitest";
import { cleanKey, createRedactor, maskKeys, redactJson } from "../../src/http/secrets.ts";
import { connectTo, errorOf, KEY } from "../support/calls.ts";
import { everything } from "../support/everything.ts";

it("a secret is redacted in its URL and JSON spellings too, and a short string is not treated as a secret", () => {
  const { redact, addSecret } = createRedactor();
  for (const secret of ["a+b/c==d", 'quote"d-key', "abc", undefined]) addSecret(secret);
  expect(redact('a+b/c==d a%2Bb%2Fc%3D%3Dd quote"d-key {"k":"quote\\"d-key"} abc')).toBe('[key] [key] [key] {"k":"[key]"} abc');
});

it("a secret is found by its characters, whatever they mean in a pattern", () => {
  const { redact, addSecret } = createRedactor();
  const secrets = ["^a.*b$|c", "(d)[e]{2}+?", "x\\d\\w-y/z", "ключ – №1"];
  for (const secret of secrets) addSecret(secret);
  for (const secret of secrets) expect(redact(`before ${secret} after`)).toBe("before [key] after");
  expect(redact("aXXb, dee, x1z")).toBe("aXXb, dee, x1z");
});

it("a secret is found in an entry of a list that is like the one before, in its values and in its names", () => {
  const { redact, addSecret } = createRedactor();
  addSecret("secret-of-mine");
  const entry = { id: "m-1", owner: "someone", tags: ["a", "b"] };
  const list = [entry, { ...entry, id: "m-2" }, { ...entry, owner: "secret-of-mine" }, { ...entry, "secret-of-mine": true }, entry];
  const clean = [entry, { ...entry, id: "m-2" }, { ...entry, owner: "[key]" }, { ...entry, "[key]": true }, entry];
  expect(redactJson(list, redact)).toEqual(clean);
  expect(redactJson([entry, entry], redact)).toEqual([entry, entry]);
});

it.each(["hf_", "nvapi-", "csk-", "r8_", "ghp_", "tgp_v1_"])("a foreign key that begins with %s is masked by its shape", (start) => {
  expect(maskKeys(`Incorrect API key: ${start}a1B2c3D4e5F6g7H8i9J0k1L2.`)).not.toContain("a1B2c3");
});

it("text that only resembles a key is not masked", () => {
  for (const words of ["hf_transfer_is_not_installed_here", "nvapi-models-of-the-year-2026"]) expect(maskKeys(words)).toBe(words);
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
