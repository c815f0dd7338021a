import { describe, expect, it } from "vitest";
import {
  type Capabilities,
  type Catalogue,
  type ChatRequest,
  connect,
  type KeyVerdict,
  type ModelInfo,
  type OperationOptions,
  type Provider,
} from "../../src/index.ts";
import { endpoint, isObject, type Operations } from "../../src/provider.ts";
import { connectTo, errorOf, HI, KEY } from "../support/calls.ts";
import { type SampleSettings, sampleProvider } from "../support/sample-provider.ts";
import { DEAD_PORT, refuse, serve, stream } from "../support/server.ts";

const catalogue: Catalogue = {
  date: "2026-11-01",
  source: "snapshot",
  models: [
    {
      id: "m-1",
      name: "M One",
      contextTokens: 1000,
      aliases: ["m-latest"],
      capabilities: { tools: true, temperature: [0, 2] },
      source: "snapshot",
    },
    { id: "m-old", source: "snapshot" },
  ],
};
const models: NonNullable<Operations["models"]> = {
  origin: "base",
  request: ({ base, page }) => ({
    method: "GET",
    url: endpoint(base, `/models${page?.["after"] === undefined ? "" : `?after=${page["after"]}`}`),
  }),
  parse: ({ status, json }) => {
    if (status !== 200 || !isObject(json) || !Array.isArray(json["data"])) return undefined;
    const value = json["data"].map(
      ({ id, context }): ModelInfo => ({ id, source: "live", ...(context === undefined ? {} : { contextTokens: context }) }),
    );
    return typeof json["next"] === "string" ? { value, next: { after: json["next"] } } : { value };
  },
};
/** The sample provider's operations, with others added. */
function operationsWith(more: Partial<Operations<SampleSettings>>): () => Promise<Operations<SampleSettings>> {
  return async () => ({ ...(await sampleProvider.operations()), ...more });
}
function withModels(origin: string, more: Partial<Provider<SampleSettings>> = {}): Provider<SampleSettings> {
  return { ...sampleProvider, origins: [origin], catalogue: async () => catalogue, operations: operationsWith({ models }), ...more };
}

describe("models()", () => {
  it("returns the live list, completed from the catalogue, without models that the vendor no longer lists", async () => {
    await using server = await serve((response) =>
      refuse(response, 200, {}, { data: [{ id: "m-1", context: 2000 }, { id: "m-latest" }, { id: "m-new" }] }),
    );
    const list = await connectTo(server.url, {}, withModels(server.origin)).models();
    expect(list).toMatchObject({ notes: [], source: "live", date: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) });
    expect(list.models).toEqual([
      {
        id: "m-1",
        name: "M One",
        contextTokens: 2000,
        aliases: ["m-latest"],
        capabilities: { tools: true, temperature: [0, 2] },
        source: "live",
      },
      {
        id: "m-latest",
        name: "M One",
        contextTokens: 1000,
        aliases: ["m-latest"],
        capabilities: { tools: true, temperature: [0, 2] },
        source: "live",
      },
      { id: "m-new", source: "live" },
    ]);
    expect(server.seen[0]?.headers.authorization).toBe(`Bearer ${KEY}`);
  });

  it("a price that the live list does not state names the built-in list and its date, and the vendor's own price does not", async () => {
    const price = { input: 1, output: 2, currency: "USD" };
    const priced = {
      ...catalogue,
      models: [
        { id: "m-1", source: "snapshot", date: "2026-10-01", price },
        { id: "m-2", source: "snapshot", date: "2026-10-01", price },
      ],
    };
    const live: NonNullable<Operations["models"]> = {
      ...models,
      parse: () => ({
        value: [
          { id: "m-1", source: "live" },
          { id: "m-2", source: "live", price: { ...price, input: 3 } },
        ],
      }),
    };
    await using server = await serve((response) => refuse(response, 200, {}, {}));
    const provider = withModels(server.origin, {
      base: `${server.origin}/v1`,
      catalogue: async () => priced,
      operations: operationsWith({ models: live }),
    });
    const list = await connectTo(server.url, {}, provider).models();
    expect(list.models).toEqual([
      { id: "m-1", source: "live", capabilities: {}, price: { ...price, source: "snapshot", date: "2026-10-01" } },
      { id: "m-2", source: "live", capabilities: {}, price: { ...price, input: 3 } },
    ]);
  });

  for (const [name, status, body] of [
    ["refused", 500, { error: { message: "down" } }],
    ["not a list", 200, { hello: 1 }],
  ] as const)
    it(`returns the catalogue with a note when the live list is ${name}`, async () => {
      await using server = await serve((response) => refuse(response, status, {}, body));
      const list = await connectTo(server.url, {}, withModels(server.origin)).models();
      expect(list.models.map((model) => model.id)).toEqual(["m-1", "m-old"]);
      expect(list).toMatchObject({ source: "snapshot", date: "2026-11-01" });
      expect(list.notes).toEqual([
        { kind: "warning", field: "models", message: expect.stringMatching(/^The live list failed \(sample: models: HTTP/) },
      ]);
    });

  it("returns the catalogue when the host cannot be reached, and when the vendor has no list", async () => {
    const origin = `http://127.0.0.1:${DEAD_PORT}`;
    expect((await connectTo(origin, {}, withModels(origin)).models()).notes[0]?.message).toContain("cannot reach");
    const listless = { ...withModels(origin), operations: sampleProvider.operations };
    expect((await connectTo(origin, {}, listless).models()).notes[0]?.message).toBe(
      "The vendor has no model list. This is the built-in list.",
    );
    expect(await connectTo(origin).models()).toMatchObject({ models: [], source: "none" });
  });

  it("throws for a wrong key instead of returning the catalogue", async () => {
    await using server = await serve((response) => refuse(response, 401));
    expect((await errorOf(connectTo(server.url, {}, withModels(server.origin)).models())).code).toBe("authentication");
  });

  it("returns another host's own list without the vendor's catalogue, and throws its failure", async () => {
    await using server = await serve((response, _seen, count) => refuse(response, count === 1 ? 200 : 500, {}, { data: [{ id: "m-1" }] }));
    const foreign = withModels("https://elsewhere.example");
    expect((await connectTo(server.url, {}, foreign).models()).models).toEqual([{ id: "m-1", source: "live" }]);
    expect((await errorOf(connectTo(server.url, {}, foreign).models())).code).toBe("server");
  });

  it("follows pages, and notes when there are too many", async () => {
    await using server = await serve((response, seen, count) => {
      const endless = seen.path.includes("endless");
      refuse(response, 200, {}, { data: [{ id: `m-${count}` }], ...(count < 3 || endless ? { next: `p${count + 1}` } : {}) });
    });
    const list = await connectTo(server.url, {}, withModels(server.origin)).models();
    expect(list.models.map((model) => model.id)).toEqual(["m-1", "m-2", "m-3"]);
    expect(server.seen.map((seen) => seen.path)).toEqual(["/v1/models", "/v1/models?after=p2", "/v1/models?after=p3"]);
    const endless = await connectTo(`${server.origin}/endless/v1`, {}, withModels(server.origin)).models();
    expect(endless.models).toHaveLength(50);
    expect(endless.notes[0]?.kind).toBe("cut");
  });

  it("returns the catalogue with a note without a key, and when the host has no list at that address", async () => {
    await using server = await serve((response) => refuse(response, 404));
    const provider = withModels(server.origin);
    const { models: found, notes } = await connectTo(server.url, {}, provider).models();
    expect(found.map((model) => model.id)).toEqual(["m-1", "m-old"]);
    expect(notes).toEqual([{ kind: "warning", field: "models", message: expect.stringContaining("HTTP 404") }]);
    const keyless = await connect(provider, { fetch: () => Promise.reject(new Error("asked")) }).models();
    expect(keyless.models.map((model) => model.id)).toEqual(["m-1", "m-old"]);
    expect(keyless.notes[0]?.message).toContain("no key was given");
  });

  const pagesOf: [string, (count: number) => { ids: string[]; next?: string }, string[], number][] = [
    ["one page for ever", () => ({ ids: ["m-1"], next: "same" }), ["m-1"], 2],
    ["one page for ever under new cursors", (count) => ({ ids: ["m-1"], next: `p${count}` }), ["m-1"], 2],
    ["two pages in turn", (count) => ({ ids: [`m-${count % 2}`], next: `p${count}` }), ["m-1", "m-0"], 3],
    [
      "pages that overlap",
      (count) => ({ ids: [`m-${count}`, `m-${count + 1}`], ...(count < 3 ? { next: `p${count}` } : {}) }),
      ["m-1", "m-2", "m-3", "m-4"],
      3,
    ],
    [
      "an empty page between others",
      (count) => ({ ids: count === 2 ? [] : [`m-${count}`], ...(count < 3 ? { next: `p${count}` } : {}) }),
      ["m-1", "m-3"],
      3,
    ],
  ];
  for (const [name, page, ids, requests] of pagesOf)
    it(`reads ${name} without a model twice, and ends`, async () => {
      await using server = await serve((response, _seen, count) => {
        const { ids: listed, next } = page(count);
        refuse(response, 200, {}, { data: listed.map((id, at) => ({ id, context: count * 10 + at })), next });
      });
      const list = await connectTo(server.url, {}, withModels("https://elsewhere.example")).models();
      expect(list.models.map((model) => model.id)).toEqual(ids);
      expect(server.seen).toHaveLength(requests);
    });

  it("ends at its timeout and on abort, and closes the socket", async () => {
    await using server = await serve(() => undefined);
    const connection = connectTo(server.url, {}, withModels("https://elsewhere.example"));
    expect((await errorOf(connection.models({ timeouts: { total: 40 } }))).code).toBe("timeout");
    await server.seen[0]?.closed;
    const control = new AbortController();
    const failed = errorOf(connectTo(server.url, {}, withModels(server.origin)).models({ signal: control.signal }));
    setTimeout(() => control.abort(), 30);
    expect((await failed).code).toBe("aborted");
    await server.seen[1]?.closed;
  });
});

describe("a live model list", () => {
  const live = (capabilities: Capabilities): Partial<Operations> => ({
    models: { ...models, parse: () => ({ value: [{ id: "m-1", source: "live", capabilities }] }) },
  });
  it("decides what supports() says and what the check before a request refuses, once it was read", async () => {
    await using server = await serve((response) => stream(response));
    const provider = withModels(server.origin, { operations: operationsWith(live({ tools: false, temperature: "unknown" })) });
    const connection = connectTo(server.url, {}, provider);
    const asked = { ...HI, tools: [{ name: "look" }], temperature: 9 };
    expect((await connection.supports("tools", "m-1")).support).toBe("yes");
    await connection.generate(asked);
    await connection.models();
    expect((await connection.supports("tools", "m-1")).support).toBe("no");
    expect((await connection.supports("temperature", "m-1")).value).toEqual([0, 2]);
    for (const work of [() => connection.generate(asked), () => connection.explain(asked)])
      expect(await errorOf(work())).toMatchObject({ code: "unsupported", field: "tools" });
    // Another model is not concerned.
    await connection.generate({ ...asked, model: "m-2" });
  });
});

describe("check()", () => {
  const verdicts: [string, number, Partial<KeyVerdict>][] = [
    ["a good key", 200, { key: "valid", usable: true }],
    ["a wrong key", 401, { key: "invalid", usable: false, reason: "sample: check: HTTP 401 no" }],
    ["a host that is down", 503, { key: "unknown", usable: "unknown" }],
    ["an endpoint that does not exist", 404, { key: "unknown", usable: "unknown" }],
  ];
  for (const [name, status, verdict] of verdicts)
    it(`returns ${JSON.stringify(verdict.key)} for ${name}`, async () => {
      await using server = await serve((response) => refuse(response, status));
      expect(await connectTo(server.url).check()).toMatchObject(verdict);
    });

  it("lets the provider interpret a refusal: a key without balance is valid", async () => {
    await using server = await serve((response) => refuse(response, 429));
    const poor: KeyVerdict = {
      key: "valid",
      usable: false,
      reason: "no balance",
      hint: "Is this the right endpoint for this key?",
      spent: "1 token",
    };
    const provider = {
      ...sampleProvider,
      operations: operationsWith({ check: { ...(await sampleProvider.operations()).check, parse: () => ({ value: poor }) } }),
    };
    expect(await connectTo(server.url, {}, provider).check()).toEqual(poor);
  });

  it("sends nothing without a key, and names the variable", async () => {
    const verdict = await connect(sampleProvider, { fetch: () => Promise.reject(new Error("asked")) }).check();
    expect(verdict).toMatchObject({
      key: "invalid",
      usable: false,
      reason: "no key was given",
      hint: expect.stringContaining("SAMPLE_API_KEY"),
    });
  });

  it('returns "unknown" when the host cannot be reached, and throws on abort', async () => {
    const url = `http://127.0.0.1:${DEAD_PORT}`;
    expect(await connectTo(url).check()).toMatchObject({
      key: "unknown",
      usable: "unknown",
      reason: expect.stringContaining("cannot reach"),
    });
    expect((await errorOf(connectTo(url).check({ signal: AbortSignal.abort() }))).code).toBe("aborted");
  });
});

describe("an operation that the provider does not have", () => {
  it("is an unsupported error that names the alternative", async () => {
    expect(await errorOf(connectTo("http://127.0.0.1:1").account())).toMatchObject({
      code: "unsupported",
      message: "sample: Sample has no API for the account's balance or limits",
    });
    expect(await errorOf(connectTo("http://127.0.0.1:1").countTokens(HI))).toMatchObject({
      code: "unsupported",
      hint: expect.stringContaining("explain().estimate"),
    });
    expect(await connectTo("http://127.0.0.1:1").probe()).toBeUndefined();
  });
});

describe("countTokens()", () => {
  const operations = operationsWith({
    countTokens: {
      origin: "base",
      request: ({ base, call }) => ({
        method: "POST",
        url: endpoint(base, "/count"),
        body: { model: call?.request.model, messages: call?.messages },
      }),
      parse: ({ json }) => ({ value: isObject(json) ? Number(json["tokens"]) : 0 }),
    },
  });
  it("receives the request as it would be sent", async () => {
    await using server = await serve((response) => refuse(response, 200, {}, { tokens: 12 }));
    expect(await connectTo(server.url, {}, { ...sampleProvider, operations }).countTokens(HI)).toBe(12);
    expect(JSON.parse(server.seen[0]?.body ?? "")).toEqual({ model: "m-1", messages: HI.messages });
  });
  it("refuses what is no request before anything is sent", async () => {
    await using server = await serve((response) => refuse(response, 200, {}, { tokens: 12 }));
    const connection = connectTo(server.url, {}, { ...sampleProvider, operations });
    for (const request of [undefined, null, "hi"]) {
      const error = await errorOf(connection.countTokens(request as unknown as ChatRequest));
      expect(error).toMatchObject({ code: "invalid-request", provider: "sample" });
    }
    expect(server.seen).toHaveLength(0);
  });
  it("ends with the signal and the timeout of the request, and options win over them", async () => {
    await using server = await serve(() => {});
    const connection = connectTo(server.url, {}, { ...sampleProvider, operations });
    expect(await errorOf(connection.countTokens({ ...HI, signal: AbortSignal.abort() }))).toMatchObject({ code: "aborted" });
    const timeouts = { total: 20 };
    expect(await errorOf(connection.countTokens({ ...HI, timeouts }))).toMatchObject({ code: "timeout" });
    const patient = { ...HI, timeouts: { total: Number.POSITIVE_INFINITY } };
    expect(await errorOf(connection.countTokens(patient, { timeouts }))).toMatchObject({ code: "timeout" });
  });
  it("takes options that nobody set for absent, in a call too", async () => {
    await using server = await serve(() => {});
    const connection = connectTo(server.url, { timeouts: { response: 20 } }, { ...sampleProvider, operations });
    // A caller without types passes on what it was given.
    const unset = { signal: undefined, timeouts: undefined } as unknown as OperationOptions;
    expect(await errorOf(connection.countTokens({ ...HI, timeouts: { total: 20 } }, unset))).toMatchObject({ code: "timeout" });
    const request = { ...HI, timeouts: { response: undefined } } as unknown as ChatRequest;
    expect(await errorOf(connection.generate(request))).toMatchObject({ code: "timeout" });
  });
});

describe("a probe", () => {
  const probing = (first: boolean): Provider<SampleSettings> => ({
    ...sampleProvider,
    probeFirst: () => first,
    route: (call) => ({ ...sampleProvider.route(call), capabilities: call.server?.server === "ollama" ? { logprobs: false } : {} }),
    operations: operationsWith({
      models,
      probe: {
        origin: "base",
        request: ({ base }) => ({ method: "GET", url: endpoint(base, "/version") }),
        parse: ({ status }) => (status === 200 ? { value: { server: "ollama", from: "/version" } } : undefined),
      },
    }),
  });
  it("runs once per connection, and its result reaches the route, supports() and explain()", async () => {
    await using server = await serve((response, seen) => (seen.path === "/v1/version" ? refuse(response, 200) : stream(response)));
    const connection = connectTo(server.url, {}, probing(true));
    await Promise.all([connection.generate(HI), connection.generate(HI)]);
    expect((await connection.explain(HI)).server).toMatchObject({ server: "ollama" });
    expect((await connection.supports("logprobs", "m-1")).support).toBe("no");
    expect(server.seen.filter((seen) => seen.path === "/v1/version")).toHaveLength(1);
  });
  it("is repeated by the next call while the server is down, and not after the server has refused it", async () => {
    const probes = async (status: number): Promise<number> => {
      let up = false;
      await using server = await serve((response, seen) => {
        if (seen.path !== "/v1/version") return stream(response);
        if (status === 0 && !up) return seen.socket.destroy();
        refuse(response, status === 0 ? 200 : status);
      });
      const connection = connectTo(server.url, {}, probing(true));
      await connection.generate(HI);
      up = true;
      await connection.generate(HI);
      if (status !== 404) expect((await connection.supports("logprobs", "m-1")).support).toBe(status === 0 ? "no" : "unknown");
      await connection.generate(HI);
      return server.seen.filter((seen) => seen.path === "/v1/version").length;
    };
    expect(await probes(0)).toBe(2);
    expect(await probes(404)).toBe(1);
    expect(await probes(503)).toBe(4);
  });
  it("is not run by explain(), which sends nothing", async () => {
    const fetch = (): Promise<Response> => Promise.reject(new Error("it was sent"));
    const { server } = await connectTo("http://127.0.0.1:1", { fetch, observe: () => expect.unreachable() }, probing(true)).explain(HI);
    expect(server).toBeUndefined();
  });
  it("that fails does not fail the call, and without probeFirst it does not run", async () => {
    await using server = await serve((response, seen) => (seen.path === "/v1/version" ? refuse(response, 500) : stream(response)));
    expect((await connectTo(server.url, {}, probing(true)).generate(HI)).text).toBe("hello");
    await connectTo(server.url, {}, probing(false)).generate(HI);
    expect(server.seen.map((seen) => seen.path)).toEqual(["/v1/version", "/v1/talk", "/v1/talk"]);
  });
});
