/** Clients that send anything. The gateway answers each in its protocol, and no answer is a mistake of the gateway. */
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mutateJson } from "../../lab/src/fuzz/mutate-json.ts";
import { createRandom, type Random } from "../../lab/src/fuzz/random.ts";
import type { InboundProtocolId } from "../src/inbound/protocol.ts";
import type { GatewayServer } from "../src/node.ts";
import { CHAT, chatBody, listen, openTestGateway, type TestGateway, VENDOR_KEY } from "./gateways.ts";
import { REQUESTS } from "./inbound/requests.ts";

let opened: TestGateway;
let server: GatewayServer;
/** What the gateway reported as its own mistakes. */
const mistakes: unknown[] = [];
beforeAll(async () => {
  opened = await openTestGateway({ onError: (error) => void mistakes.push(error) });
  server = await listen(opened.gateway);
});
afterAll(async () => {
  await server.close({ graceMs: 0 });
  await opened.close();
});

const SEED = Number(process.env["FUZZ_SEED"] ?? Math.floor(Math.random() * 1e9));
const RUNS = Number(process.env["FUZZ_RUNS"] ?? 150);

const PATHS: Readonly<Record<InboundProtocolId, string>> = {
  "chat-completions": CHAT,
  responses: "/v1/responses",
  messages: "/v1/messages",
  "generate-content": "/v1beta/models/local%2Fm-1:generateContent",
};

describe(`any body (seed ${SEED})`, () => {
  test.each(Object.entries(PATHS))("of %s is answered or refused, and is no mistake of the gateway", async (protocol, path) => {
    for (let input = 0; input < RUNS; input++) {
      const random = createRandom(SEED, input);
      const body = mutateJson({ ...REQUESTS[protocol as InboundProtocolId], model: "local/m-1" }, random, 1 + random.below(3));
      const response = await opened.ask(path, body);
      const text = await response.text();
      const seen = { input, status: response.status, mistakes: mistakes.splice(0).map(String), hasKey: text.includes(VENDOR_KEY) };
      expect(seen).toEqual({ input, status: expect.toSatisfy((status: number) => status !== 500), mistakes: [], hasKey: false });
    }
  });
});

/** Sends bytes and returns what comes back until the connection closes. */
async function exchange(bytes: Uint8Array | string): Promise<string> {
  let text = "";
  await new Promise<void>((resolve) => {
    const socket = connect(server.port, "127.0.0.1", () => socket.end(bytes));
    socket.setEncoding("latin1").on("data", (data: string) => {
      text += data;
    });
    // The gateway may close before everything was sent.
    socket.on("error", () => {}).on("close", () => resolve());
  });
  return text;
}

async function expectAlive(): Promise<void> {
  expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
  expect(mistakes.splice(0)).toEqual([]);
}

const json = JSON.stringify(chatBody("local/m"));
const head = (line: string, headers = `content-type: application/json\r\ncontent-length: ${json.length}`): string =>
  `${line}\r\nhost: 127.0.0.1:${server.port}\r\nconnection: close\r\n${headers}\r\n\r\n`;
const post = (headers?: string, body = json): string => head(`POST ${CHAT} HTTP/1.1`, headers) + body;
const get = (path: string): string => head(`GET ${path} HTTP/1.1`, "x: y");

const RAW: readonly (readonly [string, () => string | Buffer])[] = [
  ["no HTTP", () => "\u0016\u0003\u0001 hello\r\n\r\n"],
  ["a method that nobody knows", () => head("BREW /v1/models HTTP/1.1", "x: y")],
  ["TRACE", () => head("TRACE /v1/models HTTP/1.1", "x: y")],
  ["CONNECT", () => head("CONNECT 127.0.0.1:22 HTTP/1.1", "x: y")],
  ["an asterisk as its path", () => head("OPTIONS * HTTP/1.1", "x: y")],
  ["an address as its path", () => get("http://evil.example/v1/models")],
  ["two slashes as its path", () => get("//evil.example/v1/models")],
  ["an unreadable path", () => get("/v1/models/%ff%00%")],
  ["dots in its path", () => get("/v1/models/../../../../etc/passwd")],
  ["encoded dots in its path", () => get("/v1beta/models/%2e%2e%2f%2e%2e%2fadmin")],
  ["no host", () => "GET /v1/models HTTP/1.1\r\nconnection: close\r\n\r\n"],
  ["no host in HTTP 1.0", () => "GET /v1/models HTTP/1.0\r\n\r\n"],
  ["an unreadable host", () => "GET /v1/models HTTP/1.1\r\nhost: a b:c/d@[e\r\nconnection: close\r\n\r\n"],
  ["a host that is no address", () => "GET /v1/models HTTP/1.1\r\nhost: 127.0.x.1:80\r\nconnection: close\r\n\r\n"],
  ["two hosts", () => "GET /v1/models HTTP/1.1\r\nhost: a\r\nhost: b\r\nconnection: close\r\n\r\n"],
  ["a giant header", () => head("GET /v1/models HTTP/1.1", `x: ${"y".repeat(1_000_000)}`)],
  ["many headers", () => head("GET /v1/models HTTP/1.1", Array.from({ length: 5000 }, (_, at) => `x-${at}: y`).join("\r\n"))],
  ["a line break in a header", () => head("GET /v1/models HTTP/1.1", "x: a\rset-cookie: b=c")],
  ["two lengths", () => post(`content-type: application/json\r\ncontent-length: 5\r\ncontent-length: ${json.length}`)],
  ["a length and chunks", () => post(`content-type: application/json\r\ncontent-length: 5\r\ntransfer-encoding: chunked`, "0\r\n\r\n")],
  ["a negative length", () => post("content-type: application/json\r\ncontent-length: -1")],
  ["a length that it does not send", () => post("content-type: application/json\r\ncontent-length: 9999")],
  ["broken chunks", () => post("content-type: application/json\r\ntransfer-encoding: chunked", "zz\r\n{}\r\n0\r\n\r\n")],
  ["an expectation that nobody has", () => post(`expect: miracles\r\ncontent-type: application/json\r\ncontent-length: ${json.length}`)],
  ["a trailer", () => post("content-type: application/json\r\ntransfer-encoding: chunked", `2\r\n{}\r\n0\r\nauthorization: x\r\n\r\n`)],
  ["a broken gzip", () => post("content-type: application/json\r\ncontent-encoding: gzip\r\ncontent-length: 3", "abc")],
  [
    "a body in UTF-16",
    () =>
      Buffer.concat([
        Buffer.from(post(`content-type: application/json\r\ncontent-length: ${json.length * 2}`, "")),
        Buffer.from(json, "utf16le"),
      ]),
  ],
  [
    "a body of invalid UTF-8",
    () =>
      Buffer.concat([Buffer.from(post("content-type: application/json\r\ncontent-length: 4", "")), Buffer.from([0xff, 0xfe, 0xc0, 0x80])]),
  ],
  ["a hundred requests at once", () => get("/health/live").replace("connection: close\r\n", "").repeat(100)],
];

describe("any bytes:", () => {
  test.each(RAW)("a request with %s is answered or closed, and the gateway goes on", async (_, bytes) => {
    const text = await exchange(bytes());
    if (text !== "") expect(text).toMatch(/^HTTP\/1\.1 [1-5]\d\d /);
    expect(text).not.toMatch(/^HTTP\/1\.1 500|set-cookie/);
    expect(text).not.toContain("root:");
    await expectAlive();
  });

  test("a health check of HTTP/1.0, which states no host, is answered", async () => {
    expect(await exchange("GET /health/ready HTTP/1.0\r\n\r\n")).toMatch(/^HTTP\/1\.1 200 /);
  });

  test(`a request with random changes is answered or closed (seed ${SEED})`, async () => {
    for (let input = 0; input < RUNS; input++) {
      const text = await exchange(changedBytes(Buffer.from(post()), createRandom(SEED, input)));
      expect([input, text === "" || /^HTTP\/1\.1 [1-5]\d\d /.test(text), text.startsWith("HTTP/1.1 500")]).toEqual([input, true, false]);
    }
    await expectAlive();
  });
});

function changedBytes(bytes: Buffer, random: Random): Buffer {
  let out = Buffer.from(bytes);
  for (let change = 0; change <= random.below(4); change++) {
    const at = random.below(out.length);
    const piece = Buffer.from(random.pick(["\r\n", "\0", " ", "\r", ":", "%", "\xff", "\r\n\r\n", "chunked", "0", "-"]), "latin1");
    out = random.oneIn(2)
      ? Buffer.concat([out.subarray(0, at), piece, out.subarray(at)])
      : Buffer.concat([out.subarray(0, at), out.subarray(Math.min(out.length, at + 1 + random.below(20)))]);
  }
  return out;
}
