import { afterEach, describe, expect, it, vi } from "vitest";
import { connect, isLumiverseError, type Observation, type Provider } from "../../src/index.ts";
import { collect, connectTo, errorOf, HI, KEY } from "../support/calls.ts";
import { everything } from "../support/everything.ts";
import { type SampleSettings, sampleProvider, sampleProviderWith } from "../support/sample-provider.ts";
import { refuse, serve, sse, stream } from "../support/server.ts";

describe("a secret key", () => {
  const echo = `key ${KEY} and ${encodeURIComponent(KEY)} is not valid`;
  const answers: [string, Parameters<typeof serve>[0]][] = [
    [
      "a refusal that quotes it",
      (response) => refuse(response, 401, { "x-request-id": `r-${KEY}` }, { error: { message: echo, code: KEY } }),
    ],
    [
      "an error in mid-stream that quotes it",
      (response) => stream(response, sse({ say: "half" }, { error: { message: echo, code: KEY } })),
    ],
    [
      "an HTML page that quotes it",
      (response) => {
        response.writeHead(500);
        response.end(`<html>${echo}`);
      },
    ],
    [
      "text that quotes it",
      (response) => {
        response.writeHead(200);
        response.end(echo);
      },
    ],
    [
      "a redirect that quotes it",
      (response) => {
        response.writeHead(307, { location: `https://elsewhere.example/?key=${KEY}` });
        response.end();
      },
    ],
    ["a reset", (_response, seen) => seen.socket.resetAndDestroy()],
  ];
  for (const [name, handler] of answers)
    it(`appears neither in the error of ${name} nor in observations`, async () => {
      await using server = await serve(handler);
      const observed: Observation[] = [];
      const connection = connectTo(server.url, { retry: { attempts: 1 }, observe: (one) => void observed.push(one) });
      const errors = [await errorOf(connection.stream(HI).response()), await errorOf(connection.models().then(() => connection.account()))];
      expect(server.seen[0]?.headers.authorization).toBe(`Bearer ${KEY}`);
      for (const error of errors) {
        expect(error.toJSON()).not.toHaveProperty("cause");
        expect(everything(error)).not.toContain(KEY);
      }
      expect(everything(observed)).not.toContain(KEY);
      expect(everything(await connection.check())).not.toContain(KEY);
    });

  it("does not appear in an answer's notes, attempts, request id and transport", async () => {
    await using server = await serve((response, _seen, count) => {
      if (count === 1) return refuse(response, 503, { "retry-after-ms": "1" }, { error: { message: echo } });
      response.setHeader("x-request-id", `r-${KEY}`);
      stream(response);
    });
    const response = await connectTo(`${server.url}?trace=${KEY}`).generate(HI);
    expect(response.attempts[0]?.message).toContain("[key]");
    expect(everything(response)).not.toContain(KEY);
  });

  it("is masked by explain(), however it was given", async () => {
    const ways = [
      connectTo("http://127.0.0.1:1"),
      connectTo("http://127.0.0.1:1", { apiKey: undefined as never, headers: { Authorization: `Bearer ${KEY}` } }),
      connectTo(`http://127.0.0.1:1/v1?api-key=${KEY}`, { apiKey: undefined as never }),
      connectTo("http://127.0.0.1:1", { headers: { "X-Gateway-Token": KEY, "x-trace": `for ${KEY}` } }),
    ];
    for (const connection of ways) expect(everything(await connection.explain(HI))).not.toContain(KEY);
    expect((await connectTo("http://127.0.0.1:1").explain(HI)).headers).toMatchObject({ authorization: "Bearer (key)" });
  });

  it("is quoted neither by the error nor by its cause when fetch refuses its header", async () => {
    const connection = connectTo("http://127.0.0.1:1", { retry: false, headers: { "x-api-key": `${KEY}\nsecond line` } });
    expect(everything(await errorOf(connection.generate(HI)))).not.toContain(KEY);
  });

  it("is not quoted when it was pasted as a base URL", async () => {
    const error = await errorOf(() => connectTo(`${KEY}: not a url`));
    expect(error).toMatchObject({ code: "configuration", field: "baseURL" });
    expect(everything(error)).not.toContain(KEY);
    expect(everything(await errorOf(() => connectTo(`https://me:${KEY}@host.example/v1`)))).not.toContain(KEY);
  });

  it("of another account is masked by its shape when the vendor quotes it", async () => {
    await using server = await serve((response) =>
      refuse(response, 401, {}, { error: { message: "Incorrect API key: sk-abcd1234****efgh5678." } }),
    );
    expect((await errorOf(connectTo(server.url).generate(HI))).message).toBe("sample: Incorrect API key: [key]");
  });
});

describe("a key", () => {
  afterEach(() => vi.unstubAllEnvs());

  it("from the environment is sent to the vendor's own origins and to no other", async () => {
    vi.stubEnv("SAMPLE_API_KEY", KEY);
    const asked: [string, string | null][] = [];
    const fake: typeof fetch = async (input, init) => {
      asked.push([String(input), new Headers(init?.headers).get("authorization")]);
      return new Response(sse({ say: "hi" }, { stop: "end" }, "[DONE]"));
    };
    for (const baseURL of [
      undefined,
      "https://eu.sample.example/v1",
      "https://proxy.example/v1",
      "http://api.sample.example/v1",
      "https://api.sample.example:8443/v1",
    ])
      await connect(sampleProvider, { fetch: fake, allowHttp: true, ...(baseURL === undefined ? {} : { baseURL }) }).generate(HI);
    expect(asked).toEqual([
      ["https://api.sample.example/v1/talk", `Bearer ${KEY}`],
      ["https://eu.sample.example/v1/talk", `Bearer ${KEY}`],
      ["https://proxy.example/v1/talk", null],
      ["http://api.sample.example/v1/talk", null],
      ["https://api.sample.example:8443/v1/talk", null],
    ]);
  });

  it("from the environment is not sent to another host, and the error's hint says so", async () => {
    vi.stubEnv("SAMPLE_API_KEY", KEY);
    await using server = await serve((response) => refuse(response, 401));
    const error = await errorOf(connect(sampleProvider, { baseURL: server.url }).generate(HI));
    expect(error.code).toBe("authentication");
    expect(error.hint).toBe(
      `No key was sent. Pass apiKey: the key in SAMPLE_API_KEY belongs to the vendor and is not sent to ${new URL(server.url).host}`,
    );
  });

  it("that is missing is an error that names the variable and the page, before anything is sent", async () => {
    vi.stubEnv("SAMPLE_API_KEY", "");
    const never: typeof fetch = () => Promise.reject(new Error("it was sent"));
    const error = await errorOf(connect(sampleProvider, { fetch: never }).generate(HI));
    expect(error).toMatchObject({
      code: "authentication",
      field: "apiKey",
      message: "sample: no key was given",
      attempts: [],
      hint: "Set apiKey or the environment variable SAMPLE_API_KEY (create one at https://sample.example/keys)",
    });
  });

  it('is not sent where the route says credential: "never"', async () => {
    await using server = await serve((response) => stream(response));
    await connectTo(server.url, {}, sampleProviderWith({ credential: "never" })).generate(HI);
    expect(server.seen[0]?.headers.authorization).toBeUndefined();
  });

  it("is replaced by the caller's own credential header, but not by other secret headers", async () => {
    await using server = await serve((response) => stream(response));
    const other = "Bearer other-credential";
    await connectTo(server.url, { headers: { Authorization: other } }).generate(HI);
    await connectTo(server.url).generate({ ...HI, headers: { authorization: other } });
    await connectTo(server.url, { headers: { "cf-gateway-authorization": other, cookie: "a=b", "x-session-token": "t-12345" } }).generate(
      HI,
    );
    const xKey = sampleProviderWith({}, { credential: { kind: "api-key", required: true, env: "E", header: "x-api-key" } });
    await connectTo(server.url, { headers: { "X-Api-Key": "given-by-hand" } }, xKey).generate(HI);
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual([other, other, `Bearer ${KEY}`, undefined]);
    expect(server.seen[2]?.headers).toMatchObject({ "cf-gateway-authorization": other, cookie: "a=b" });
    expect(server.seen[3]?.headers["x-api-key"]).toBe("given-by-hand");
    // explain() shows the same.
    expect((await connectTo(server.url, { headers: { "x-session-token": "t-12345" } }).explain(HI)).headers["authorization"]).toBe(
      "Bearer (key)",
    );
    expect((await connectTo(server.url, { headers: { authorization: other } }).explain(HI)).headers["authorization"]).toBe(
      "(given in headers)",
    );
  });
});

describe("operations at the vendor's own host", () => {
  const withAccount = (origin: "base" | "vendor", url?: string): Provider<SampleSettings> => ({
    ...sampleProvider,
    operations: async () => ({
      ...(await sampleProvider.operations()),
      account: {
        origin,
        request: ({ base }) => ({ method: "GET", url: new URL(url ?? `${base.href}/credits`) }),
        parse: ({ json }) => ({ value: { summary: JSON.stringify(json) } }),
      },
    }),
  });
  it("are refused while the base URL points elsewhere, because the key belongs to that host", async () => {
    await using vendor = await serve((response) => refuse(response, 200));
    await using proxy = await serve((response) => refuse(response, 200));
    const error = await errorOf(connectTo(proxy.url, {}, withAccount("vendor", vendor.url)).account());
    expect(error.code).toBe("unsupported");
    // The vendor's own host is not asked either, because it would receive the proxy's key.
    const home = withAccount("vendor", "https://api.sample.example/v1/credits");
    const asked: string[] = [];
    const fetch = (input: string | URL | Request): Promise<Response> => Promise.resolve(Response.json({ at: asked.push(String(input)) }));
    expect((await errorOf(connectTo(proxy.url, { fetch }, home).account())).message).toContain(
      "it is not asked, because the key belongs to",
    );
    expect([vendor.seen, proxy.seen, asked]).toEqual([[], [], []]);
    expect((await connectTo(proxy.url, {}, withAccount("base")).account()).summary).toContain("error");
    // Another origin of the vendor counts as its own.
    await connectTo(proxy.url, {}, { ...withAccount("vendor", vendor.url), origins: [proxy.origin] }).account();
    expect(vendor.seen).toHaveLength(1);
  });
});

it("no event of a stream contains the key", async () => {
  await using server = await serve((response) => stream(response));
  expect(everything(await collect(connectTo(server.url).stream(HI)))).not.toContain(KEY);
  expect(isLumiverseError(new Error("no"))).toBe(false);
});
