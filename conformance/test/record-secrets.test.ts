import { generateKeyPairSync } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Provider } from "@lumiverse/core/provider";
import { describe, expect, it } from "vitest";
import { exchangesFor, readFixtures } from "../src/fixture/fixture.ts";
import { createCleaner, headerSecrets } from "../src/record/cleaner.ts";
import { type RecordOptions, record } from "../src/record/record.ts";
import { judge } from "../src/report/report.ts";
import { acme } from "./acme/provider.ts";
import { temporary } from "./temporary-cases.ts";

const KEY = 'acme/live+key=<9f3>&"27c1';
const HEADER = "tenant pass/word+4410=x";
const QUERY = "signature/77+ab=31";
const TOKEN = "exchanged-token-5b1e90cc";

/** Answers like acme. The text of each answer is made from the request. */
function host(text: (headers: Headers, url: string) => string, pieces = 1): typeof fetch {
  return async (input, init) => {
    const url = String(input);
    const said = text(new Headers(init?.headers), url);
    const { stream } = JSON.parse(String(init?.body)) as { stream?: boolean }; // what acme sends
    if (stream !== true)
      return Response.json({
        id: "x-1",
        model: "acme-large",
        owner: said,
        choices: [{ message: { content: `Hello ${said}` }, finish_reason: "stop" }],
      });
    const size = Math.ceil(said.length / pieces);
    const deltas = ["Hello ", ...Array.from({ length: pieces }, (_, at) => said.slice(at * size, (at + 1) * size))];
    const chunks = deltas.map(
      (content) =>
        `data: ${JSON.stringify({ id: "x-1", model: "acme-large", owner: pieces === 1 ? said : "", choices: [{ delta: { content }, finish_reason: null }] })}\n\n`,
    );
    const end = `data: ${JSON.stringify({ choices: [{ delta: {}, finish_reason: "stop" }] })}\n\ndata: [DONE]\n\n`;
    return new Response([...chunks, end].join(""), {
      headers: { "content-type": "text/event-stream", "x-ratelimit-owner": encodeURIComponent(said) },
    });
  };
}

function options(fixtures: string, given: Partial<RecordOptions>): RecordOptions {
  return {
    fixtures,
    name: "text",
    title: "a plain answer",
    claims: [],
    request: { model: "acme-large", messages: [{ role: "user", content: "Hi" }], headers: { "x-tenant": HEADER } },
    apiKey: KEY,
    baseURL: `https://proxy.acme.test/v1?sig=${encodeURIComponent(QUERY)}&api-version=2031-01-01`,
    ...given,
  };
}

function written(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .map((one) => readFileSync(join(one.parentPath, one.name), "utf8"))
    .join("\n");
}

const ENCODINGS: Readonly<Record<string, (secret: string) => string>> = {
  plain: (secret) => secret,
  "a URL": encodeURIComponent,
  "a URL in small letters": (secret) => encodeURIComponent(secret).toLowerCase(),
  "a URL twice": (secret) => encodeURIComponent(encodeURIComponent(secret)),
  base64: (secret) => Buffer.from(secret).toString("base64"),
  "base64 of a longer text": (secret) => Buffer.from(`user:${secret}, and more`).toString("base64"),
  base64url: (secret) => Buffer.from(secret).toString("base64url"),
  HTML: (secret) => secret.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;"),
  "HTML numbers": (secret) => [...secret].map((one) => `&#${one.charCodeAt(0)};`).join(""),
  "JSON in JSON": (secret) => JSON.stringify({ message: secret }),
  "JSON with escaped slashes": (secret) => JSON.stringify(secret).replaceAll("/", "\\/"),
  "JSON numbers": (secret) => [...secret].map((one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`).join(""),
};

describe("the recorder writes no secret that the host repeats", () => {
  const folder = temporary("secrets");
  it.each(Object.entries(ENCODINGS))("as %s", async (name, encode) => {
    const fixtures = join(folder, name.replaceAll(" ", "-"));
    const said = [KEY, HEADER, QUERY].map(encode).join(" and ");
    await record(acme, options(fixtures, { fetch: host(() => said) }));
    const text = written(fixtures);
    expect(text).toContain("scrubbed-secret");
    for (const secret of [KEY, HEADER, QUERY])
      for (const other of Object.values(ENCODINGS)) {
        expect(text).not.toContain(other(secret));
        expect(text).not.toContain(JSON.stringify(other(secret)).slice(1, -1));
      }
    expect(text).toContain("2031-01-01");
  });
});

it("a key of the environment is removed, too", async () => {
  const fixtures = temporary("environment");
  const key = "key-of-the-environment-31f";
  const env = acme.credential.kind === "none" ? "" : acme.credential.env;
  process.env[env] = key;
  try {
    const { apiKey: _, baseURL: __, ...rest } = options(fixtures, { fetch: host((headers) => [...headers.values()].join(" ")) });
    await record(acme, rest);
  } finally {
    delete process.env[env];
  }
  expect(written(fixtures)).not.toContain(key);
  expect(written(fixtures)).toContain("scrubbed-secret");
});

it("settings with headers are written without their values", async () => {
  const cleaner = createCleaner();
  cleaner.add(...headerSecrets({ cookie: "session=abcdefgh1; other=zyxwvuts2", authorization: `Basic ${btoa("me:pass-word-1")}` }));
  expect(cleaner.clean("abcdefgh1 zyxwvuts2 pass-word-1")).toBe("scrubbed-secret scrubbed-secret scrubbed-secret");
  expect(cleaner.clean("application/json")).toBe("application/json");
});

it("a key that a stream repeats in pieces stops the recording before a file exists", async () => {
  const fixtures = temporary("pieces");
  await expect(record(acme, options(fixtures, { streaming: true, fetch: host(() => KEY, 3) }))).rejects.toThrow(
    "repeats a secret in pieces",
  );
  expect(existsSync(join(fixtures, "text"))).toBe(false);
});

it("bytes that are no UTF-8 are cleaned, and the others stay", () => {
  const cleaner = createCleaner();
  cleaner.add(KEY);
  const bytes = Uint8Array.from([0xff, 0xfe, ...Buffer.from(KEY), 0x80]);
  expect([...cleaner.cleanBytes(bytes)]).toEqual([0xff, 0xfe, ...Buffer.from("scrubbed-secret"), 0x80]);
});

describe("a service account", () => {
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 1024,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const account = JSON.stringify({
    type: "service_account",
    private_key_id: "0123456789abcdef",
    private_key: privateKey,
    client_email: "robot@acme.test",
  });
  const ASSERTION = "signed-assertion-8d1c";
  /** Acme with a token exchange like Google's. */
  const signed: Provider = {
    ...acme,
    credential: { kind: "service-account", required: true, env: "ACME_ACCOUNT" },
    async authorize({ key, fetch: send }) {
      const response = await send("https://token.acme.test/token", {
        method: "POST",
        headers: { "x-client": "client-secret-93a7" },
        body: `assertion=${ASSERTION}&account=${encodeURIComponent(key)}`,
      });
      const { access_token: token } = (await response.json()) as { access_token: string }; // what the host below sends
      return { headers: { authorization: `Bearer ${token}` }, expiresAt: Date.now() + 3_600_000 };
    },
  };
  const send: typeof fetch = async (input, init) =>
    String(input).startsWith("https://token.acme.test/")
      ? Response.json({ access_token: TOKEN, refresh_token: "refresh-token-77", expires_in: 3600 })
      : host((headers) => `${headers.get("authorization")} ${privateKey}`)(input, init);

  it("leaves no key, no assertion and no token in the case, and the case can be played", async () => {
    const fixtures = temporary("account");
    const { baseURL: _, ...given } = options(fixtures, {
      apiKey: account,
      fetch: send,
      streaming: false,
      request: { model: "acme-large", messages: [{ role: "user", content: "Hi" }] },
    });
    await record(signed, given);
    const text = written(fixtures);
    const lines = privateKey.split("\n").filter((line) => line.length > 32 && !line.startsWith("---"));
    for (const secret of [TOKEN, "refresh-token-77", ASSERTION, "client-secret-93a7", "0123456789abcdef", "robot@acme.test", ...lines])
      expect(text).not.toContain(secret);
    const [fixture] = readFixtures(fixtures);
    expect(fixture === undefined ? [] : exchangesFor(fixture, "generate").map((one) => one.url)).toEqual([
      "https://token.acme.test/token",
      "https://api.acme.test/v1/chat/completions",
    ]);
    expect(fixture?.exchanges.map(({ headers }) => headers)).toEqual([{}, { authorization: "Bearer {key}" }]);
    const report = await judge(signed, { fixtures, runs: 2 }, (check) => check.group === "golden");
    expect(report.results.filter((result) => result.outcome === "failed")).toEqual([]);
    expect(report.passed).toBeGreaterThan(0);
  });
});
