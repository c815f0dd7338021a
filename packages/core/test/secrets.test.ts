import { inspect } from "node:util";
import { afterEach, describe, expect, it, vi } from "vitest";
import { connect, isLumiverseError, type Observation, type Provider } from "../src/index.ts";
import { cleanKey, createScrub, maskKeys } from "../src/secrets.ts";
import { collect, failing, HI, KEY, to } from "./ask.ts";
import { refuse, serve, sse, stream } from "./server.ts";
import { type StrangerSettings, stranger, strangerWith } from "./stranger.ts";

/** All that a log could print of something, causes and hidden fields included. */
function everything(value: unknown): string {
  const stacks: string[] = [];
  for (let at = value; at instanceof Error; at = at.cause) stacks.push(at.stack ?? "");
  return [inspect(value, { depth: 20, showHidden: true, maxStringLength: null }), JSON.stringify(value), String(value), ...stacks].join(
    "\n",
  );
}

describe("a planted key", () => {
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
      "a page that quotes it",
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
    it(`is nowhere in the error of ${name}, nor in what was observed`, async () => {
      await using server = await serve(handler);
      const observed: Observation[] = [];
      const connection = to(server.url, { retry: { attempts: 1 }, observe: (one) => void observed.push(one) });
      const errors = [await failing(connection.stream(HI).response()), await failing(connection.models().then(() => connection.account()))];
      expect(server.seen[0]?.headers.authorization).toBe(`Bearer ${KEY}`);
      for (const error of errors) {
        expect(error.toJSON()).not.toHaveProperty("cause");
        expect(everything(error)).not.toContain(KEY);
      }
      expect(everything(observed)).not.toContain(KEY);
      expect(everything(await connection.check())).not.toContain(KEY);
    });

  it("is nowhere in an answer's notes, attempts, request id and transport", async () => {
    await using server = await serve((response, _seen, count) => {
      if (count === 1) return refuse(response, 503, { "retry-after-ms": "1" }, { error: { message: echo } });
      response.setHeader("x-request-id", `r-${KEY}`);
      stream(response);
    });
    const response = await to(`${server.url}?trace=${KEY}`).generate(HI);
    expect(response.attempts[0]?.message).toContain("[key]");
    expect(everything(response)).not.toContain(KEY);
  });

  it("is masked by explain, whichever way it was given", async () => {
    const ways = [
      to("http://127.0.0.1:1"),
      to("http://127.0.0.1:1", { apiKey: undefined as never, headers: { Authorization: `Bearer ${KEY}` } }),
      to(`http://127.0.0.1:1/v1?api-key=${KEY}`, { apiKey: undefined as never }),
      to("http://127.0.0.1:1", { headers: { "X-Gateway-Token": KEY, "x-trace": `for ${KEY}` } }),
    ];
    for (const connection of ways) expect(everything(await connection.explain(HI))).not.toContain(KEY);
    expect((await to("http://127.0.0.1:1").explain(HI)).headers).toMatchObject({ authorization: "Bearer (key)" });
  });

  it("in a header that fetch refuses is not quoted by the error, nor by its cause", async () => {
    const connection = to("http://127.0.0.1:1", { retry: false, headers: { "x-api-key": `${KEY}\nsecond line` } });
    expect(everything(await failing(connection.generate(HI)))).not.toContain(KEY);
  });

  it("pasted as a base URL is not quoted", async () => {
    const error = await failing(() => to(`${KEY}: not a url`));
    expect(error).toMatchObject({ code: "configuration", field: "baseURL" });
    expect(everything(error)).not.toContain(KEY);
    expect(everything(await failing(() => to(`https://me:${KEY}@host.example/v1`)))).not.toContain(KEY);
  });

  it("of somebody else, seen by its shape in the vendor's words, is masked too", async () => {
    await using server = await serve((response) =>
      refuse(response, 401, {}, { error: { message: "Incorrect API key: sk-abcd1234****efgh5678." } }),
    );
    expect((await failing(to(server.url).generate(HI))).message).toBe("stranger: Incorrect API key: [key]");
    expect(maskKeys("the task-list of asking-for-more-tokens")).toBe("the task-list of asking-for-more-tokens");
  });
});

it("a secret is taken out of a text in each spelling of a URL and of JSON; a short one is no secret", () => {
  const { scrub, add } = createScrub();
  for (const secret of ["a+b/c==d", 'quote"d-key', "abc", undefined]) add(secret);
  expect(scrub('a+b/c==d a%2Bb%2Fc%3D%3Dd quote"d-key {"k":"quote\\"d-key"} abc')).toBe('[key] [key] [key] {"k":"[key]"} abc');
});

describe("a key as pasted", () => {
  for (const pasted of [KEY, ` ${KEY}\n`, `"${KEY}"`, `'${KEY}'`, `Bearer ${KEY}`, `"bearer ${KEY}"`, `\t\`${KEY}\` `])
    it(`is cleaned: ${JSON.stringify(pasted).replace(KEY, "…")}`, () => expect(cleanKey(pasted, "api-key", "stranger")).toBe(KEY));
  for (const odd of ["two words", "line\nbreak", "smart”quote", "nul\0"])
    it(`is refused without showing it where no header can carry it: ${JSON.stringify(odd)}`, async () => {
      const error = await failing(() => to("http://127.0.0.1:1", { apiKey: `${KEY} ${odd}` }));
      expect(error).toMatchObject({ code: "configuration", field: "apiKey" });
      expect(everything(error)).not.toContain(KEY);
    });
  it("that is blank is none", () => {
    for (const blank of ["", "  ", '""', "Bearer "]) expect(cleanKey(blank, "api-key", "stranger")).toBeUndefined();
  });
  it("of a service account is left as it is", () => expect(cleanKey(' {"a": "b c"} ', "service-account", "s")).toBe('{"a": "b c"}'));
});

describe("a key belongs to its origin", () => {
  afterEach(() => vi.unstubAllEnvs());

  it("from the environment goes to the vendor's own origins, and to no other", async () => {
    vi.stubEnv("STRANGER_API_KEY", KEY);
    const asked: [string, string | null][] = [];
    const fake: typeof fetch = async (input, init) => {
      asked.push([String(input), new Headers(init?.headers).get("authorization")]);
      return new Response(sse({ say: "hi" }, { stop: "end" }, "[DONE]"));
    };
    for (const baseURL of [
      undefined,
      "https://eu.stranger.example/v1",
      "https://proxy.example/v1",
      "http://api.stranger.example/v1",
      "https://api.stranger.example:8443/v1",
    ])
      await connect(stranger, { fetch: fake, ...(baseURL === undefined ? {} : { baseURL }) }).generate(HI);
    expect(asked).toEqual([
      ["https://api.stranger.example/v1/talk", `Bearer ${KEY}`],
      ["https://eu.stranger.example/v1/talk", `Bearer ${KEY}`],
      ["https://proxy.example/v1/talk", null],
      ["http://api.stranger.example/v1/talk", null],
      ["https://api.stranger.example:8443/v1/talk", null],
    ]);
  });

  it("that a foreign host wants is asked for by name, and the environment's stays at home", async () => {
    vi.stubEnv("STRANGER_API_KEY", KEY);
    await using server = await serve((response) => refuse(response, 401));
    const error = await failing(connect(stranger, { baseURL: server.url }).generate(HI));
    expect(error.code).toBe("authentication");
    expect(error.hint).toBe(
      `No key was sent. Pass apiKey: the key in STRANGER_API_KEY belongs to the vendor and is not sent to ${new URL(server.url).host}`,
    );
  });

  it("that is missing is named with its variable and its page, before anything leaves", async () => {
    vi.stubEnv("STRANGER_API_KEY", "");
    const never: typeof fetch = () => Promise.reject(new Error("it was sent"));
    const error = await failing(connect(stranger, { fetch: never }).generate(HI));
    expect(error).toMatchObject({
      code: "authentication",
      field: "apiKey",
      message: "stranger: no key was given",
      attempts: [],
      hint: "Set apiKey, or the environment variable STRANGER_API_KEY (get one at https://stranger.example/keys)",
    });
  });

  it("goes to no host of which the route says never", async () => {
    await using server = await serve((response) => stream(response));
    await to(server.url, {}, strangerWith({ credential: "never" })).generate(HI);
    expect(server.seen[0]?.headers.authorization).toBeUndefined();
  });

  it("gives way to the caller's own credential, but not to other secrets beside it", async () => {
    await using server = await serve((response) => stream(response));
    const other = "Bearer other-credential";
    await to(server.url, { headers: { Authorization: other } }).generate(HI);
    await to(server.url).generate({ ...HI, headers: { authorization: other } });
    await to(server.url, { headers: { "cf-gateway-authorization": other, cookie: "a=b", "x-session-token": "t-12345" } }).generate(HI);
    const xKey = strangerWith({}, { credential: { kind: "api-key", required: true, env: "E", header: "x-api-key" } });
    await to(server.url, { headers: { "X-Api-Key": "given-by-hand" } }, xKey).generate(HI);
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual([other, other, `Bearer ${KEY}`, undefined]);
    expect(server.seen[2]?.headers).toMatchObject({ "cf-gateway-authorization": other, cookie: "a=b" });
    expect(server.seen[3]?.headers["x-api-key"]).toBe("given-by-hand");
    // Explain says the same.
    expect((await to(server.url, { headers: { "x-session-token": "t-12345" } }).explain(HI)).headers["authorization"]).toBe("Bearer (key)");
    expect((await to(server.url, { headers: { authorization: other } }).explain(HI)).headers["authorization"]).toBe("(given in headers)");
  });
});

describe("operations of the vendor's own host", () => {
  const withAccount = (origin: "base" | "vendor", url?: string): Provider<StrangerSettings> => ({
    ...stranger,
    operations: {
      ...stranger.operations,
      account: {
        origin,
        request: ({ base }) => ({ method: "GET", url: new URL(url ?? `${base.href}/credits`) }),
        parse: ({ json }) => ({ value: { summary: JSON.stringify(json) } }),
      },
    },
  });
  it("are not asked while the base URL points elsewhere: the key in hand belongs there", async () => {
    await using vendor = await serve((response) => refuse(response, 200));
    await using proxy = await serve((response) => refuse(response, 200));
    const error = await failing(to(proxy.url, {}, withAccount("vendor", vendor.url)).account());
    expect(error.code).toBe("unsupported");
    // Not even at the vendor's own address, to which the proxy's key would go.
    const home = withAccount("vendor", "https://api.stranger.example/v1/credits");
    const asked: string[] = [];
    const fetch = (input: string | URL | Request): Promise<Response> => Promise.resolve(Response.json({ at: asked.push(String(input)) }));
    expect((await failing(to(proxy.url, { fetch }, home).account())).message).toContain("would send the key for");
    expect([vendor.seen, proxy.seen, asked]).toEqual([[], [], []]);
    expect((await to(proxy.url, {}, withAccount("base")).account()).summary).toContain("error");
    // One of the vendor's own addresses is no foreign one.
    await to(proxy.url, {}, { ...withAccount("vendor", vendor.url), origins: [proxy.origin] }).account();
    expect(vendor.seen).toHaveLength(1);
  });
});

it("no event of a stream holds the key of its request", async () => {
  await using server = await serve((response) => stream(response));
  expect(everything(await collect(to(server.url).stream(HI)))).not.toContain(KEY);
  expect(isLumiverseError(new Error("no"))).toBe(false);
});
