/** Servers that nobody trusts: what they send without end, slowly or in disguise costs a search and a diagnosis no more than their time. */
import type { ServerResponse } from "node:http";
import { type AddressInfo, createServer as createSocketServer } from "node:net";
import { gzipSync } from "node:zlib";
import { diagnoseSubject, discover, identify } from "@lumiverse/connections";
import { nodeNetwork } from "@lumiverse/connections/node";
import { registry } from "@lumiverse/core/provider";
import { afterEach, describe, expect, test } from "vitest";
import { findBetterBase } from "../src/doctor/other-addresses.ts";
import { createRecorder } from "../src/doctor/recorder.ts";
import { nearestNames } from "../src/models/nearest.ts";
import type { ConnectionSource } from "../src/profile/connect.ts";
import { type Fault, type FaultServer, isChat, json, startFaultServer } from "./fault-server.ts";
import "./providers.ts";

const servers: { close(): void }[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});
async function serve(fault: Fault): Promise<FaultServer> {
  const server = await startFaultServer(fault);
  servers.push(server);
  return server;
}

function source(origin: string): ConnectionSource {
  return { provider: registry().get("custom"), auth: "none", settings: {}, resolvedURL: `${origin}/v1` };
}

/** Sends a piece over and over until the client leaves. */
async function endlessly(response: ServerResponse, piece: string, pauseMs = 0): Promise<true> {
  while (!response.destroyed)
    if (!response.write(piece) || pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, Math.max(1, pauseMs)));
  return true;
}

function ends(response: ServerResponse, body = ""): true {
  response.end(body);
  return true;
}

const llama = (ids: readonly unknown[]): unknown => ({ data: ids.map((id) => ({ id, owned_by: "llamacpp" })) });

describe("a search for servers", () => {
  const find = (fault: Fault, timeoutMs = 1500) =>
    serve(fault).then(({ port }) => discover({ ports: [port], onlyGivenPorts: true, timeoutMs }));

  test("reads no page without end", async () => {
    expect(await find((_, response) => endlessly(response, "x".repeat(100_000)))).toEqual([]);
  });

  test("expands no page without end", async () => {
    const bomb = gzipSync(`{"data":["${"x".repeat(50_000_000)}"]}`);
    const fault: Fault = (_, response) => {
      response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" }).end(bomb);
      return true;
    };
    expect(await find(fault)).toEqual([]);
  });

  test("gives a server up whose pages all come slowly", async () => {
    let pages = 0;
    const slow: Fault = async ({ path }, response) => {
      pages++;
      if (path === "/v1/models") return json(response, 200, {});
      return endlessly(response, " ", 20);
    };
    expect(await find(slow, 50)).toEqual([]);
    // Thirteen pages are known.
    expect(pages).toBeLessThan(10);
  });

  test("ends although fetch ignores its signal", async () => {
    const ignoring = () => new Promise<Response>(() => {});
    expect(await identify("http://127.0.0.1:1", { fetch: ignoring, timeoutMs: 20 })).toBeUndefined();
    const controller = new AbortController();
    const search = identify("http://127.0.0.1:1", { fetch: ignoring, timeoutMs: 60_000, signal: controller.signal });
    controller.abort(new Error("left"));
    await expect(search).rejects.toThrow("left");
  });

  test("follows no redirect", async () => {
    const other = await serve((_, response) => json(response, 200, llama(["m"])));
    const found = await find((_, response) => {
      response.writeHead(302, { location: `${other.origin}/v1/models` }).end();
      return true;
    });
    expect([found, other.asked]).toEqual([[], []]);
  });

  test("offers no model and no version with hidden characters or of endless length", async () => {
    const odd = ["a\u0000b", "\u202eevil", "a\u200bb", "x".repeat(1001), "", 7, null, {}, "__proto__", "good", "good"];
    const [found] = await find(({ path }, response) =>
      path === "/props"
        ? json(response, 200, { default_generation_settings: {}, total_slots: 1, build_info: "b1\u001b[2J" })
        : json(response, 200, llama(odd)),
    );
    expect(found).toMatchObject({ server: "llama.cpp", models: ["__proto__", "good"] });
    expect(found).not.toHaveProperty("version");
  });

  test("reads a long list of models", async () => {
    const ids = Array.from({ length: 20_000 }, (_, at) => `model-${at}`);
    const [found] = await find((_, response) => json(response, 200, llama(ids)));
    expect(found?.models).toHaveLength(20_000);
  });
});

describe("a diagnosis", () => {
  const examine = (origin: string) =>
    diagnoseSubject({ name: "Home", model: "good-model", source: source(origin) }, { timeoutMs: 2000, chatTimeoutMs: 2000 });

  test.each<[string, Fault]>([
    ["no answer with an end", (_, response) => endlessly(response, "x".repeat(100_000))],
    ["chats without end", (asked, response) => isChat(asked) && endlessly(response, `{"id":"${"x".repeat(100_000)}`)],
    ["refusals without end", (asked, response) => isChat(asked) && endlessly(response.writeHead(404), "x".repeat(100_000))],
    ["nothing but redirects", (_, response) => ends(response.writeHead(302, { location: "/" }))],
    ["an odd status", (asked, response) => isChat(asked) && ends(response.writeHead(999), "{}")],
    ["deep JSON", (asked, response) => isChat(asked) && ends(response, "[".repeat(500_000) + "]".repeat(500_000))],
  ])("of a server that sends %s names a cause, and closes every connection", async (_, fault) => {
    const open = new Set<ServerResponse>();
    const server = await serve((asked, response) => {
      open.add(response);
      response.once("close", () => open.delete(response));
      return fault(asked, response);
    });
    const { healthy, cause } = await examine(server.origin);
    expect([healthy, typeof cause]).toEqual([false, "string"]);
    await expect.poll(() => open.size).toBe(0);
  });

  test("reads no list without end at another address of the server", async () => {
    const server = await serve((_, response) => endlessly(response, '{"data":['));
    expect(await findBetterBase(source(server.origin), new URL(`${server.origin}/api`), { timeoutMs: 1000 })).toBeUndefined();
  });

  test("leaves an answer when its connection has left it", async () => {
    let left = (): void => {};
    const closed = new Promise<void>((resolve) => {
      left = resolve;
    });
    const server = await serve((_, response) => {
      response.once("close", left);
      return endlessly(response, "x".repeat(1000));
    });
    const recorder = createRecorder();
    const response = await recorder.fetch(server.origin);
    await response.body?.cancel();
    await closed;
    await recorder.requests[0]?.ended;
  });

  test("reads an answer with a status that no standard has", async () => {
    const server = await serve((_, response) => ends(response.writeHead(999), "no"));
    const recorder = createRecorder();
    const response = await recorder.fetch(server.origin);
    expect([response.status, response.ok, response.url, await response.text()]).toEqual([999, false, `${server.origin}/`, "no"]);
    expect(recorder.requests[0]).toMatchObject({ status: 999, start: "no" });
    expect(recorder.requests[0]).not.toHaveProperty("failure");
  });

  test("keeps the first 4096 characters of an answer, however it is cut", async () => {
    const pieces = ["a".repeat(4095), "b".repeat(4096), "c"];
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        const piece = pieces.shift();
        if (piece === undefined) controller.close();
        else controller.enqueue(new TextEncoder().encode(piece));
      },
    });
    const recorder = createRecorder(async () => new Response(body));
    expect((await (await recorder.fetch("http://127.0.0.1/")).text()).length).toBe(8192);
    expect(recorder.requests[0]?.start).toBe(`${"a".repeat(4095)}b`);
  });

  test("asks the status of a server that sends its answer without end", async () => {
    const server = await serve((_, response) => endlessly(response.writeHead(407), "x"));
    expect(await nodeNetwork.status(new URL(server.origin))).toBe(407);
  });

  test("waits for no handshake that comes byte by byte", { timeout: 20_000 }, async () => {
    const trickle = createSocketServer((socket) => {
      const timer = setInterval(() => socket.write(Buffer.from([22])), 1000);
      socket.on("close", () => clearInterval(timer)).on("error", () => {});
    });
    await new Promise<void>((resolve) => trickle.listen(0, "127.0.0.1", resolve));
    servers.push(trickle);
    const { port } = trickle.address() as AddressInfo; // listening on TCP
    expect(await nodeNetwork.handshake("127.0.0.1", port)).not.toBeUndefined();
  });

  test("compares no names of endless length", () => {
    const names = Array.from({ length: 2000 }, (_, at) => `${at}${"x".repeat(100_000)}`);
    expect(nearestNames(`${"y".repeat(100_000)}`, [...names, "good-model"])).toEqual([]);
    expect(nearestNames("good", [...names, "good-model"])).toEqual(["good-model"]);
  });
});
