/** Wrong keys for the admin API, over sockets: they slow their own address, and never keep the owner out. */
import { request } from "node:http";
import { createAdmin, withDemo } from "@lumiverse/gateway/admin";
import { type GatewayServer, serveGateway } from "@lumiverse/gateway/node";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openTestGateway, type TestGateway } from "./gateways.ts";

const ADMIN_KEY = "admin-key-of-the-tests-0123456789";
const GUESSES = 60;

let one: TestGateway;
let manager: string;
const servers: GatewayServer[] = [];
beforeAll(async () => {
  one = await openTestGateway();
  manager = (await one.gateway.managementKeys.create({ name: "Manager", permissions: ["info.read"] })).secret;
});
afterAll(async () => {
  for (const server of servers) await server.close({ graceMs: 0 });
  await one.close();
});

// Wrong keys are counted by the minute, so a test begins where it can end in the same one.
beforeEach(async () => {
  const rest = 60_000 - (Date.now() % 60_000);
  if (rest < 10_000) await new Promise((resolve) => setTimeout(resolve, rest));
}, 15_000);

/** A server with an admin API of its own, as another process on the same database has. */
async function open(trustedProxies: readonly string[] = []): Promise<GatewayServer> {
  const admin = createAdmin({
    gateway: one.gateway,
    profiles: await withDemo(one.profiles, undefined),
    address: () => "http://localhost:4141",
    version: "0",
    adminKey: ADMIN_KEY,
  });
  one.gateway.mount("/admin/v1", (given, client) => admin.fetch(given, client));
  const server = await serveGateway(one.gateway, { port: 0, host: "0.0.0.0", trustedProxies });
  servers.push(server);
  return server;
}

/** Sends a key from an address of this machine. Linux and Windows have all of 127.0.0.0/8. */
function ask(
  { port }: GatewayServer,
  key: string,
  { from = "127.0.0.1", forwarded, path = "/info" }: { from?: string; forwarded?: string; path?: string } = {},
): Promise<{ status: number; retryAfter: string | undefined }> {
  const body = path === "/session" ? JSON.stringify({ key }) : undefined;
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        port,
        host: "127.0.0.1",
        localAddress: from,
        path: `/admin/v1${path}`,
        method: body === undefined ? "GET" : "POST",
        headers: {
          ...(body === undefined ? { authorization: `Bearer ${key}` } : { "content-type": "application/json" }),
          ...(forwarded === undefined ? {} : { "x-forwarded-for": forwarded }),
        },
        agent: false,
      },
      (response) => {
        response.resume();
        response.once("end", () => resolve({ status: response.statusCode ?? 0, retryAfter: response.headers["retry-after"] }));
      },
    );
    sent.once("error", reject);
    sent.end(body);
  });
}

async function guess(server: GatewayServer, options: Parameters<typeof ask>[2]): Promise<void> {
  const answers = await Promise.all(Array.from({ length: GUESSES }, (_, index) => ask(server, `wrong-key-${index}`, options)));
  expect(answers.at(-1)).toEqual({ status: 429, retryAfter: "60" });
  expect(answers.filter(({ status }) => status === 401)).toHaveLength(20);
}

describe.skipIf(process.platform === "darwin")("after many wrong keys", () => {
  test("a right key gets in from every address, also from that of the wrong ones, and others may mistype", async () => {
    const server = await open();
    await guess(server, { from: "127.0.0.2" });
    for (const from of ["127.0.0.1", "127.0.0.2"])
      for (const key of [ADMIN_KEY, manager]) expect((await ask(server, key, { from })).status).toBe(200);
    expect((await ask(server, ADMIN_KEY, { from: "127.0.0.2", path: "/session" })).status).toBe(201);
    expect((await ask(server, "mistyped-key", { from: "127.0.0.1" })).status).toBe(401);
    const other = await open();
    for (const from of ["127.0.0.1", "127.0.0.2"]) expect((await ask(other, ADMIN_KEY, { from })).status).toBe(200);
  });

  test("a client that is no trusted proxy stays what it is, whatever address it states", async () => {
    const server = await open(["10.0.0.0/8", "127.0.0.9"]);
    let state = 0;
    const statuses: number[] = [];
    for (; state < GUESSES; state++)
      statuses.push((await ask(server, "wrong-key", { from: "127.0.0.3", forwarded: `9.9.9.${state}` })).status);
    expect(statuses.at(-1)).toBe(429);
  });

  test.each([
    ["its address", ["127.0.0.4"], "9.9.9.9"],
    ["its range, behind another proxy of it", ["127.0.0.0/24", "10.0.0.0/8"], "1.1.1.1, 9.9.9.9, 10.1.2.3"],
    ["its address, with ports and IPv6", ["127.0.0.4", "fd00::/8"], "9.9.9.9:4711, [fd00::1]:443"],
  ])("behind a proxy that is trusted by %s, the client counts and not the proxy", async (_, trusted, forwarded) => {
    const server = await open(trusted);
    await guess(server, { from: "127.0.0.4", forwarded });
    // The same proxy brings another person, and the first one once more, with a forged beginning.
    expect((await ask(server, "mistyped-key", { from: "127.0.0.4", forwarded: "8.8.8.8" })).status).toBe(401);
    expect((await ask(server, "wrong-key", { from: "127.0.0.4", forwarded: `7.7.7.7, ${forwarded}` })).status).toBe(429);
    expect((await ask(server, ADMIN_KEY, { from: "127.0.0.4", forwarded })).status).toBe(200);
  });
});

test.each(["proxy.example", "10.0.0.0/33", "10.0.0.0/", "::/129"])("%s is no trusted proxy", async (entry) => {
  await expect(serveGateway(one.gateway, { port: 0, trustedProxies: [entry] })).rejects.toThrow(entry);
});
