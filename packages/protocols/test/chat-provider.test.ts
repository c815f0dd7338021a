import type { Call, JsonObject, KeyVerdict, Operation, OperationContext, OperationResponse } from "@lumiverse/core/provider";
import { describe, expect, it } from "vitest";
import { chatProvider, chatRoute, type ModelListOptions } from "../src/chat-completions/index.ts";
import { accountCheck, accountOperation, chatCheck, modelList, modelListCheck } from "../src/chat-completions/operations.ts";
import { mistral } from "../src/families/index.ts";
import { tokenPrices } from "../src/shared/token-prices.ts";
import { acme, callOf, routeCallOf } from "./chat-drive.ts";

const context: OperationContext = { base: new URL("https://api.acme.test/v1"), settings: {}, hasKey: true };
const response = (status: number, json: unknown): OperationResponse => ({
  status,
  json,
  text: JSON.stringify(json),
  headers: new Headers(),
  url: "",
});

describe("a route", () => {
  const route = chatRoute<{ tier?: string }>({
    base: "https://api.acme.test/v1",
    dialect: { maxTokens: "max_tokens", reasoning: { replay: "always" }, defaults: { a: 1 } },
    capabilities: { tools: true, reasoning: false },
    models: [
      { match: "big-*", capabilities: { reasoning: ["low"] }, dialect: { reasoning: { replayField: "reasoning" }, defaults: { b: 2 } } },
      { match: "big-blind", capabilities: { tools: false } },
    ],
    adjust: ({ call }) => (call.settings.tier === undefined ? undefined : { dialect: { defaults: { tier: call.settings.tier } } }),
    headers: () => ({ "x-app": "test" }),
  });
  const routed = (model: string, more: Partial<Call<{ tier?: string }>> = {}): ReturnType<typeof route> =>
    route(routeCallOf({ model }, more));

  it("lays facts and dialect of the model over the host's, the later over the earlier", () => {
    expect(routed("small").capabilities).toEqual({ tools: true, reasoning: false });
    expect(routed("big-blind").capabilities).toEqual({ tools: false, reasoning: ["low"] });
    const body = routed("BIG-1", { settings: { tier: "fast" } }).protocol.render(callOf()).request.body;
    expect(body).toMatchObject({ a: 1, b: 2, tier: "fast" });
  });

  it("uses the caller's base URL when one is given", () => {
    expect(routed("small").base.href).toBe("https://api.acme.test/v1");
    expect(routed("small", { baseURL: new URL("http://localhost:1/v1") }).base.href).toBe("http://localhost:1/v1");
    expect(routed("small").headers).toEqual({ "x-app": "test" });
  });
});

describe("a route that a call changes", () => {
  const route = chatRoute({
    base: "https://api.acme.test/v1",
    dialect: {},
    capabilities: {},
    unstreamed: "unstreamed",
    adjust: ({ call, base }) => (call.request.model === "beta" ? { base: new URL("/beta", base), unstreamed: "streamed" } : undefined),
  });

  it("takes the base URL and the way of generate from adjust", () => {
    expect(route(routeCallOf({ model: "beta" }))).toMatchObject({ base: new URL("https://api.acme.test/beta"), unstreamed: "streamed" });
    const baseURL = new URL("https://proxy.test/acme/v1");
    expect(route(routeCallOf({ model: "beta" }, { baseURL })).base.href).toBe("https://proxy.test/beta");
  });

  it("keeps those of the provider where adjust names none", () => {
    expect(route(routeCallOf({ model: "a" }))).toMatchObject({ base: new URL("https://api.acme.test/v1"), unstreamed: "unstreamed" });
  });
});

describe("the list of models", () => {
  it("is read in its shapes, with limits by any of their names", async () => {
    const list = modelList({ filter: (entry) => entry["kind"] !== "embedding" });
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
      expect((await list.parse({ ...response(200, json), context }))?.value).toEqual(models);
    expect(list.request(context).url.href).toBe("https://api.acme.test/v1/models");
  });

  it("has release dates only where the options name their field", async () => {
    const entries = [
      { id: "a", created: 1_700_000_000 },
      { id: "b", created: 0 },
      { id: "c", created: "2026" },
      { id: "d", created: 1e18 },
    ];
    const dates = async (options: ModelListOptions): Promise<unknown> =>
      (await modelList(options).parse({ ...response(200, entries), context }))?.value.map(({ released }) => released);
    expect(await dates({ released: "created" })).toEqual(["2023-11-14", undefined, undefined, undefined]);
    expect(await dates({})).toEqual([undefined, undefined, undefined, undefined]);
  });

  it("entries without a text as their id are left out before a provider looks at them", async () => {
    const odd = { toString: 1 };
    const entries = [{ id: odd }, { id: 5 }, null, 7, "m-0", { id: "m-1", name: odd, context_window: odd }];
    const filter = ({ id }: JsonObject): boolean => /^m-/.test(String(id));
    const read = await modelList({ filter }).parse({ ...response(200, { data: entries }), context });
    // Some hosts list the ids alone.
    expect(read?.value.map(({ id }) => id)).toEqual(["m-0", "m-1"]);
  });
  it("leaves refusals and other shapes to the caller", async () => {
    expect(await modelList().parse({ ...response(401, { error: "no" }), context })).toBeUndefined();
    expect(await modelList().parse({ ...response(200, { ok: true }), context })).toBeUndefined();
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
    (await modelListCheck({}).parse({ ...response(status, json), context }))?.value;

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
    expect((await operation.parse({ ...response(200, { choices: [{}] }), context }))?.value).toMatchObject({
      key: "valid",
      usable: true,
      spent: "1 token",
    });
    expect((await operation.parse({ ...response(402, { error: "no balance" }), context }))?.value).toMatchObject({
      key: "valid",
      usable: false,
    });
  });
});

describe("what proves no key", () => {
  const page = "<!doctype html><title>Log in</title>";
  const refusal = { error: { code: "invalid_api_key", message: "no such key" } };
  const answers: [string, number, string, unknown, object][] = [
    ["a page", 200, page, undefined, { key: "unknown", usable: "unknown", reason: expect.stringContaining("no proof") }],
    ["a page of a proxy", 429, page, undefined, { key: "unknown", usable: "unknown" }],
    ["an error", 200, "", refusal, { key: "invalid", usable: false, reason: "no such key" }],
    ["a status in the body", 200, "", { code: 401, message: "no such key" }, { key: "invalid", usable: false }],
    ["another object", 200, '{"ok":true}', { ok: true }, { key: "unknown", reason: 'no proof: {"ok":true}' }],
  ];
  it.each(answers)("%s (HTTP %i)", async (_name, status, text, json, expected) => {
    const answer = { ...response(status, json), text, context };
    expect((await modelListCheck({}).parse(answer))?.value).toMatchObject(expected);
    expect((await chatCheck({}, "m-1").parse(answer))?.value).toMatchObject({ ...expected, spent: "nothing" });
    const account = accountCheck({}, { url: ({ base }) => base, read: () => undefined });
    expect((await account.parse(answer))?.value).toMatchObject(expected);
  });
  it("nor does a list in the form of another host", async () => {
    const json = { listed: [{ id: "m-1" }] };
    const verdict = async (check: Operation<KeyVerdict>): Promise<unknown> =>
      (await check.parse({ ...response(200, json), context }))?.value.key;
    expect(await verdict(modelListCheck({}))).toBe("unknown");
    expect(await verdict(modelListCheck({}, { entriesAt: "listed" }))).toBe("valid");
    expect(await verdict(modelListCheck({}, "/me"))).toBe("valid");
    expect(modelListCheck({}, "/me").request(context).url.pathname).toBe("/v1/me");
  });
});

describe("Mistral models on any host", () => {
  it("are recognized by version, never by substring", () => {
    expect(mistral.capabilitiesOf("mistral-small-2603").reasoning).toEqual(["high"]);
    expect(mistral.capabilitiesOf("mistralai/mistral-small-2503").reasoning).toBe(false);
    expect(mistral.capabilitiesOf("mistral-large-4-0").reasoning).toEqual(["high"]);
    expect(mistral.capabilitiesOf("mistral-large-2512")).toMatchObject({ reasoning: false, "input.image": true });
    expect(mistral.capabilitiesOf("mistral-medium-latest").reasoning).toBe("unknown");
    expect(mistral.capabilitiesOf("mistral-small-2712").reasoning).toEqual(["high"]);
    expect(mistral.capabilitiesOf("gpt-mistral")).toEqual({});
    expect([mistral.isMistral("mistralai/codestral-2508"), mistral.isMistral("glm-5-2")]).toEqual([true, false]);
  });
});

describe("a provider made from its dialect", () => {
  const options = {
    ...acme,
    dialect: { maxTokens: "max_completion_tokens" as const },
    capabilities: { tools: true },
  };

  it("gets its credential, route, loaders and default operations", async () => {
    const catalogue = { date: "2026-11-01", source: "test", models: [] };
    const acme = chatProvider({ ...options, keyPage: "https://acme.test/keys", catalogue: async () => ({ catalogue }) });
    expect(acme).toMatchObject({
      id: "acme",
      credential: { kind: "api-key", required: true, env: "ACME_API_KEY", page: "https://acme.test/keys" },
      base: "https://api.acme.test/v1",
    });
    expect(acme.route(routeCallOf())).toMatchObject({ base: new URL("https://api.acme.test/v1"), capabilities: { tools: true } });
    expect(await acme.catalogue?.()).toBe(catalogue);
    expect([acme.settings, acme.origins]).toEqual([undefined, undefined]);
    const { check, models } = await acme.operations();
    expect(check.request(context).url.href).toBe("https://api.acme.test/v1/models");
    expect((await models?.parse({ ...response(200, { data: [{ id: "a" }] }), context }))?.value).toEqual([{ id: "a", source: "live" }]);
  });

  it("can check a key by a chat and have no model list", async () => {
    const { check, models } = await chatProvider({ ...options, check: { model: "m-small" }, modelList: "none" }).operations();
    expect(check.request(context).body).toMatchObject({ model: "m-small", max_completion_tokens: 1 });
    expect(models).toBeUndefined();
  });

  it("adds its own operations to the default ones, or replaces them", async () => {
    const account = accountOperation({}, { url: ({ base }) => base, read: () => ({ summary: "empty" }) });
    const own = chatProvider({ ...options, modelListIsPartial: true, operations: () => ({ account, check: chatCheck({}, "m-1") }) });
    const operations = await own.operations();
    expect(operations.account).toBe(account);
    expect(operations.check.request(context).method).toBe("POST");
    expect(operations.models?.partial).toBe(true);
  });

  it("sends calls to the host that the settings choose", () => {
    const acme = chatProvider<{ region?: string }>({
      ...options,
      origins: ["https://eu.acme.test"],
      baseFor: ({ settings }) => (settings.region === "eu" ? "https://eu.acme.test/v1" : options.base),
    });
    expect(acme.route(routeCallOf({}, { settings: { region: "eu" } })).base.href).toBe("https://eu.acme.test/v1");
    expect(acme.origins).toEqual(["https://eu.acme.test"]);
  });

  it("has no credential without the name of a variable", () => {
    const { env: _env, ...keyless } = options;
    expect(chatProvider(keyless).credential).toEqual({ kind: "none" });
  });
});
