import { describe, expect, it } from "vitest";
import { createRedactor, headerSecrets, keySecrets, maskKeys } from "../../src/http/secrets.ts";
import { type ConnectOptions, LumiverseError, type Observation } from "../../src/index.ts";
import { endpoint, isObject, type Protocol } from "../../src/provider.ts";
import { connectTo, errorOf, HI } from "../support/calls.ts";
import { everything } from "../support/everything.ts";
import { type SampleSettings, sampleProtocol, sampleProvider, sampleProviderWith } from "../support/sample-provider.ts";
import { refuse, serve, sse, stream } from "../support/server.ts";

/** A secret with every character that an encoding changes. */
const ODD = `a+b/c==d&"x'-9_z`;
const bytes = (form: (code: number) => string): string => [...ODD].map((one) => form(one.charCodeAt(0))).join("");

describe("a secret is recognised", () => {
  const { redact, addSecret } = createRedactor();
  addSecret(ODD);
  const url = encodeURIComponent(ODD);
  for (const [how, text] of [
    ["as it is", ODD],
    ["in a URL", url],
    ["in a URL with small hexadecimal digits", url.toLowerCase()],
    ["in a URL in a URL", encodeURIComponent(url)],
    ["with every byte in percent form", bytes((code) => `%${code.toString(16)}`)],
    ["in JSON", JSON.stringify(ODD).slice(1, -1)],
    ["in JSON in JSON", JSON.stringify(JSON.stringify(ODD)).slice(3, -3)],
    ["with JSON escapes of every character", bytes((code) => `\\u00${code.toString(16).toUpperCase()}`)],
    ["in HTML", ODD.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("'", "&#39;").replaceAll("/", "&#x2F;")],
    [
      "in HTML as another library writes it",
      ODD.replaceAll("&", "&#38;").replaceAll('"', "&#34;").replaceAll("+", "&#43;").replaceAll("=", "&#x3D;"),
    ],
    ["in HTML with a number for every character", bytes((code) => `&#${code};`)],
    ["in capital letters", ODD.toUpperCase()],
    ["in capital letters in a URL", encodeURIComponent(ODD.toUpperCase())],
  ] as const)
    it(how, () => expect(redact(`<${text}>`)).toBe("<[key]>"));
  for (const before of ["", "a", "ab", "Bearer ", "user:", '{"key":"'])
    it(`in the base64 of ${JSON.stringify(before)} and itself`, () => {
      for (const after of ["", "x", "xy"]) {
        const clean = redact(btoa(before + ODD + after));
        expect(clean).toContain("[key]");
        expect(clean.replace("[key]", "").length).toBeLessThanOrEqual(btoa(before).length + 4);
      }
    });
  it("in small letters and in capital letters, unless it could be a word", () => {
    const own = createRedactor();
    for (const secret of ["Planted-0123456789-aBcDeF", "Wednesday", "Ab-1234"]) own.addSecret(secret);
    expect(own.redact("unknown: planted-0123456789-abcdef")).toBe("unknown: [key]");
    expect(own.redact("X-KEY: PLANTED-0123456789-ABCDEF")).toBe("X-KEY: [key]");
    expect(own.redact("X-KEY: PLANTED-01234567…")).toBe("X-KEY: [key]…");
    expect(own.redact("wednesday, ab-1234")).toBe("wednesday, ab-1234");
  });
  it("at the end of a text that was cut in the middle of it", () => {
    const own = createRedactor();
    own.addSecret("planted-0123456789abcdef");
    expect(own.redact("bad key planted-0123456")).toBe("bad key [key]");
    expect(own.redact("bad key planted-0123456…")).toBe("bad key [key]…");
    expect(own.redact("a tree was planted")).toBe("a tree was planted");
  });
  it("at an ellipsis in the middle of a text, and in the middle of an escape sequence", () => {
    const own = createRedactor();
    own.addSecret("planted/0123456789/abcdef");
    expect(own.redact('The word "planted/012345…" is unknown.')).toBe('The word "[key]…" is unknown.');
    expect(own.redact('The word "planted/012345..." is unknown.')).toBe('The word "[key]..." is unknown.');
    expect(own.redact('The word "planted%2F0123456789%2…" is unknown.')).toBe('The word "[key]…" is unknown.');
    expect(own.redact("planted&#47;0123456789&#4")).toBe("[key]");
    expect(own.redact("planted\\u002f0123456789\\u00")).toBe("[key]");
    expect(own.redact('The word "planted/012345" is unknown.')).toBe('The word "planted/012345" is unknown.');
  });
  it("with invisible characters or line breaks inside, and only it is replaced", () => {
    const own = createRedactor();
    own.addSecret("planted/0123456789/abcdef");
    for (const inside of ["\u200b", "\u00ad\ufeff", "\n", "\r\n    ", "\\n", "\\u200b", "%0A", "&#8203;"])
      expect(own.redact(`the key\nplanted/0123${inside}456789/abc${inside}def\nis wrong`)).toBe("the key\n[key]\nis wrong");
    expect(own.redact("planted%2F0123456789%2Fabcdef%0A\n\u200bis wrong")).toBe("[key]%0A\n\u200bis wrong");
  });
  it("most of which a text has, whatever follows", () => {
    const own = createRedactor();
    own.addSecret("planted/0123456789/abcdef");
    expect(own.redact("no key planted/0123456789/a was found")).toBe("no key [key] was found");
    expect(own.redact("planted&#47;0123456789&#47;ab&#9 x")).toBe("[key]&#9 x");
  });
  it("in HTML in JSON in a URL, and only it is replaced", () => {
    const html = [...ODD].map((one) => `&#${one.charCodeAt(0)};`).join("");
    const outer = encodeURIComponent(JSON.stringify({ before: "100%", html, after: "a\\b" }));
    expect(redact(outer)).toBe(encodeURIComponent(JSON.stringify({ before: "100%", html: "KEY", after: "a\\b" })).replace("KEY", "[key]"));
  });
  it("that looks as if it were encoded itself", () => {
    for (const odd of ["a%2Fb%25c-key", "x&amp;y\\u0041-key", "back\\\\slash\\n-key"]) {
      const own = createRedactor();
      own.addSecret(odd);
      for (const form of [
        odd,
        encodeURIComponent(odd),
        JSON.stringify(odd).slice(1, -1),
        odd.replaceAll("&", "&#38;").replaceAll("%", "&#37;"),
      ])
        expect(own.redact(`<${form}>`)).toBe("<[key]>");
    }
  });
  it("in a text that no decoder accepts", () => {
    for (const text of ["%", "%F", "%FF%80", "%c3%28", "&#99999999;", "&#x110000;", "\\u12", "\\", "&;", "\ud800"])
      expect(redact(`${text} ${ODD} ${text}`)).toBe(`${text} [key] ${text}`);
  });
  it("whole when another secret is its beginning", () => {
    const own = createRedactor();
    own.addSecret("planted-0123");
    own.addSecret("planted-0123-second");
    expect(own.redact("planted-0123-second")).toBe("[key]");
  });
});

it.each(["part-one-0001=part-two", "c2VjcmV0LTAwMDEtcGFydA==", "user-name-01;pass", "one-0000001,two"])(
  "no part of the key %s is shown, although the host may repeat a part of it alone",
  async (apiKey) => {
    const [piece = ""] = apiKey.split(/[=;,]/);
    await using server = await serve((response) => refuse(response, 401, {}, { error: { message: `<${apiKey}> and <${piece}>` } }));
    const { message } = await errorOf(connectTo(server.url, { apiKey, retry: false }).generate(HI));
    expect(message).toContain("<[key]> and <[key]>");
  },
);

describe("ordinary words are not masked:", () => {
  for (const text of [
    "skip_special_tokens",
    "skywork-o1-open-llama-3.1-8b",
    "sk-learn and pk-index",
    "fw-small-instruct",
    "pk_document_chunks",
    "the task-list of asking-for-more-tokens",
  ])
    it(text, () => expect(maskKeys(text)).toBe(text));
  it("a host named like the key", async () => {
    const error = await errorOf(connectTo("http://127.0.0.1:1", { apiKey: "127.0.0", retry: false }).generate(HI));
    expect(error.message).toContain("127.0.0.1:1");
  });
  it("a keyless word in a header of the caller", () => {
    expect(headerSecrets("x-team", "research")).toEqual([]);
    expect(headerSecrets("x-team-key", "research")).toEqual(["research"]);
    expect(headerSecrets("user-agent", "app/1.2.3456789")).toEqual([]);
  });
});

it("a foreign key without a long run of letters and digits is masked by its length and mixture", () => {
  expect(maskKeys("no: sk-ant-Ab3-xY9_kQ-2mN-p0Z_rT5-uV7_wX1-bC4_dE6-fG8.")).toBe("no: [key]");
});

it("the parts of a header that a host may repeat alone are secrets", () => {
  expect(headerSecrets("authorization", "ApiKey 0123456789-abc")).toContain("0123456789-abc");
  expect(headerSecrets("cookie", "theme=dark; session=s3ss10n-0123")).toContain("s3ss10n-0123");
  expect(headerSecrets("proxy-authorization", `Basic ${btoa("me:open-sesame-1")}`)).toContain("open-sesame-1");
});

it("the private parts of a service account are secrets, and its public parts are not", () => {
  const line = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwgg";
  const account = JSON.stringify({
    project_id: "project-12345",
    private_key: `-----BEGIN\n${line}\n-----END\n`,
    token_uri: "https://host.example/token",
  });
  const { redact, addSecret } = createRedactor();
  for (const secret of keySecrets(account)) addSecret(secret);
  expect(redact(`project-12345 sent ${line} to https://host.example/token`)).toBe("project-12345 sent [key] to https://host.example/token");
});

/** Every way to give a connection a secret, with a value that no key shape recognises. */
const SECRET = "quiet/harbour+7";
const WAYS: [string, (url: string, options: ConnectOptions<SampleSettings>) => ReturnType<typeof connectTo>, Partial<typeof HI>][] = [
  ["the key", (url, options) => connectTo(url, { ...options, apiKey: SECRET }), {}],
  ["a header of the connection", (url, options) => connectTo(url, { ...options, headers: { "x-gateway": SECRET } }), {}],
  ["a header of the call", (url, options) => connectTo(url, options), { headers: { "Ocp-Apim-Subscription-Key": SECRET } }],
  [
    "a header of the route, as settings give it",
    (url, options) => connectTo(url, options, sampleProviderWith({ headers: { "x-team": SECRET } })),
    {},
  ],
  ["a cookie", (url, options) => connectTo(url, { ...options, headers: { cookie: `a=b; session=${SECRET}` } }), {}],
  ["a query value of the base URL", (url, options) => connectTo(`${url}?sig=${encodeURIComponent(SECRET)}`, options), {}],
];
const ECHOES: [string, (echo: string) => Parameters<typeof serve>[0]][] = [
  [
    "in every field of a refusal",
    (echo) => (response) =>
      refuse(
        response,
        400,
        { "x-request-id": echo, "x-ratelimit-limit-requests": echo, "retry-after": echo },
        { error: { message: echo, code: echo, type: echo, param: echo, generation: echo } },
      ),
  ],
  [
    "with JSON escapes",
    (echo) => (response) => {
      response.writeHead(400);
      response.end(`{"error":{"message":"${[...echo].map((one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`).join("")}"}}`);
    },
  ],
  [
    "in an HTML page",
    (echo) => (response) => {
      response.writeHead(502);
      response.end(`<html><p>${echo.replaceAll("/", "&#x2F;").replaceAll("+", "&#43;")}`);
    },
  ],
  ["in capital letters", (echo) => (response) => refuse(response, 400, {}, { error: { message: `no key ${echo.toUpperCase()}` } })],
  ["in base64", (echo) => (response) => refuse(response, 400, {}, { error: { message: btoa(`Basic :${echo}`) } })],
  [
    "behind so much text that the quotation is cut inside it",
    (echo) => (response) => {
      response.writeHead(400);
      response.end(`${"x".repeat(190)} ${echo}`);
    },
  ],
  [
    "in the headers of an answer",
    (echo) => (response) =>
      refuse(
        response,
        200,
        { "x-request-id": echo, "x-ratelimit-limit-requests": echo, "x-ratelimit-reset-tokens": `in ${echo}` },
        { say: "x", stop: "end" },
      ),
  ],
  [
    "in a finish reason and ids",
    (echo) => (response) => stream(response, sse({ id: echo, model: echo, say: "x" }, { stop: echo }, "[DONE]")),
  ],
  [
    "in text outside of events",
    (echo) => (response) => stream(response, `${sse({ say: "x" })}${echo}\n\n${sse({ stop: "end" }, "[DONE]")}`),
  ],
  ["in an event that is not JSON", (echo) => (response) => stream(response, `data: ${echo}\n\n`)],
  ["in an error in mid-stream", (echo) => (response) => stream(response, sse({ say: "x" }, { error: { message: echo, code: echo } }))],
];

describe.each(WAYS)("%s stays hidden when the host repeats it", (_way, connect, more) => {
  it.each(ECHOES)("%s", async (_echo, handler) => {
    await using server = await serve(handler(SECRET));
    const observed: Observation[] = [];
    const connection = connect(server.url, { retry: false, observe: (observation) => observed.push(observation) });
    const seen = [
      await connection
        .stream({ ...HI, ...more })
        .response()
        .catch((error: unknown) => error),
      await connection.generate({ ...HI, ...more }).catch((error: unknown) => error),
      await connection.explain({ ...HI, ...more }),
      connection.baseURL,
      observed,
      // A header of one call is not sent with a check.
      more.headers === undefined ? await connection.check() : undefined,
    ];
    expect(`${server.seen[0]?.path} ${everything(server.seen[0]?.headers)}`).toContain(
      connection.baseURL?.includes("sig=") === true ? encodeURIComponent(SECRET) : SECRET,
    );
    expect(observed.length).toBeGreaterThan(2);
    expect(everything(seen)).not.toContain(SECRET);
    expect(everything(seen)).not.toContain(encodeURIComponent(SECRET));
    expect(everything(seen)).not.toContain(SECRET.slice(0, -2));
    expect(everything(seen)).not.toContain(btoa(SECRET).slice(4, -6));
  });
});

describe("what an operation returns holds no secret, also where a provider quotes headers:", () => {
  const provider = sampleProviderWith(
    {},
    {
      origins: ["http://127.0.0.1"],
      operations: async () => ({
        check: {
          origin: "base",
          request: ({ base }) => ({ method: "GET", url: endpoint(base, "/me") }),
          parse: ({ headers, text }) => ({
            value: { key: "invalid", usable: false, reason: `${headers.get("x-echo")} ${text}`, hint: text },
          }),
        },
        account: {
          origin: "base",
          request: ({ base }) => ({ method: "GET", url: endpoint(base, "/account") }),
          parse: ({ headers, json }) => ({
            value: { summary: `${headers.get("x-echo")}`, plan: isObject(json) ? String(json["message"]) : "none" },
          }),
        },
        models: {
          origin: "base",
          request: ({ base }) => ({ method: "GET", url: endpoint(base, "/models") }),
          parse: ({ headers }) => ({ value: [{ id: `${headers.get("x-echo")}`, source: "live" }] }),
        },
        probe: {
          origin: "base",
          request: ({ base }) => ({ method: "GET", url: endpoint(base, "/version") }),
          parse: ({ headers }) => ({ value: { server: `${headers.get("x-echo")}`, from: "/version" } }),
        },
      }),
    },
  );
  for (const name of ["check", "account", "models", "probe"] as const)
    it(name, async () => {
      await using server = await serve((response) => refuse(response, 200, { "x-echo": SECRET }, { message: SECRET }));
      const result = await connectTo(server.url, { apiKey: SECRET }, provider)[name]();
      expect(JSON.stringify(result)).toContain("[key]");
      expect(everything(result)).not.toContain(SECRET);
    });
});

it("sources, addresses of media, images and ids of tool calls hold no secret, and everything else of them stays", async () => {
  const source = {
    type: "source",
    url: `https://site.example/?k=${encodeURIComponent(SECRET)}`,
    title: `About ${SECRET}`,
    start: 1,
  } as const;
  const protocol: Protocol = {
    ...sampleProtocol,
    reader: (context) => ({
      ...sampleProtocol.reader(context),
      body() {},
      end(emit) {
        emit({ type: "part", index: 0, part: source });
        emit({
          type: "part",
          index: 1,
          part: { type: "image", url: `https://files.example/?sig=${btoa(SECRET)}`, mediaType: "image/png" },
        });
        emit({ type: "part", index: 2, part: { type: "source", url: "https://site.example/plain", title: "Plain" } });
        emit({ type: "part-start", index: 3, kind: "tool-call", id: `call-${SECRET}`, name: "f" });
        emit({ type: "part-end", index: 3, arguments: "{}" });
        emit({ type: "details", details: { images: [{ image_url: `https://images.example/${SECRET}`, width: 3 }], logprobs: [] } });
        emit({ type: "finish", reason: "stop" });
      },
    }),
  };
  await using server = await serve((response) => refuse(response, 200, {}, {}));
  const { message, sources, details } = await connectTo(server.url, { apiKey: SECRET }, sampleProviderWith({ protocol })).generate(HI);
  expect(everything([message, sources, details])).not.toContain(SECRET);
  expect(sources).toEqual([
    { type: "source", url: "https://site.example/?k=[key]", title: "About [key]", start: 1 },
    { type: "source", url: "https://site.example/plain", title: "Plain" },
  ]);
  expect(message.content).toMatchObject([
    {},
    { type: "image", url: expect.stringMatching(/^https:\/\/files\.example\/\?sig=.{0,4}\[key\].{0,4}$/), mediaType: "image/png" },
    {},
    { type: "tool-call", id: "call-[key]", name: "f" },
  ]);
  expect(details).toMatchObject({ images: [{ image_url: "https://images.example/[key]", width: 3 }] });
});

it("an error's stack and causes hold no secret, however deep they stand", async () => {
  const protocol: Protocol = {
    ...sampleProtocol,
    parseError: () => {
      const error = new LumiverseError({
        code: "server",
        message: `broke at ${SECRET}`,
        cause: new Error("outer", { cause: { request: { headers: [`x ${SECRET}`] } } }),
      });
      // Engines that write the stack when it is first read would write the clean message.
      expect(error.stack).toContain(SECRET);
      return error;
    },
  };
  await using server = await serve((response) => refuse(response, 400));
  const error = await errorOf(connectTo(server.url, { apiKey: SECRET, retry: false }, sampleProviderWith({ protocol })).generate(HI));
  expect(error.message).toBe("sample: broke at [key]");
  expect(error.cause).toBeUndefined();
  expect(everything(error)).not.toContain(SECRET);
});

it.each([
  ["a map", new Map([["authorization", SECRET]])],
  ["a set", new Set([SECRET])],
  ["headers", new Headers({ authorization: SECRET })],
  ["bytes", new TextEncoder().encode(`x ${SECRET}`)],
  ["a hidden property", Object.defineProperty({}, "hidden", { value: SECRET })],
  ["the name of a property", { [SECRET]: 1 }],
])("a cause with the secret in %s is left out", async (_where, inner) => {
  const failing = async (): Promise<Response> => {
    throw new Error("broken", { cause: inner });
  };
  const error = await errorOf(connectTo("http://127.0.0.1:1", { apiKey: SECRET, retry: false, fetch: failing }).generate(HI));
  expect(error.code).toBe("network");
  expect(error.cause).toBeUndefined();
});

it("the secrets of a call are forgotten with it, so that a connection does not search for ever more of them", async () => {
  await using server = await serve((response) => refuse(response, 400, {}, { error: { message: `no ${SECRET}` } }));
  const connection = connectTo(server.url, { retry: false });
  const own = await errorOf(connection.generate({ ...HI, headers: { "x-team": SECRET } }));
  expect(own.message).toBe("sample: no [key]");
  expect((await errorOf(connection.generate(HI))).message).toBe(`sample: no ${SECRET}`);
});

it("a cause without secrets is kept", async () => {
  const error = await errorOf(connectTo("http://127.0.0.1:1", { retry: false }).generate(HI));
  expect(error.cause).toBeInstanceOf(Error);
});

it("a token host that repeats what it was sent gives an error without it", async () => {
  await using server = await serve((response) => stream(response));
  const provider = {
    ...sampleProvider,
    credential: { kind: "service-account", env: "SAMPLE_ACCOUNT", required: true } as const,
    authorize: async () => {
      throw new LumiverseError({ code: "authentication", message: `refused ${SECRET}`, hint: SECRET });
    },
  };
  const apiKey = JSON.stringify({ private_key: SECRET });
  expect(everything(await errorOf(connectTo(server.url, { apiKey }, provider).generate(HI)))).not.toContain(SECRET);
});
