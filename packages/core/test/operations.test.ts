import { describe, expect, it } from "vitest";
import {
  type Catalogue,
  connect,
  endpoint,
  isObject,
  type KeyVerdict,
  type ModelInfo,
  type Operations,
  type Provider,
} from "../src/index.ts";
import { failing, HI, KEY, to } from "./ask.ts";
import { deadPort, refuse, serve, stream } from "./server.ts";
import { type StrangerSettings, stranger } from "./stranger.ts";

const catalogue: Catalogue = {
  date: "2026-11-01",
  source: "snapshot",
  models: [
    {
      id: "m-1",
      name: "M One",
      contextTokens: 1000,
      aliases: ["m-latest"],
      takes: { tools: true, temperature: [0, 2] },
      source: "snapshot",
    },
    { id: "m-old", source: "snapshot" },
  ],
};
const models: NonNullable<Operations["models"]> = {
  origin: "base",
  request: ({ base }, page) => ({
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
function withModels(origin: string, more: Partial<Provider<StrangerSettings>> = {}): Provider<StrangerSettings> {
  return { ...stranger, origins: [origin], catalogue: async () => catalogue, operations: { ...stranger.operations, models }, ...more };
}

describe("models()", () => {
  it("is the live list over the catalogue: what is live wins, the catalogue fills in the rest, what is gone is gone", async () => {
    await using server = await serve((response) =>
      refuse(response, 200, {}, { data: [{ id: "m-1", context: 2000 }, { id: "m-latest" }, { id: "m-new" }] }),
    );
    const list = await to(server.url, {}, withModels(server.origin)).models();
    expect(list.notes).toEqual([]);
    expect([...list]).toEqual([
      { id: "m-1", name: "M One", contextTokens: 2000, aliases: ["m-latest"], takes: { tools: true, temperature: [0, 2] }, source: "live" },
      {
        id: "m-latest",
        name: "M One",
        contextTokens: 1000,
        aliases: ["m-latest"],
        takes: { tools: true, temperature: [0, 2] },
        source: "live",
      },
      { id: "m-new", source: "live" },
    ]);
    expect(server.seen[0]?.headers.authorization).toBe(`Bearer ${KEY}`);
  });

  for (const [name, status, body] of [
    ["refused", 500, { error: { message: "down" } }],
    ["no list", 200, { hello: 1 }],
  ] as const)
    it(`that is ${name} falls back to the catalogue, with a note`, async () => {
      await using server = await serve((response) => refuse(response, status, {}, body));
      const list = await to(server.url, {}, withModels(server.origin)).models();
      expect(list.map((model) => model.id)).toEqual(["m-1", "m-old"]);
      expect(list.notes).toEqual([
        { kind: "warning", field: "models", message: expect.stringMatching(/^the live list failed \(stranger: models: HTTP/) },
      ]);
    });

  it("falls back where nobody answers, and where the vendor has no list", async () => {
    const origin = `http://127.0.0.1:${await deadPort()}`;
    expect((await to(origin, {}, withModels(origin)).models()).notes[0]?.message).toContain("can't reach");
    const listless = { ...withModels(origin), operations: stranger.operations };
    expect((await to(origin, {}, listless).models()).notes[0]?.message).toBe("the vendor has no model list: this is the built-in one");
  });

  it("does not hide a wrong key behind the catalogue", async () => {
    await using server = await serve((response) => refuse(response, 401));
    expect((await failing(to(server.url, {}, withModels(server.origin)).models())).code).toBe("authentication");
  });

  it("of a foreign host is its own list: the vendor's catalogue is not mixed in, and a failure is a failure", async () => {
    await using server = await serve((response, _seen, count) => refuse(response, count === 1 ? 200 : 500, {}, { data: [{ id: "m-1" }] }));
    const foreign = withModels("https://elsewhere.example");
    expect([...(await to(server.url, {}, foreign).models())]).toEqual([{ id: "m-1", source: "live" }]);
    expect((await failing(to(server.url, {}, foreign).models())).code).toBe("server");
  });

  it("follows pages, and says so where there are too many", async () => {
    await using server = await serve((response, seen, count) => {
      const endless = seen.path.includes("endless");
      refuse(response, 200, {}, { data: [{ id: `m-${count}` }], ...(count < 3 || endless ? { next: `p${count + 1}` } : {}) });
    });
    const list = await to(server.url, {}, withModels(server.origin)).models();
    expect(list.map((model) => model.id)).toEqual(["m-1", "m-2", "m-3"]);
    expect(server.seen.map((seen) => seen.path)).toEqual(["/v1/models", "/v1/models?after=p2", "/v1/models?after=p3"]);
    const endless = await to(`${server.origin}/endless/v1`, {}, withModels(server.origin)).models();
    expect(endless).toHaveLength(50);
    expect(endless.notes[0]?.kind).toBe("cut");
  });

  it("ends with its time and with its signal, and closes the socket", async () => {
    await using server = await serve(() => undefined);
    const connection = to(server.url, {}, withModels("https://elsewhere.example"));
    expect((await failing(connection.models({ timeouts: { total: 40 } }))).code).toBe("timeout");
    await server.seen[0]?.closed;
    const control = new AbortController();
    const failed = failing(to(server.url, {}, withModels(server.origin)).models({ signal: control.signal }));
    setTimeout(() => control.abort(), 30);
    expect((await failed).code).toBe("aborted");
    await server.seen[1]?.closed;
  });
});

describe("check()", () => {
  const verdicts: [string, number, Partial<KeyVerdict>][] = [
    ["a good key", 200, { key: "valid", usable: true }],
    ["a wrong key", 401, { key: "invalid", usable: false, reason: "stranger: check: HTTP 401 no" }],
    ["a host that is down", 503, { key: "unknown", usable: "unknown" }],
    ["a page that is not there", 404, { key: "unknown", usable: "unknown" }],
  ];
  for (const [name, status, verdict] of verdicts)
    it(`of ${name} says ${JSON.stringify(verdict.key)}`, async () => {
      await using server = await serve((response) => refuse(response, status));
      expect(await to(server.url).check()).toMatchObject(verdict);
    });

  it("leaves the reading of a refusal to the provider: a key without money is valid", async () => {
    await using server = await serve((response) => refuse(response, 429));
    const poor: KeyVerdict = {
      key: "valid",
      usable: false,
      reason: "no balance",
      hint: "Is this the right endpoint for this key?",
      spent: "1 token",
    };
    const provider = { ...stranger, operations: { check: { ...stranger.operations.check, parse: () => ({ value: poor }) } } };
    expect(await to(server.url, {}, provider).check()).toEqual(poor);
  });

  it("without a key asks nobody, and names the variable", async () => {
    const verdict = await connect(stranger, { fetch: () => Promise.reject(new Error("asked")) }).check();
    expect(verdict).toMatchObject({
      key: "invalid",
      usable: false,
      reason: "no key was given",
      hint: expect.stringContaining("STRANGER_API_KEY"),
    });
  });

  it("of nobody at the other end is unknown, and an abort is no verdict", async () => {
    const url = `http://127.0.0.1:${await deadPort()}`;
    expect(await to(url).check()).toMatchObject({ key: "unknown", usable: "unknown", reason: expect.stringContaining("can't reach") });
    expect((await failing(to(url).check({ signal: AbortSignal.abort() }))).code).toBe("aborted");
  });
});

describe("what a provider does not have", () => {
  it("is unsupported, and the error says what would do instead", async () => {
    expect(await failing(to("http://127.0.0.1:1").account())).toMatchObject({
      code: "unsupported",
      message: "stranger tells nothing of the account",
    });
    expect(await failing(to("http://127.0.0.1:1").countTokens(HI))).toMatchObject({
      code: "unsupported",
      hint: expect.stringContaining("explain().estimate"),
    });
    expect(await to("http://127.0.0.1:1").probe()).toBeUndefined();
  });
});

describe("countTokens()", () => {
  it("sees the request as it would be sent", async () => {
    await using server = await serve((response) => refuse(response, 200, {}, { tokens: 12 }));
    const operations: Operations<StrangerSettings> = {
      ...stranger.operations,
      countTokens: {
        origin: "base",
        request: ({ base, call }) => ({
          method: "POST",
          url: endpoint(base, "/count"),
          body: { model: call?.request.model, messages: call?.messages },
        }),
        parse: ({ json }) => ({ value: isObject(json) ? Number(json["tokens"]) : 0 }),
      },
    };
    expect(await to(server.url, {}, { ...stranger, operations }).countTokens(HI)).toBe(12);
    expect(JSON.parse(server.seen[0]?.body ?? "")).toEqual({ model: "m-1", messages: HI.messages });
  });
});

describe("a probe", () => {
  const probing = (wanted: boolean): Provider<StrangerSettings> => ({
    ...stranger,
    route: (call) => ({ ...stranger.route(call), takes: call.facts?.server === "ollama" ? { logprobs: false } : {} }),
    operations: {
      ...stranger.operations,
      models,
      probe: {
        origin: "base",
        wanted: () => wanted,
        request: ({ base }) => ({ method: "GET", url: endpoint(base, "/version") }),
        parse: ({ status }) => (status === 200 ? { value: { server: "ollama", from: "/version" } } : undefined),
      },
    },
  });
  it("runs once for a connection, and its facts reach the route, supports() and explain()", async () => {
    await using server = await serve((response, seen) => (seen.path === "/v1/version" ? refuse(response, 200) : stream(response)));
    const connection = to(server.url, {}, probing(true));
    await Promise.all([connection.generate(HI), connection.generate(HI)]);
    expect((await connection.explain(HI)).facts).toMatchObject({ server: "ollama" });
    expect((await connection.supports("logprobs", "m-1")).support).toBe("no");
    expect(server.seen.filter((seen) => seen.path === "/v1/version")).toHaveLength(1);
  });
  it("that finds nothing hurts nobody, and one that is not wanted does not run", async () => {
    await using server = await serve((response, seen) => (seen.path === "/v1/version" ? refuse(response, 500) : stream(response)));
    expect((await to(server.url, {}, probing(true)).generate(HI)).text).toBe("hello");
    await to(server.url, {}, probing(false)).generate(HI);
    expect(server.seen.map((seen) => seen.path)).toEqual(["/v1/version", "/v1/talk", "/v1/talk"]);
  });
});
