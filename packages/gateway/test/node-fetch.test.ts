import { getEventListeners, once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import { setTimeout } from "node:timers/promises";
import { brotliCompressSync, createGzip, deflateSync, gzipSync } from "node:zlib";
import { connect } from "@lumiverse/core";
import { custom } from "@lumiverse/custom";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { nodeFetch } from "../src/node.ts";
import { propagatingFetch } from "../src/telemetry/index.ts";
import { until } from "./gateways.ts";

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const MANUAL = { redirect: "manual" } as const;
const send = nodeFetch();
let server: Server;
let origin: string;
let answer: Answer = (_, response) => void response.end();
const sockets = new Set<Socket>();

beforeAll(async () => {
  server = createServer((request, response) => answer(request, response));
  server.on("connection", (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => sockets.clear());
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe("nodeFetch", () => {
  it("sends a text with its headers and reads the answer", async () => {
    answer = async (request, response) => {
      let text = "";
      for await (const piece of request) text += String(piece);
      response.writeHead(201, { "content-type": "application/json", "x-request-id": "r1" });
      response.end(JSON.stringify({ method: request.method, url: request.url, text, headers: request.headers }));
    };
    const response = await send(`${origin}/v1/a?b=c`, { ...MANUAL, method: "POST", headers: { authorization: "Bearer k" }, body: "Grüße" });
    expect(response).toBeInstanceOf(Response);
    expect([response.status, response.ok, response.headers.get("X-Request-Id")]).toEqual([201, true, "r1"]);
    expect(await response.json()).toMatchObject({
      method: "POST",
      url: "/v1/a?b=c",
      text: "Grüße",
      headers: { authorization: "Bearer k", "content-length": "7", accept: "*/*" },
    });
  });

  it("gives one content type where the server's adapter has replaced the global classes before", async () => {
    answer = (_, response) => void response.setHeader("content-type", "application/json").end("{}");
    const { Request: NativeRequest, Response: NativeResponse } = globalThis;
    vi.resetModules();
    const { getRequestListener } = await import("@hono/node-server");
    getRequestListener(() => new Response());
    try {
      expect(Response).not.toBe(NativeResponse);
      const later = await import("../src/node/node-fetch.ts");
      const response = await later.nodeFetch()(origin, MANUAL);
      expect([response.headers.get("content-type"), await response.text()]).toEqual(["application/json", "{}"]);
    } finally {
      Object.assign(globalThis, { Request: NativeRequest, Response: NativeResponse });
    }
  });

  it("uses a connection again", async () => {
    answer = (_, response) => void response.end("{}");
    for (let i = 0; i < 3; i++) await (await send(origin, MANUAL)).text();
    expect(sockets.size).toBeLessThanOrEqual(1);
  });

  it.each([
    ["gzip", gzipSync],
    ["br", brotliCompressSync],
    ["deflate", deflateSync],
  ])("decodes %s", async (encoding, compress) => {
    answer = (_, response) => {
      response.writeHead(200, { "content-encoding": encoding });
      response.end(compress("a text"));
    };
    expect(await (await send(origin, MANUAL)).text()).toBe("a text");
  });

  it("asks for no encoding that servers understand in two ways, and decodes a list of encodings", async () => {
    answer = (request, response) => {
      expect(request.headers["accept-encoding"]).not.toContain("deflate");
      response.writeHead(200, { "content-encoding": "gzip, BR" });
      response.end(brotliCompressSync(gzipSync("a text")));
    };
    expect(await (await send(origin, MANUAL)).text()).toBe("a text");
  });

  it("leaves an unknown encoding as it is, and refuses a long list", async () => {
    answer = (_, response) => void response.writeHead(200, { "content-encoding": "gzip, own" }).end("a text");
    expect(await (await send(origin, MANUAL)).text()).toBe("a text");
    answer = (_, response) => void response.writeHead(200, { "content-encoding": Array(1000).fill("gzip").join() }).end("a text");
    await expect(send(origin, MANUAL)).rejects.toThrow("content encodings");
  });

  it("reads a compressed stream piece by piece", async () => {
    let next = (): void => {};
    answer = (_, response) => {
      response.writeHead(200, { "content-encoding": "gzip" });
      const gzip = createGzip();
      gzip.pipe(response);
      gzip.write("one");
      gzip.flush();
      next = () => gzip.end("two");
    };
    const reader = (await send(origin, MANUAL)).body?.pipeThrough(new TextDecoderStream()).getReader();
    expect(await reader?.read()).toMatchObject({ value: "one" });
    next();
    expect(await reader?.read()).toMatchObject({ value: "two" });
    expect(await reader?.read()).toMatchObject({ done: true });
  });

  it("fails where a compressed body is broken", async () => {
    answer = (_, response) => {
      response.writeHead(200, { "content-encoding": "gzip" });
      response.end("no gzip");
    };
    await expect((await send(origin, MANUAL)).text()).rejects.toThrow();
  });

  it("answers with a redirect instead of following it", async () => {
    answer = (_, response) => void response.writeHead(307, { location: "http://127.0.0.1:1/" }).end();
    const response = await send(origin, MANUAL);
    expect([response.status, response.headers.get("location")]).toEqual([307, "http://127.0.0.1:1/"]);
  });

  it("has no body where the status allows none", async () => {
    answer = (_, response) => void response.writeHead(204).end();
    expect((await send(origin, MANUAL)).body).toBeNull();
  });

  it("fails as fetch does when nobody listens", async () => {
    const failure: unknown = await send("http://127.0.0.1:1/", MANUAL).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TypeError);
    expect(failure).toMatchObject({ cause: { code: "ECONNREFUSED" } });
  });

  it("gives up connecting after ten seconds, which core reads as an error of the network", async () => {
    const silent = createTcpServer();
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const url = `https://127.0.0.1:${(silent.address() as AddressInfo).port}/v1`;
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const accepted = once(silent, "connection");
      const connection = connect(custom, { baseURL: url, fetch: send, retry: false });
      const failed = connection.generate({ model: "m", messages: [{ role: "user", content: "Hello" }] }).catch((error: unknown) => error);
      const [socket] = (await accepted) as [Socket];
      vi.advanceTimersByTime(10_000);
      expect(await failed).toMatchObject({ code: "network", message: expect.stringContaining("no connection to 127.0.0.1") });
      socket.destroy();
    } finally {
      vi.useRealTimers();
      silent.close();
    }
  });

  it("waits longer than that for an answer, on a new connection and on one that is used again", async () => {
    let respond = (): void => {};
    const arrivals: (() => void)[] = [];
    answer = (_, response) => {
      respond = () => void response.end("late");
      arrivals.shift()?.();
    };
    const fresh = nodeFetch();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      for (let i = 0; i < 2; i++) {
        const arrived = new Promise<void>((resolve) => arrivals.push(resolve));
        const answered = fresh(origin, MANUAL);
        await arrived;
        vi.advanceTimersByTime(60_000);
        respond();
        expect(await (await answered).text()).toBe("late");
      }
    } finally {
      vi.useRealTimers();
    }
  });

  it("rejects with the reason of its signal, before the request and while it waits", async () => {
    answer = () => {};
    await expect(send(origin, { ...MANUAL, signal: AbortSignal.abort(new Error("early")) })).rejects.toThrow("early");
    const controller = new AbortController();
    const waiting = send(origin, { ...MANUAL, signal: controller.signal });
    controller.abort(new Error("late"));
    await expect(waiting).rejects.toThrow("late");
  });

  it("leaves no listener at a signal that lives longer than the request", async () => {
    answer = (_, response) => void response.end("a text");
    const { signal } = new AbortController();
    for (let i = 0; i < 3; i++) await (await send(origin, { ...MANUAL, signal })).text();
    await until(() => getEventListeners(signal, "abort").length === 0, "the end of the listeners");
  });

  it.each(["abort", "cancel"])("closes the connection of an unfinished body (%s)", async (how) => {
    let isClosed = false;
    answer = (_, response) => {
      response.on("close", () => {
        isClosed = true;
      });
      response.write("beginning");
    };
    const controller = new AbortController();
    const reader = (await send(origin, { ...MANUAL, signal: controller.signal })).body?.getReader();
    await reader?.read();
    if (how === "cancel") await reader?.cancel();
    else {
      const rest = reader?.read();
      controller.abort(new Error("enough"));
      await expect(rest).rejects.toThrow("enough");
    }
    await until(() => isClosed, "the end of the connection");
  });

  it.each(["chunked", "content-length"])(
    "a body that is cancelled right after its last chunk does not crash the process (%s)",
    async (framing) => {
      const uncaught: unknown[] = [];
      const collect = (error: unknown): void => void uncaught.push(error);
      process.prependListener("uncaughtException", collect);
      const text = 'event: error\ndata: {"error":{"message":"busy"}}\n\n';
      answer = (_, response) => {
        response.writeHead(200, {
          "content-type": "text/event-stream",
          ...(framing === "chunked" ? {} : { "content-length": Buffer.byteLength(text) }),
        });
        response.end(text);
      };
      try {
        const connection = connect(custom, { baseURL: `${origin}/v1`, fetch: send, retry: false });
        for (let i = 0; i < 3; i++) {
          const read = async (): Promise<void> => {
            for await (const _ of connection.stream({ model: "m", messages: [{ role: "user", content: "Hello" }] }));
          };
          await expect(read()).rejects.toThrow("busy");
          // The end of the body follows the error.
          await setTimeout(20);
        }
        expect(uncaught).toEqual([]);
      } finally {
        process.off("uncaughtException", collect);
      }
    },
  );

  it("fails where the connection breaks in the middle of a body", async () => {
    answer = (_, response) => {
      response.writeHead(200, { "content-length": 100 });
      response.write("beginning");
      void setTimeout(20).then(() => response.destroy());
    };
    await expect((await send(origin, MANUAL)).text()).rejects.toThrow();
  });

  it("reads no faster than its reader", async () => {
    let sent = 0;
    answer = (_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write("x".repeat(65_536))) sent += 65_536;
        response.once("drain", more);
      };
      more();
    };
    const reader = (await send(origin, MANUAL)).body?.getReader();
    await reader?.read();
    let before = -1;
    await until(() => {
      const isStill = sent === before;
      before = sent;
      return isStill;
    }, "a pause of the server");
    expect(sent).toBeLessThan(32 * 1024 * 1024);
    await reader?.cancel();
  });

  it("passes on what it does not send itself", async () => {
    answer = (request, response) => {
      if (request.url === "/from") response.writeHead(302, { location: "/to" }).end();
      else response.end("there");
    };
    expect(await (await send(`${origin}/from`)).text()).toBe("there");
    await expect(send(origin, { ...MANUAL, method: "POST", body: "a", headers: { "Transfer-Encoding": "chunked" } })).rejects.toThrow();
    await expect(send("ftp://127.0.0.1/", MANUAL)).rejects.toThrow();
  });

  it("sends the requests of a fetch that propagates traces", async () => {
    answer = (request, response) => void response.end(JSON.stringify(request.headers));
    const response = await propagatingFetch(send)(origin, { ...MANUAL, headers: { "X-Own": "1" } });
    const headers: unknown = await response.json();
    expect(headers).toMatchObject({ "x-own": "1" });
    // The global fetch sends this one.
    expect(headers).not.toHaveProperty("sec-fetch-mode");
    expect(await (await fetch(origin)).json()).toHaveProperty("sec-fetch-mode");
  });

  it("rejects an address that is not a URL", async () => {
    const failed = send("no address", MANUAL);
    await expect(failed).rejects.toThrow(TypeError);
  });

  it.each([
    ["NODE_USE_ENV_PROXY", "1"],
    ["NODE_OPTIONS", "--no-deprecation --use-env-proxy"],
  ])("uses the proxy of the environment where %s asks for it", async (name, value) => {
    answer = (request, response) => void response.end(request.url);
    vi.stubEnv(name, value);
    vi.stubEnv("HTTP_PROXY", origin);
    vi.stubEnv("http_proxy", origin);
    vi.stubEnv("NO_PROXY", "");
    vi.stubEnv("no_proxy", "");
    try {
      expect(await (await nodeFetch()("http://vendor.example/v1", MANUAL)).text()).toBe("http://vendor.example/v1");
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it("refuses a header that HTTP cannot carry", async () => {
    await expect(send(origin, { ...MANUAL, headers: { "x-a": "one\r\ntwo: 2" } })).rejects.toThrow();
  });
});
