import { describe, expect, it } from "vitest";
import { rateLimitOf, requestIdOf } from "../../src/http/rate-limit.ts";
import { type Protocol, retryAfterMs } from "../../src/provider.ts";
import { connectTo, errorOf, HI } from "../support/calls.ts";
import { sampleProtocol, sampleProviderWith } from "../support/sample-provider.ts";
import { refuse, serve, stream } from "../support/server.ts";

const NOW = Date.parse("2026-11-25T12:00:00Z");
const limits = (headers: Record<string, string>) => rateLimitOf(new Headers(headers), NOW, (text) => text.replaceAll("secret", "[key]"));

describe("rate-limit headers", () => {
  it("are read as limits of requests and of tokens, and kept as received", () => {
    const raw = {
      "x-ratelimit-limit-requests": "14400",
      "x-ratelimit-remaining-requests": "14370",
      "x-ratelimit-reset-requests": "2m59.56s",
      "x-ratelimit-limit-tokens": "18000",
      "x-ratelimit-remaining-tokens": "17997",
      "x-ratelimit-reset-tokens": "7.66s",
    };
    expect(limits({ ...raw, "content-type": "text/plain" })).toEqual({
      requests: { limit: 14400, remaining: 14370, resetMs: 179_560 },
      tokens: { limit: 18000, remaining: 17997, resetMs: 7660 },
      raw,
    });
  });
  it("mean the same with their words in another order", () => {
    const found = limits({
      "anthropic-ratelimit-requests-limit": "50",
      "anthropic-ratelimit-requests-remaining": "49",
      "anthropic-ratelimit-requests-reset": "2026-11-25T12:00:30Z",
      "anthropic-ratelimit-input-tokens-remaining": "1",
    });
    expect(found?.requests).toEqual({ limit: 50, remaining: 49, resetMs: 30_000 });
    expect(found?.tokens).toBeUndefined();
    expect(found?.raw).toHaveProperty("anthropic-ratelimit-input-tokens-remaining", "1");
  });
  it("without a kind are limits of requests", () => {
    expect(limits({ "x-ratelimit-limit": "20", "x-ratelimit-remaining": "0" })?.requests).toEqual({ limit: 20, remaining: 0 });
  });
  for (const [reset, ms] of [
    ["12ms", 12],
    ["1s", 1000],
    ["6m0s", 360_000],
    ["1h2m3s", 3_723_000],
    ["1d", 86_400_000],
    ["0.5", 500],
    ["60", 60_000],
    [String(NOW / 1000 + 10), 10_000],
    [String(NOW + 5000), 5000],
    [String(NOW / 1000 - 10), 0],
    ["Wed, 25 Nov 2026 12:01:00 GMT", 60_000],
    ["2026-11-25T11:00:00Z", 0],
    ["soon", undefined],
    ["", undefined],
  ] as const)
    it(`with a reset of ${JSON.stringify(reset)} mean ${ms === undefined ? "nothing" : `${ms} ms`}`, () => {
      expect(limits({ "x-ratelimit-reset-requests": reset })?.requests?.resetMs).toBe(ms);
    });
  it("are kept without secrets", () => {
    expect(limits({ "x-ratelimit-limit-requests": "secret" })?.raw).toEqual({ "x-ratelimit-limit-requests": "[key]" });
  });
  it("without numbers are kept in raw only, and missing headers give undefined", () => {
    expect(limits({ "content-type": "a" })).toBeUndefined();
    expect(limits({ "x-ratelimit-limit-requests": "many", "x-ratelimit-remaining-requests": "" })).toEqual({
      raw: { "x-ratelimit-limit-requests": "many", "x-ratelimit-remaining-requests": "" },
    });
  });
  it("are on the response", async () => {
    await using server = await serve((response) => {
      response.setHeader("x-ratelimit-remaining-requests", "3");
      response.setHeader("x-request-id", "r-1");
      stream(response);
    });
    expect(await connectTo(server.url).generate(HI)).toMatchObject({
      rateLimit: { requests: { remaining: 3 } },
      requestId: "r-1",
      attempts: [{ requestId: "r-1" }],
    });
  });
});

describe("the wait that headers ask for", () => {
  for (const [headers, ms] of [
    [{ "retry-after-ms": "1500" }, 1500],
    [{ "retry-after-ms": "250", "retry-after": "60" }, 250],
    [{ "retry-after-ms": "soon", "retry-after": "2" }, 2000],
    [{ "retry-after-ms": "-5", "retry-after": "2" }, 2000],
    [{ "retry-after": "0" }, 0],
    [{ "retry-after": "1.5" }, 1500],
    [{ "retry-after": "-3" }, 0],
    [{ "retry-after": "Wed, 25 Nov 2026 12:00:07 GMT" }, 7000],
    [{ "retry-after": "Wed, 25 Nov 2026 11:00:00 GMT" }, 0],
    [{ "retry-after": "" }, undefined],
    [{ "retry-after": "later" }, undefined],
    [{}, undefined],
  ] as [Record<string, string>, number | undefined][])
    it(`${JSON.stringify(headers)} is ${ms}`, () => expect(retryAfterMs(new Headers(headers), NOW)).toBe(ms));
  it("is the protocol's own reading where parseError gives one", async () => {
    await using server = await serve((response) => refuse(response, 429, { "retry-after": "1" }));
    const protocol: Protocol = {
      ...sampleProtocol,
      parseError: (context) => Object.assign(sampleProtocol.parseError(context), { retryAfterMs: 99_000 }),
    };
    expect((await errorOf(connectTo(server.url, {}, sampleProviderWith({ protocol })).generate(HI))).retryAfterMs).toBe(99_000);
  });
});

it("the request id is found under each of its header names", () => {
  for (const name of ["x-request-id", "request-id", "x-generation-id", "mistral-correlation-id"])
    expect(requestIdOf(new Headers({ [name]: "r" }))).toBe("r");
  expect(requestIdOf(new Headers())).toBeUndefined();
});
