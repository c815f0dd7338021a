import { connect } from "node:net";
import { brotliCompressSync, gzipSync, zstdCompressSync } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import { LOOPBACK_HOSTS } from "../src/index.ts";
import { nodeDecoders, prometheusMetrics } from "../src/node.ts";
import { CHAT, chatBody, listen, openTestGateway, type TestGateway, until, VENDOR_KEY } from "./gateways.ts";
import { chunk, json, pause, refuse, slow, USAGE } from "./vendor-server.ts";

let opened: TestGateway | undefined;
const gateway = async (options: Parameters<typeof openTestGateway>[0] = {}): Promise<TestGateway> => {
  opened = await openTestGateway(options);
  return opened;
};
afterEach(async () => opened?.close());

const PATHS: readonly [string, string][] = [
  ["POST", CHAT],
  ["POST", "/v1/responses"],
  ["POST", "/v1/messages"],
  ["POST", "/v1/messages/count_tokens"],
  ["GET", "/v1/models"],
  ["GET", "/v1beta/models"],
  ["POST", "/v1beta/models/local/m:generateContent"],
  ["POST", "/lumiverse/v1/chat"],
  ["GET", "/health/live"],
  ["GET", "/health/ready"],
  ["GET", "/metrics"],
  ["GET", "/admin/v1/keys"],
];

function request(
  method: string,
  path: string,
  headers: Record<string, string>,
  body: BodyInit | null = JSON.stringify(chatBody("local/m")),
): Request {
  const given = { "content-type": "application/json", ...headers };
  // The stream of a body needs the option that says that it is sent before the answer is read.
  const init = { method, headers: given, ...(method === "GET" ? {} : { body, duplex: "half" }) };
  return new Request(`http://localhost:4141${path}`, init);
}

describe("the paths of the gateway", () => {
  const generate = JSON.stringify({ contents: [{ parts: [{ text: "Hi" }] }] });
  const messages = JSON.stringify({ ...chatBody("local/m"), max_tokens: 9 });
  const spelled: [string, string][] = [
    ["/v1/chat/completions/", JSON.stringify(chatBody("local/m"))],
    ["//v1//chat/completions", JSON.stringify(chatBody("local/m"))],
    ["/chat/completions", JSON.stringify(chatBody("local/m"))],
    ["/v1/v1/messages", messages],
    ["/v1/v1/messages/count_tokens", messages],
    ["/v1/v1beta/models/local/m:generateContent", generate],
    ["/v1beta/v1beta/models/local/m:countTokens", generate],
    ["/v1beta/models/models/local/m:generateContent", generate],
    ["/v1beta/local/m:streamGenerateContent?alt=sse", generate],
    ["/v1beta/models/local%2Fm%3AgenerateContent", generate],
  ];
  test.each(spelled)("are found as %s, as a base URL with a slash or a version makes them", async (path, body) => {
    const one = await gateway();
    one.gateway.mount("/", () => new Response("the page", { status: 418 }));
    expect((await one.gateway.fetch(request("POST", path, {}, body))).status).toBe(200);
  });

  test.each(["/v1/models/", "/v1/v1/models", "//models", "/v1/v1beta/models"])("list models at %s", async (path) => {
    const one = await gateway();
    expect(await (await one.gateway.fetch(request("GET", path, {}))).text()).toContain("local/local-model");
  });

  test.each(["/v1/v2/chat/completions", "/v1beta/models/:generateContent", "/v1beta/models/local/m:generate", "/v1beta/:"])(
    "are not made of %s",
    async (path) => {
      const one = await gateway();
      expect((await one.gateway.fetch(request("POST", path, {}, generate))).status).toBe(404);
    },
  );
});

describe("who may talk to the gateway", () => {
  const foreign: [string, Record<string, string>][] = [
    ["a foreign host name (DNS rebinding)", { host: "evil.example" }],
    ["a page of another site", { origin: "https://evil.example" }],
    ["a page without an origin", { origin: "null" }],
    ["a page of another port of this machine", { origin: "http://localhost:8080" }],
    ["an image or a link of another site", { "sec-fetch-site": "cross-site" }],
    ["an upgrade to a WebSocket", { upgrade: "websocket", connection: "upgrade" }],
  ];
  test.each(foreign)("%s is refused on every path, and nothing is sent", async (_, headers) => {
    const one = await gateway({ hosts: LOOPBACK_HOSTS, metrics: prometheusMetrics() });
    one.gateway.mount("/admin/v1", () => Response.json({ reached: true }));
    for (const [method, path] of PATHS)
      expect([path, (await one.gateway.fetch(request(method, path, headers))).status]).toEqual([path, 403]);
    expect(one.vendor.asked).toEqual([]);
  });

  test.each([
    ["text/plain", '"text/plain"'],
    ["application/x-www-form-urlencoded", '"application/x-www-form-urlencoded"'],
    ["multipart/form-data; boundary=x", '"multipart/form-data"'],
    ["", "without a content type"],
  ])("a body of the content type %j is refused on every path in the client's own shape, with a key or without", async (type, named) => {
    const one = await gateway({ keys: "required" });
    const { secret } = await one.gateway.keys.create({ name: "a" });
    for (const [method, path] of PATHS.filter(([method]) => method === "POST"))
      for (const authorization of ["", `Bearer ${secret}`]) {
        // Bytes get no content type of their own.
        const sent = request(method, path, { authorization }, new TextEncoder().encode(JSON.stringify(chatBody("local/m"))));
        if (type === "") sent.headers.delete("content-type");
        else sent.headers.set("content-type", type);
        const response = await one.gateway.fetch(sent);
        expect([path, response.status]).toEqual([path, 403]);
        const { error } = (await response.json()) as { error: { message: string; type?: string; status?: string; hint?: string } };
        expect(`${error.message} ${error.hint ?? ""}`).toContain(named);
        expect(`${error.message} ${error.hint ?? ""}`).toContain("content-type: application/json");
        if (path.includes("/messages")) expect(error.type).toBe("permission_error");
        if (path.includes(":generateContent")) expect(error.status).toBe("PERMISSION_DENIED");
      }
    expect(one.vendor.asked).toEqual([]);
  });

  test("this machine is served by all its names, and pages of the gateway itself and of allowed origins may call it", async () => {
    const one = await gateway({ hosts: LOOPBACK_HOSTS, origins: ["https://app.example"] });
    for (const host of ["localhost", "localhost:4141", "127.0.0.1:4141", "[::1]:4141"])
      expect((await one.gateway.fetch(request("POST", CHAT, { host }))).status).toBe(200);
    expect((await one.gateway.fetch(request("POST", CHAT, { host: "localhost:4141", origin: "http://localhost:4141" }))).status).toBe(200);
    const allowed = await one.gateway.fetch(request("POST", CHAT, { origin: "https://app.example" }));
    expect(allowed.headers.get("access-control-allow-origin")).toBe("https://app.example");
    const preflight = await one.gateway.fetch(
      new Request(`http://localhost:4141${CHAT}`, {
        method: "OPTIONS",
        headers: { origin: "https://app.example", "access-control-request-headers": "authorization" },
      }),
    );
    expect([preflight.status, preflight.headers.get("access-control-allow-headers")]).toEqual([204, "authorization"]);
    expect((await one.gateway.fetch(request("POST", CHAT, {}))).headers.get("access-control-allow-origin")).toBeNull();
  });

  test("where keys are optional, clients may send any text as a key, but not an unknown virtual key", async () => {
    const one = await gateway();
    expect((await one.ask(CHAT, chatBody("local/m"), { key: "sk-anything" })).status).toBe(200);
    expect((await one.ask(CHAT, chatBody("local/m"), { key: "lv-unknown" })).status).toBe(401);
  });
});

describe("bodies", () => {
  const text = JSON.stringify(chatBody("local/m"));

  test.each([
    ["gzip", gzipSync(text)],
    ["br", brotliCompressSync(text)],
    ["zstd", zstdCompressSync(text)],
  ])("a body that is compressed with %s is read", async (encoding, body) => {
    const one = await gateway({ decoders: nodeDecoders() });
    expect((await one.gateway.fetch(request("POST", CHAT, { "content-encoding": encoding }, new Uint8Array(body)))).status).toBe(200);
  });

  test("a small body that expands to a large one is refused while it is read, and memory does not grow", async () => {
    const one = await gateway({ decoders: nodeDecoders(), bodyLimit: 1_000_000 });
    const bomb = new Uint8Array(gzipSync(Buffer.alloc(300_000_000, "a")));
    const before = process.memoryUsage().rss;
    const { status } = await one.gateway.fetch(request("POST", CHAT, { "content-encoding": "gzip" }, bomb));
    expect(status).toBe(413);
    expect(process.memoryUsage().rss - before).toBeLessThan(32 * 1024 * 1024);
  });

  test("compressed bodies of one key that hold too much together are refused while they are read, and those of another key are not", async () => {
    const one = await gateway({ bodyLimit: 100_000 });
    const { secret } = await one.gateway.keys.create({ name: "Many" });
    const other = await one.gateway.keys.create({ name: "Other" });
    const large = new Uint8Array(gzipSync(JSON.stringify(chatBody("local/m", { padding: "x".repeat(90_000) }))));
    const ends: (() => void)[] = [];
    /** A body whose last byte waits, so that it is read and not complete. */
    const waiting = (key: string): Promise<Response> => {
      const body = new ReadableStream({
        start(controller) {
          controller.enqueue(large.subarray(0, -1));
          ends.push(() => {
            controller.enqueue(large.subarray(-1));
            controller.close();
          });
        },
      });
      return one.gateway.fetch(request("POST", CHAT, { "content-encoding": "gzip", authorization: `Bearer ${key}` }, body));
    };
    const all = Array.from({ length: 20 }, () => waiting(secret));
    const refused = await Promise.any(
      all.map(async (answer) => ((await answer).status === 429 ? answer : Promise.reject(new Error("accepted")))),
    );
    expect([refused.headers.get("retry-after"), await refused.json()]).toEqual([
      "1",
      { error: expect.objectContaining({ type: "rate_limit_error" }) },
    ]);
    const own = waiting(other.secret);
    for (const end of ends) end();
    expect((await own).status).toBe(200);
    const statuses = (await Promise.all(all)).map(({ status }) => status);
    expect([statuses.filter((status) => status === 200).length, statuses.filter((status) => status === 429).length]).toEqual([8, 12]);
    // What they held is released.
    const last = waiting(secret);
    ends.at(-1)?.();
    expect((await last).status).toBe(200);
  });

  test("a body that is too large, unreadable, missing or of an unknown encoding is refused with the status that says so", async () => {
    const one = await gateway({ bodyLimit: 1000 });
    const long = JSON.stringify(chatBody("local/m", { padding: "x".repeat(2000) }));
    const cases: [Record<string, string>, BodyInit | null, number][] = [
      [{ "content-length": "2100" }, long, 413],
      [{}, new Blob([long]).stream(), 413],
      [{ "content-encoding": "lzma" }, text, 415],
      [{ "content-encoding": "gzip, br" }, text, 415],
      // Words that every object answers to.
      [{ "content-encoding": "constructor" }, text, 415],
      [{ "content-encoding": "__proto__" }, text, 415],
      [{ "content-encoding": "gzip" }, text, 400],
      [{}, "{", 400],
      [{}, "", 400],
      [{}, null, 400],
      [{}, "[]", 400],
    ];
    for (const [headers, body, status] of cases) {
      const response = await one.gateway.fetch(request("POST", CHAT, headers, body));
      expect([headers, response.status]).toEqual([headers, status]);
      expect(((await response.json()) as { error: { message: string } }).error.message).not.toContain("xxxx");
    }
    expect(one.vendor.asked).toEqual([]);
  });

  test("a body of millions of values is refused before it is parsed; a long text of commas, quotes and brackets is not", async () => {
    const one = await gateway();
    const nested = `{"a":${"[".repeat(2_000_000)}${"]".repeat(2_000_000)}}`;
    const wide = `{"a":[${"[],".repeat(1_000_000)}0]}`;
    for (const body of [nested, wide]) {
      const response = await one.gateway.fetch(request("POST", CHAT, {}, body));
      expect(response.status).toBe(413);
      expect(await response.json()).toMatchObject({ error: { message: "the body has more than 1000000 values" } });
    }
    const text = String.raw`\\",[{"\"`.repeat(300_000);
    const { status } = await one.gateway.fetch(request("POST", CHAT, {}, JSON.stringify(chatBody("local/m", { user: text }))));
    expect(status).toBe(200);
    expect(one.vendor.asked).toHaveLength(1);
  });

  test("a client that leaves while it sends its body is no mistake of the gateway", async () => {
    const errors: unknown[] = [];
    const one = await gateway({ onError: (error) => errors.push(error) });
    let asked = 0;
    const server = await listen({
      ...one.gateway,
      fetch: async (request) => {
        asked++;
        try {
          return await one.gateway.fetch(request);
        } finally {
          asked--;
        }
      },
    });
    const socket = connect(server.port, "127.0.0.1");
    socket.write(`POST ${CHAT} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{`);
    await until(() => asked === 1, "the request");
    socket.destroy();
    await until(() => asked === 0, "the end of the request");
    expect(errors).toEqual([]);
    await server.close();
  });
});

describe("streams", () => {
  test("a failure before the first content has a status of its own; the status is held for it only so long", async () => {
    const one = await gateway({ holdMs: 400, heartbeatMs: 40 });
    one.vendor.answers.set("late-failure", async (_, response) => {
      await pause(1200);
      json(response, 400, { error: { message: "refused late" } });
    });
    one.vendor.answers.set("failure", (_, response) => json(response, 400, { error: { message: "refused" } }));
    expect((await one.ask(CHAT, chatBody("local/failure", { stream: true }))).status).toBe(400);
    const late = await one.ask(CHAT, chatBody("local/late-failure", { stream: true }));
    const text = await late.text();
    expect(late.status).toBe(200);
    expect(text).toMatch(/^(?::[^\n]*\n\n)+data: \{"error"/);
    expect(text).toContain("refused late");
  });

  test("the headers of a stream count the request that still runs", async () => {
    const { ask, vendor } = await gateway();
    vendor.answers.set("slow", slow(50));
    const answer = await ask(CHAT, chatBody("local/slow", { stream: true }));
    expect(answer.headers.get("x-lumiverse-attempts")).toBe("1");
    expect(answer.headers.get("x-lumiverse-attempt-log")).toBe("local/slow running");
    await answer.body?.cancel();
  });

  test("a silent vendor's stream has heartbeats between whole events", async () => {
    const one = await gateway({ holdMs: 10, heartbeatMs: 30 });
    one.vendor.answers.set("silent", async (_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      await pause(120);
      response.write(chunk({ content: "Hello" }));
      await pause(120);
      response.end(`${chunk({}, "stop")}data: [DONE]\n\n`);
    });
    const text = await (await one.ask(CHAT, chatBody("local/silent", { stream: true }))).text();
    const events = text.trim().split("\n\n");
    expect(events.filter((event) => event.startsWith(":")).length).toBeGreaterThan(2);
    for (const event of events) expect(event).toMatch(/^(: \S|:$|:\s|data: (?:\{.*\}|\[DONE\])$)/);
    expect(text).toContain("Hello");
  });

  test("a client that reads slowly slows the vendor down", async () => {
    const one = await gateway();
    let sent = 0;
    one.vendor.answers.set("endless", async (_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      const packet = chunk({ content: "x".repeat(10_000) });
      for (; sent < 5000 && !response.destroyed; sent++)
        if (!response.write(packet)) await new Promise<void>((resolve) => response.once("drain", resolve));
    });
    const server = await listen(one.gateway);
    const socket = connect(server.port, "127.0.0.1");
    const body = JSON.stringify(chatBody("local/endless", { stream: true }));
    socket.write(
      `POST ${CHAT} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    socket.pause();
    await until(() => sent > 10, "the first packets");
    let before = -1;
    await until(async () => {
      const now = sent;
      await pause(300);
      const stopped = now === before;
      before = now;
      return stopped;
    }, "the pause of the vendor");
    // What buffers and sockets hold is a small part of 50 MB.
    expect(sent).toBeLessThan(2500);
    socket.destroy();
    await until(() => one.vendor.open === 0, "the end of the vendor's call");
    await server.close({ graceMs: 0 });
  });
});

describe("operation", () => {
  test("health needs no database and no key; readiness ends with a shutdown", async () => {
    const one = await gateway({ keys: "required" });
    const status = async (path: string): Promise<number> => (await one.gateway.fetch(request("GET", path, {}))).status;
    expect([await status("/health/live"), await status("/health/ready")]).toEqual([200, 200]);
    const closing = one.gateway.close();
    expect([await status("/health/live"), await status("/health/ready")]).toEqual([200, 503]);
    await closing;
  });

  test("a shutdown finishes open streams, refuses new calls, and after the grace period ends streams with an error of their protocol", async () => {
    const one = await gateway();
    one.vendor.answers.set("short", slow(60));
    one.vendor.answers.set("long", slow(60_000));
    const server = await listen(one.gateway);
    const ask = async (model: string): Promise<Response> =>
      fetch(`${server.url}${CHAT}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(chatBody(model, { stream: true })),
      });
    const [short, long] = [await ask("local/short"), await ask("local/long")];
    const closing = server.close({ graceMs: 700 });
    const refused = await ask("local/short");
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(await short.text()).toContain("[DONE]");
    const text = await long.text();
    expect(text).toContain("the gateway is shutting down");
    await closing;
    const { calls } = await one.gateway.ledger.list();
    expect(calls.map(({ state, error }) => [state, error?.code]).sort()).toEqual([
      ["failed", "overloaded"],
      ["finished", undefined],
    ]);
    await expect(ask("local/short")).rejects.toThrow();
  });

  test("metrics count calls, attempts, tokens and cost, and need a key that may see targets where keys are required", async () => {
    const one = await gateway({ metrics: prometheusMetrics(), keys: "required" });
    const { secret } = await one.gateway.keys.create({ name: "Team" });
    const operator = await one.gateway.keys.create({ name: "Prometheus", models: [], seesTargets: true });
    await one.ask(CHAT, chatBody("groq"), { key: secret });
    const metrics = (key: string): Promise<Response> => one.gateway.fetch(request("GET", "/metrics", { authorization: `Bearer ${key}` }));
    expect((await one.gateway.fetch(request("GET", "/metrics", {}))).status).toBe(401);
    const refused = await metrics(secret);
    expect([refused.status, await refused.text()]).toEqual([403, expect.not.stringContaining("groq")]);
    const text = await (await metrics(operator.secret)).text();
    expect(text).toContain(
      'lumiverse_gateway_calls_total{connection="groq",provider="groq",protocol="chat-completions",state="finished",error="none"} 1',
    );
    expect(text).toContain('lumiverse_gateway_attempts_total{connection="groq",error="none"} 1');
    expect(text).toContain(`lumiverse_gateway_tokens_total{connection="groq",provider="groq",kind="input"} ${USAGE.prompt_tokens}`);
    expect(text).toMatch(/lumiverse_gateway_cost_total\{connection="groq",provider="groq",currency="USD"\} 0\.0000/);
    expect(text).toContain("lumiverse_gateway_calls_running 0");
  });

  test("a page can be mounted at the root without hiding the gateway's own paths", async () => {
    const one = await gateway();
    one.gateway.mount("/", () => new Response("page"));
    one.gateway.mount("/admin/v1", () => new Response("admin"));
    const text = async (path: string): Promise<string> => (await one.gateway.fetch(request("GET", path, {}))).text();
    expect([await text("/"), await text("/chat"), await text("/admin/v1/keys"), await text("/health/live")]).toEqual([
      "page",
      "page",
      "admin",
      '{"status":"ok"}',
    ]);
    // Where programs look for Ollama.
    const tags = await one.gateway.fetch(request("GET", "/api/tags", {}));
    expect([tags.status, await tags.json()]).toEqual([404, { error: expect.objectContaining({ code: "not_found" }) }]);
    expect((await one.ask(CHAT, chatBody("local/m"))).status).toBe(200);
  });

  test("the vendor's rate limits reach clients that may see the target, when one target was asked", async () => {
    const one = await gateway({ keys: "required" });
    const limits = {
      "x-ratelimit-limit-requests": "100",
      "x-ratelimit-reset-tokens": "2m59.5s",
      "anthropic-ratelimit-requests-reset": "2026-11-30T12:00:30Z",
    };
    const others = { "x-ratelimit-note": VENDOR_KEY, "x-ratelimit-plan": "canary", "ratelimit-policy": "10" };
    const body = {
      id: "c",
      object: "chat.completion",
      choices: [{ index: 0, message: { role: "assistant", content: "Yes" }, finish_reason: "stop" }],
    };
    one.vendor.answers.set("ok", (asked, response) => {
      if (asked.body.stream !== true) return json(response, 200, body, { ...limits, ...others });
      response.writeHead(200, { "content-type": "text/event-stream", ...limits, ...others });
      response.end(`${chunk({ content: "Yes" })}${chunk({}, "stop")}data: [DONE]\n\n`);
    });
    one.vendor.answers.set("limited", refuse(429, { ...limits, "retry-after-ms": "1" }));
    await one.gateway.aliases.save({ name: "alias", targets: [{ target: "local/ok" }] });
    await one.gateway.aliases.save({ name: "list", targets: [{ target: "local/limited" }, { target: "spare/ok" }] });
    const seeing = await one.gateway.keys.create({ name: "Seeing", seesTargets: true });
    const plain = await one.gateway.keys.create({ name: "Plain" });
    const received = async (model: string, key: string, stream = false): Promise<object> => {
      const answered = await one.ask(CHAT, chatBody(model, { stream }), { key });
      await answered.text();
      return Object.fromEntries([...answered.headers].filter(([name]) => name.includes("ratelimit")));
    };
    for (const stream of [false, true]) {
      expect(await received("local/ok", plain.secret, stream)).toEqual(limits);
      expect(await received("alias", seeing.secret, stream)).toEqual(limits);
      expect(await received("alias", plain.secret, stream)).toEqual({});
    }
    expect(await received("list", seeing.secret)).toEqual({});
    expect(await received("local/limited", plain.secret)).toEqual(limits);
  });

  test("no key and no header of one side reaches the other side, the ledger, the log or an error", async () => {
    const logged: unknown[] = [];
    const one = await gateway({ keys: "required", onCall: (call) => logged.push(call), recordContent: true });
    const { secret } = await one.gateway.keys.create({ name: "Team", seesTargets: true });
    one.vendor.answers.set("llama-3.3-70b-versatile", (_, response) =>
      json(
        response,
        401,
        { error: { message: `bad key ${VENDOR_KEY}`, code: "invalid_api_key" } },
        { "set-cookie": "canary=of-the-vendor", location: "https://canary.example", server: "canary-server" },
      ),
    );
    const places: [string, Record<string, string>][] = [
      [CHAT, { authorization: `Bearer ${secret}` }],
      [CHAT, { "x-api-key": secret }],
      [CHAT, { "x-goog-api-key": secret }],
      [`${CHAT}?key=${secret}`, {}],
    ];
    for (const [path, headers] of places)
      for (const model of ["groq", "local/m"]) {
        const response = await one.ask(path, chatBody(model), { headers: { ...headers, cookie: "canary=of-the-client" } });
        const received = JSON.stringify([...response.headers]) + (await response.text());
        for (const canary of [secret, VENDOR_KEY, "canary"]) expect(received).not.toContain(canary);
      }
    const upstream = JSON.stringify(one.vendor.asked);
    for (const canary of [secret, "canary=of-the-client"]) expect(upstream).not.toContain(canary);
    const kept = JSON.stringify([logged, await one.gateway.ledger.list()]);
    for (const canary of [secret, VENDOR_KEY, "canary"]) expect(kept).not.toContain(canary);
  });

  test("URLs that a client names are sent to the vendor and never fetched", async () => {
    const one = await gateway();
    let fetched = 0;
    one.vendor.answers.set("seen", () => void fetched++);
    const image = { type: "image_url", image_url: { url: `${one.vendor.origin}/picture.png` } };
    await one.ask(CHAT, { model: "local/m", messages: [{ role: "user", content: [image] }] });
    expect(one.vendor.asked.map(({ path }) => path)).toEqual(["/local/v1/chat/completions"]);
    expect(fetched).toBe(0);
  });

  const malformed: unknown[] = [
    { messages: [{ role: "user", content: 5 }] },
    { messages: [5] },
    { messages: [{ role: "user", content: [null] }] },
    { messages: [{ role: "user", content: [{ type: "nope" }] }] },
    { messages: [{ role: "user", content: [{ type: "text" }] }] },
    { messages: [{ role: "user", content: [{ type: "image", data: 5 }] }] },
    { messages: [{ role: "user", content: [{ type: "file", data: {}, mediaType: 5 }] }] },
    { messages: [{ role: "tool", content: [{ type: "tool-result", id: "1", content: 5 }] }] },
    { messages: [{ role: "user", content: "x" }], tools: [5] },
    { messages: [{ role: "user", content: "x" }], tools: [{ hosted: null }] },
  ];
  test.each(malformed)("a neutral request that is malformed is refused before its tokens are charged: %j", async (request) => {
    const one = await gateway({ onError: (error) => expect.unreachable(String(error)) });
    const { secret } = await one.gateway.keys.create({ name: "Team", limits: { tokensPerMinute: 100_000, requestsPerMinute: 1 } });
    const response = await one.ask("/lumiverse/v1/chat", { model: "local/m", request, stream: false }, { key: secret });
    expect([response.status, await response.json()]).toEqual([400, { error: expect.objectContaining({ code: "invalid-request" }) }]);
    expect((await one.ask(CHAT, chatBody("local/m"), { key: secret })).status).toBe(200);
  });

  test("a client of the neutral protocol cannot set headers of the vendor's request", async () => {
    const one = await gateway();
    const messages = [{ role: "user", content: "x" }];
    for (const field of ["headers", "timeouts", "spelling", "signal"]) {
      const response = await one.ask("/lumiverse/v1/chat", { model: "local/m", request: { messages, [field]: {} } });
      expect([response.status, await response.text()]).toEqual([400, expect.stringContaining(`request.${field}`)]);
    }
    expect(one.vendor.asked).toEqual([]);
  });
});
