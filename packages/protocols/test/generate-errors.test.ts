import type { Call, ChatRequest, Failure, LumiverseError } from "@lumiverse/core/provider";
import { describe, expect, it } from "vitest";
import { recover } from "../src/generate-content/index.ts";
import { keyVerdict } from "../src/generate-content/operations.ts";
import { callOf, protocol } from "./generate-support.ts";

function errorFor(status: number, json: unknown, call = callOf()): LumiverseError {
  const failure: Failure = { status, headers: new Headers(), text: JSON.stringify(json), json };
  return protocol.parseError({ failure, call });
}
const body = (code: number, status: string, message: string, details: unknown[] = []): unknown => ({
  error: { code, message, status, details },
});
const reason = (word: string): unknown => ({ "@type": "rpc.example/ErrorInfo", reason: word, domain: "googleapis.com" });

describe("a refusal", () => {
  it.each([
    [400, body(400, "INVALID_ARGUMENT", "API key not valid.", [reason("API_KEY_INVALID")]), "authentication", false],
    [400, body(400, "INVALID_ARGUMENT", "API key expired. Please renew the API key."), "authentication", false],
    [403, body(403, "PERMISSION_DENIED", "Your API key was reported as leaked."), "authentication", false],
    [401, body(401, "UNAUTHENTICATED", "Request had invalid authentication credentials."), "authentication", false],
    [403, body(403, "PERMISSION_DENIED", "It is disabled.", [reason("SERVICE_DISABLED")]), "permission", false],
    [403, body(403, "PERMISSION_DENIED", "No access."), "permission", false],
    [400, body(400, "FAILED_PRECONDITION", "User location is not supported for the API use."), "permission", false],
    [400, body(400, "FAILED_PRECONDITION", "Please enable billing on your project."), "insufficient-balance", false],
    [402, body(402, "FAILED", "Pay first."), "insufficient-balance", false],
    [400, body(400, "INVALID_ARGUMENT", "An input token count of 77 is over what is allowed (70)."), "context-overflow", false],
    [400, body(400, "INVALID_ARGUMENT", 'Invalid JSON payload received. Unknown name "x"'), "invalid-request", false],
    [404, body(404, "NOT_FOUND", "models/gemini-none is unknown here"), "model-not-found", false],
    [
      404,
      body(404, "NOT_FOUND", "Publisher Model `projects/p/locations/l/publishers/google/models/m` was not found"),
      "model-not-found",
      false,
    ],
    [404, body(404, "NOT_FOUND", "Requested entity was not found."), "not-found", false],
    [503, { error: body(503, "UNAVAILABLE", "The upstream broke down.") }, "overloaded", true],
    [429, body(429, "RESOURCE_EXHAUSTED", "Resource exhausted."), "rate-limit", true],
    [429, body(429, "RESOURCE_EXHAUSTED", "Your prepayment credits are depleted."), "insufficient-balance", false],
    [429, body(429, "RESOURCE_EXHAUSTED", "Your project has exceeded its monthly spending cap."), "insufficient-balance", false],
    [499, body(499, "CANCELLED", "The operation was cancelled."), "server", true],
    [500, body(500, "INTERNAL", "An internal error has occurred."), "server", true],
    [503, body(503, "UNAVAILABLE", "The model is overloaded."), "overloaded", true],
    [504, body(504, "DEADLINE_EXCEEDED", "Too late."), "timeout", true],
  ])("%i %j is read by its reason, sentence or status", (status, json, code, retryable) => {
    expect(errorFor(status, json)).toMatchObject({ code, retryable, status });
    // The stream endpoint and the compatibility layer wrap it in a list.
    expect(errorFor(status, [json])).toMatchObject({ code, retryable, status });
  });

  it("has the wait from RetryInfo or from the sentence", () => {
    expect(
      errorFor(429, body(429, "RESOURCE_EXHAUSTED", "Wait.", [{ "@type": "x/google.rpc.RetryInfo", retryDelay: "34.4s" }])).retryAfterMs,
    ).toBe(34_400);
    expect(errorFor(429, body(429, "RESOURCE_EXHAUSTED", "Please retry in 12.5s.")).retryAfterMs).toBe(12_500);
    expect(errorFor(429, body(429, "RESOURCE_EXHAUSTED", "Please retry in 1m2.5s.")).retryAfterMs).toBe(62_500);
    expect(errorFor(429, body(429, "RESOURCE_EXHAUSTED", "Please retry in 850ms.")).retryAfterMs).toBe(850);
    expect(errorFor(429, body(429, "RESOURCE_EXHAUSTED", "Try later.")).retryAfterMs).toBeUndefined();
  });

  const quota = (violation: Record<string, string>, message = "Quota exceeded."): unknown =>
    body(429, "RESOURCE_EXHAUSTED", message, [{ violations: [violation] }, { retryDelay: "30s" }]);

  it("is not retryable when the day's quota is used up or there is none", () => {
    expect(errorFor(429, quota({ quotaId: "GenerateRequestsPerDayPerProjectPerModel-FreeTier", quotaValue: "50" }))).toMatchObject({
      code: "rate-limit",
      retryable: false,
    });
    expect(errorFor(429, quota({ quotaId: "TokensAMinute", quotaValue: "0" }))).toMatchObject({
      code: "rate-limit",
      retryable: false,
    });
    expect(errorFor(429, body(429, "RESOURCE_EXHAUSTED", "No quota: metric x, limit: 0, model: y"))).toMatchObject({
      code: "rate-limit",
      retryable: false,
    });
  });

  it("is an overflow when the prompt is larger than the quota of a minute", () => {
    const json = quota({
      quotaMetric: "gemini.example/some_input_token_count",
      quotaId: "TokensAMinute",
      quotaValue: "1000",
    });
    expect(errorFor(429, json)).toMatchObject({ code: "rate-limit", retryable: true, retryAfterMs: 30_000 });
    const large = callOf({ messages: [{ role: "user", content: [{ type: "text", text: "word ".repeat(900) }] }] });
    expect(errorFor(429, json, large)).toMatchObject({ code: "context-overflow", retryable: false });
  });

  it("has the wrong field, the vendor's code and the status of an HTML page", () => {
    expect(
      errorFor(400, body(400, "INVALID_ARGUMENT", "Bad.", [{ fieldViolations: [{ field: "contents[0].parts", description: "d" }] }])),
    ).toMatchObject({ field: "contents[0].parts", vendorCode: "INVALID_ARGUMENT" });
    const without = (status: number, text: string): LumiverseError =>
      protocol.parseError({ failure: { status, headers: new Headers(), text }, call: callOf() });
    const page = without(502, "<html>Bad gateway</html>");
    expect(page).toMatchObject({ code: "server", status: 502, retryable: true });
    expect(page.message).not.toContain("<html>");
    expect(without(500, "").message).toContain("500");
  });

  it("is typed whatever its shape", () => {
    for (const json of [
      null,
      [],
      {},
      { error: null },
      { error: "text" },
      { error: { details: "none", code: "x", message: 5, status: 7 } },
      { error: { details: [null, { reason: "constructor" }] } },
    ])
      expect(errorFor(418, json)).toMatchObject({ name: "LumiverseError", status: 418 });
  });
});

/** A call before it is checked, as `recover` receives it. */
const uncheckedCall = (request: Partial<ChatRequest> = {}): Call => ({
  request: { model: "gemini-3.5-flash", messages: [{ role: "user", content: "Hello" }], ...request },
  settings: {},
  streaming: true,
  hasKey: true,
  policy: { unsupported: {}, replayScope: "own" },
  degradations: new Set(),
});

describe("a refused call", () => {
  const refused = (message: string): LumiverseError => errorFor(400, body(400, "INVALID_ARGUMENT", message));

  it("is repeated once without refused signatures", () => {
    const call = uncheckedCall();
    const again = recover({ error: refused("Corrupted thought signature."), call });
    expect([...(again?.call.degradations ?? [])]).toEqual(["signatures"]);
    expect(again?.note.kind).toBe("recovered");
    expect(again && recover({ error: refused("Thought signature is not valid"), call: again.call })).toBeUndefined();
  });

  it("is repeated without penalties that the model does not accept", () => {
    const again = recover({
      error: refused("Penalty is not enabled for this model"),
      call: uncheckedCall({ presencePenalty: 1, frequencyPenalty: 1, seed: 4 }),
    });
    expect(again?.call.request).toMatchObject({ seed: 4 });
    expect(Object.keys(again?.call.request ?? {})).not.toContain("presencePenalty");
  });

  it("is not repeated for other reasons", () => {
    expect(recover({ error: refused("Bad request"), call: uncheckedCall() })).toBeUndefined();
    expect(recover({ error: errorFor(500, body(500, "INTERNAL", "thought signature")), call: uncheckedCall() })).toBeUndefined();
  });
});

describe("a key verdict", () => {
  it.each([
    [200, { models: [] }, "valid", "unknown"],
    [400, body(400, "INVALID_ARGUMENT", "API key not valid.", [reason("API_KEY_INVALID")]), "invalid", false],
    [401, {}, "invalid", false],
    [200, { totalTokens: 1 }, "valid", "unknown"],
    [200, body(401, "UNAUTHENTICATED", "API key not valid."), "invalid", false],
    [403, body(403, "PERMISSION_DENIED", "Off.", [reason("SERVICE_DISABLED")]), "valid", false],
    [429, body(429, "RESOURCE_EXHAUSTED", "Quota."), "valid", false],
    [404, body(404, "NOT_FOUND", "Publisher Model was not found"), "valid", "unknown"],
  ])("is read from %i", (status, json, key, usable) => {
    expect(keyVerdict({ status, json })).toMatchObject({ key, usable });
  });

  it("is undefined for an answer that proves nothing", () => {
    for (const json of [undefined, {}, { ok: true }]) expect(keyVerdict({ status: 200, json })).toBeUndefined();
  });

  it("is undefined when the server failed", () => {
    expect(keyVerdict({ status: 500, json: body(500, "INTERNAL", "x") })).toBeUndefined();
    expect(keyVerdict({ status: 502, json: undefined })).toBeUndefined();
  });
});

it("an exception of a chat template is an invalid request", () => {
  const failure = {
    status: 500,
    headers: new Headers(),
    text: "",
    json: { error: { code: 500, message: "Jinja Exception: roles must alternate", status: "INTERNAL" } },
  };
  expect(protocol.parseError({ failure, call: callOf() })).toMatchObject({ code: "invalid-request", retryable: false });
});
