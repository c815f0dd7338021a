import type { Call, LumiverseError, OperationContext, OperationResponse } from "@lumiverse/core";
import { errorMessage } from "@lumiverse/core/wire";
import { describe, expect, it } from "vitest";
import { chatCheck, chatCompletions, chatRoute, type Dialect, modelList, modelsCheck, tokenPrices } from "../src/chat-completions/index.ts";
import { mistral } from "../src/families/index.ts";
import { callOf } from "./chat-drive.ts";

const context: OperationContext = { base: new URL("https://api.acme.test/v1"), settings: {}, keyed: true };
const response = (status: number, json: unknown): OperationResponse => ({
  status,
  json,
  text: JSON.stringify(json),
  headers: new Headers(),
  url: "",
});

describe("errors", () => {
  const read = (status: number, json: unknown, dialect: Dialect = {}, text = JSON.stringify(json)): Promise<LumiverseError> =>
    Promise.resolve(chatCompletions(dialect).parseError({ status, headers: new Headers(), text, json }, callOf()));

  it.each([
    [401, { error: { message: "bad key", code: "invalid_api_key" } }, "authentication"],
    [402, { error: "Insufficient balance" }, "insufficient-balance"],
    [429, { error: { message: "no money", type: "insufficient_quota" } }, "insufficient-balance"],
    [429, { message: "slow down" }, "rate-limit"],
    [404, { error: { message: "no such model", code: "model_not_found" } }, "model-not-found"],
    [400, { error: { message: "maximum context length is 5 tokens" } }, "context-overflow"],
    [422, { detail: [{ loc: ["body"], msg: "Field required" }] }, "invalid-request"],
    [529, {}, "overloaded"],
    [500, "text", "server"],
  ])("%i %j is %s", async (status, json, code) => {
    expect(await read(status, json)).toMatchObject({ code, status });
  });

  it("follow the host's own table first, by status, code and text together", async () => {
    const dialect: Dialect = {
      errors: [
        { status: 429, code: "1113", is: "insufficient-balance", hint: "Top up" },
        { status: [400, 422], text: "not supported", is: "unsupported" },
      ],
    };
    expect(await read(429, { error: { code: 1113, message: "arrears" } }, dialect)).toMatchObject({
      code: "insufficient-balance",
      retryable: false,
      hint: "Top up",
      vendorCode: "1113",
    });
    expect((await read(422, { detail: "The model is Not Supported" }, dialect)).code).toBe("unsupported");
    expect((await read(400, { detail: "else" }, dialect)).code).toBe("invalid-request");
  });

  it("say what a page was, and never quote it", async () => {
    expect((await read(502, undefined, {}, "<!doctype html><p>secret")).message).toBe("an HTML page instead of an answer (HTTP 502)");
  });

  it("can be told more by the one provider's hook", async () => {
    const dialect: Dialect = { explainError: (facts, json) => void (facts.hint = errorMessage(json) ?? "") };
    expect((await read(400, { error: "x" }, dialect)).hint).toBe("x");
  });
});

describe("a route", () => {
  const route = chatRoute<{ tier?: string }>({
    base: "https://api.acme.test/v1",
    dialect: { maxTokens: "max_tokens", reasoning: { replay: "always" }, defaults: { a: 1 } },
    takes: { tools: true, reasoning: false },
    models: [
      { match: "big-*", takes: { reasoning: ["low"] }, dialect: { reasoning: { replayField: "reasoning" }, defaults: { b: 2 } } },
      { match: "big-blind", takes: { tools: false } },
    ],
    adjust: (call) => (call.settings.tier === undefined ? undefined : { dialect: { defaults: { tier: call.settings.tier } } }),
    headers: () => ({ "x-app": "test" }),
  });
  const routed = (model: string, more: Partial<Call<{ tier?: string }>> = {}): ReturnType<typeof route> =>
    route({ ...callOf({ model }), ...more });

  it("lays facts and dialect of the model over the host's, the later over the earlier", () => {
    expect(routed("small").takes).toEqual({ tools: true, reasoning: false });
    expect(routed("big-blind").takes).toEqual({ tools: false, reasoning: ["low"] });
    const body = routed("BIG-1", { settings: { tier: "fast" } }).protocol.render(callOf()).request.body;
    expect(body).toMatchObject({ a: 1, b: 2, tier: "fast" });
  });

  it("goes to the caller's base where one is given", () => {
    expect(routed("small").base.href).toBe("https://api.acme.test/v1");
    expect(routed("small", { baseURL: new URL("http://localhost:1/v1") }).base.href).toBe("http://localhost:1/v1");
    expect(routed("small").headers).toEqual({ "x-app": "test" });
  });
});

describe("the list of models", () => {
  it("is read in its shapes, with limits by any of their names", async () => {
    const list = modelList({ keep: (entry) => entry["kind"] !== "embedding" });
    const entries = [
      { id: "a", context_window: 8, max_completion_tokens: 2, name: "A", aliases: ["a-1"] },
      { id: "b", context_length: null, max_model_len: 9 },
      { id: "c", kind: "embedding" },
      { id: "" },
      null,
    ];
    const models = [
      { id: "a", source: "live", name: "A", contextTokens: 8, maxOutputTokens: 2, aliases: ["a-1"] },
      { id: "b", source: "live", contextTokens: 9 },
    ];
    for (const json of [{ data: entries }, entries, { models: entries }])
      expect((await list.parse(response(200, json), context))?.value).toEqual(models);
    expect(list.request(context).url.href).toBe("https://api.acme.test/v1/models");
  });

  it("leaves refusals and other shapes to the caller", async () => {
    expect(await modelList().parse(response(401, { error: "no" }), context)).toBeUndefined();
    expect(await modelList().parse(response(200, { ok: true }), context)).toBeUndefined();
  });

  it("turns prices per token into prices per million, without noise", () => {
    expect(tokenPrices({ prompt: "0.00000015", completion: "0.0000006", input_cache_read: "0.000000075" })).toEqual({
      currency: "USD",
      input: 0.15,
      output: 0.6,
      cacheRead: 0.075,
    });
    expect(tokenPrices({ prompt: "-1" })).toBeUndefined();
  });
});

describe("a key check", () => {
  const check = async (status: number, json: unknown): Promise<unknown> =>
    (await modelsCheck({}).parse(response(status, json), context))?.value;

  it("by a list tells a bad key from a failure that proves nothing", async () => {
    expect(await check(200, { data: [] })).toMatchObject({ key: "valid", usable: "unknown" });
    expect(await check(401, { error: "bad key" })).toMatchObject({ key: "invalid", usable: false, reason: "bad key" });
    expect(await check(429, { error: "slow down" })).toMatchObject({ key: "valid", usable: "unknown" });
    expect(await check(503, {})).toMatchObject({ key: "unknown", usable: "unknown" });
    expect(await check(500, {})).toMatchObject({ key: "unknown", usable: "unknown" });
  });

  it("by a chat spends a token, and finds an empty account", async () => {
    const operation = chatCheck({ maxTokens: "max_completion_tokens" }, "m-small");
    expect(operation.request(context).body).toMatchObject({ model: "m-small", max_completion_tokens: 1 });
    expect(operation.spends).toBe("tokens");
    expect((await operation.parse(response(200, {}), context))?.value).toMatchObject({ key: "valid", usable: true, spent: "1 token" });
    expect((await operation.parse(response(402, { error: "no balance" }), context))?.value).toMatchObject({ key: "valid", usable: false });
  });
});

describe("Mistral models on any host", () => {
  it("are told by version, never by substring", () => {
    expect(mistral.facts("mistral-small-2603").reasoning).toEqual(["high"]);
    expect(mistral.facts("mistralai/mistral-small-2503").reasoning).toBe(false);
    expect(mistral.facts("mistral-large-4-0").reasoning).toEqual(["high"]);
    expect(mistral.facts("mistral-large-2512")).toMatchObject({ reasoning: false, "input.image": true });
    expect(mistral.facts("mistral-medium-latest").reasoning).toBe("unknown");
    expect(mistral.facts("mistral-small-2712").reasoning).toEqual(["high"]);
    expect(mistral.facts("gpt-mistral")).toEqual({});
    expect([mistral.isMistral("mistralai/codestral-2508"), mistral.isMistral("glm-5-2")]).toEqual([true, false]);
  });
});
