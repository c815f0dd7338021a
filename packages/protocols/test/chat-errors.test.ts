import { errorMessage, type LumiverseError } from "@lumiverse/core/provider";
import { describe, expect, it } from "vitest";
import { chatCompletions, type Dialect } from "../src/chat-completions/index.ts";
import { callOf } from "./chat-drive.ts";

describe("a refused request", () => {
  const read = (status: number, json: unknown, dialect: Dialect = {}, text = JSON.stringify(json)): LumiverseError =>
    chatCompletions(dialect).parseError({ failure: { status, headers: new Headers(), text, json }, call: callOf() });

  it.each([
    [401, { error: { message: "bad key", code: "invalid_api_key" } }, "authentication"],
    [402, { error: "Insufficient balance" }, "insufficient-balance"],
    [429, { error: { message: "no money", type: "insufficient_quota" } }, "insufficient-balance"],
    [429, { message: "slow down" }, "rate-limit"],
    [404, { error: { message: "no such model", code: "model_not_found" } }, "model-not-found"],
    [404, { error: { message: 'model "m" not found, try pulling it first', type: "api_error" } }, "model-not-found"],
    [404, { error: "The model `m` does not exist." }, "model-not-found"],
    [404, { detail: "Not Found: /v1/models" }, "not-found"],
    [400, { error: { message: "maximum context length is 5 tokens" } }, "context-overflow"],
    [400, { error: { message: "Too long. Contact sales for a quota.", code: "context_length_exceeded" } }, "context-overflow"],
    [400, { error: { message: "Invalid value for search_context_size: 'huge'" } }, "invalid-request"],
    [422, { detail: [{ loc: ["body"], msg: "Field required" }] }, "invalid-request"],
    [529, {}, "overloaded"],
    [500, "text", "server"],
  ])("%i %j is %s", (status, json, code) => {
    expect(read(status, json)).toMatchObject({ code, status });
  });

  it("is read by the host's own table first, by status, code and text together", () => {
    const dialect: Dialect = {
      errors: [
        { status: 429, code: "1113", is: "insufficient-balance", hint: "Top up" },
        { status: [400, 422], text: "not supported", is: "unsupported" },
      ],
    };
    expect(read(429, { error: { code: 1113, message: "arrears" } }, dialect)).toMatchObject({
      code: "insufficient-balance",
      retryable: false,
      hint: "Top up",
      vendorCode: "1113",
    });
    expect(read(422, { detail: "The model is Not Supported" }, dialect).code).toBe("unsupported");
    expect(read(400, { detail: "else" }, dialect).code).toBe("invalid-request");
  });

  it("is never quoted when it is an HTML page", () => {
    expect(read(502, undefined, {}, "<!doctype html><p>secret").message).toBe("the host answered HTTP 502 with an HTML page");
  });

  it("gets further fields from the provider's hook", () => {
    const dialect: Dialect = { explainError: ({ error, json }) => void (error.hint = errorMessage(json) ?? "") };
    expect(read(400, { error: "x" }, dialect).hint).toBe("x");
  });
});

const busy: Dialect = { errors: [{ status: 503, text: "cold", is: "overloaded", waitMs: 9000 }] };

function refused(headers: Record<string, string>, text: string): number | undefined {
  const failure = { status: 503, headers: new Headers(headers), text, json: { error: { message: text } } };
  return chatCompletions(busy).parseError({ failure, call: callOf() }).retryAfterMs;
}

describe("the wait of an error rule", () => {
  it("applies when the answer names none", () => {
    expect(refused({}, "the model is cold")).toBe(9000);
  });

  it("gives way to a header of the answer", () => {
    for (const name of ["retry-after", "retry-after-ms"]) expect(refused({ [name]: "2" }, "the model is cold")).toBeUndefined();
  });

  it("applies only when its rule matches", () => {
    expect(refused({}, "something else")).toBeUndefined();
  });
});

it("Python's None is not read as the name of a field", () => {
  const json = { error: { message: "no", type: "None", param: "None", code: "400" } };
  const failure = { status: 400, headers: new Headers(), text: "", json };
  expect(chatCompletions({}).parseError({ failure, call: callOf() }).field).toBeUndefined();
});
