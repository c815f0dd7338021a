import { describe, expect, test } from "vitest";
import { networkFiles, reachesNetwork } from "../src/network-access.ts";

const ROOT = new URL("../..", import.meta.url).pathname;

/** Sources that run where a connection is used: in a gateway, with the console, or in an application. */
const FOLDERS = [
  "packages/core/src",
  "packages/protocols/src",
  "packages/connections/src",
  "packages/gateway/src",
  "packages/console/src",
  "packages/toolkit/src",
  "packages/ai-sdk/src",
  "providers/*/src",
];

/**
 * Every file that can reach the network, and how the outbound guard governs it. The guard is a `fetch` and a `Network` that are passed to profiles; a file that
 * falls back to the global `fetch` does so only where none was passed.
 */
const ALLOWED: Readonly<Record<string, string>> = {
  "packages/connections/src/doctor/node-network.ts": "a `Network`; the guard passes its own instead",
  "packages/connections/src/doctor/recorder.ts": "the `fetch` of the connection comes first",
  "packages/connections/src/models/model-list.ts": "the `fetch` of the connection comes first",
  "packages/connections/src/outbound/guard.ts": "the guard itself",
  "packages/connections/src/read-page.ts":
    "the `fetch` of its options comes first: that of the connection in the doctor, that of the caller in the discovery",
  "packages/connections/src/sign-in/loopback.ts": "only listens on this machine, for a browser that comes back",
  "packages/console/src/page/api/client.ts": "runs in the browser, whose policy allows only the page's own gateway",
  "packages/core/src/call/connection-state.ts": "the `fetch` of the connection comes first",
  "packages/core/src/sign-in.ts": "the `fetch` of its options comes first",
  "packages/gateway/src/node/client-address.ts": "compares addresses of clients and proxies, and opens nothing",
  "packages/gateway/src/node/node-fetch.ts": "a `fetch` that is passed instead of the guard, and never together with it",
  "packages/gateway/src/node/serve.ts": "only listens, for clients of the gateway",
  "packages/gateway/src/telemetry/propagating-fetch.ts": "wraps the `fetch` that it is given",
  "packages/toolkit/src/mcp/limited-fetch.ts": "reaches the MCP servers that an application names, and no connection uses it",
};

describe("the network", () => {
  test("is reached by no other file than these, each with its reason", () => {
    expect(networkFiles(ROOT, FOLDERS)).toEqual(Object.keys(ALLOWED).sort());
  });

  test.each([
    'fetch("https://host.example")',
    "const send = given ?? fetch;",
    "use({ fetch });",
    "const { send = fetch } = options;",
    "globalThis.fetch(url)",
    "const { fetch: send } = globalThis;",
    "const { fetch } = globalThis;",
    'new WebSocket("wss://host.example")',
    'export { request } from "node:http";',
    'import { get } from "node:http";',
    'import { type Agent, request } from "undici";',
    'const { request } = await import("node:https");',
    "function one({ fetch }) {} fetch(url)",
  ])("is reached by %s", (code) => expect(reachesNetwork(code)).toBe(true));

  test.each([
    "options.fetch(url)",
    "const send: typeof fetch = given;",
    "function one({ fetch }) { return fetch(url); }",
    "const one = { fetch: given }; interface Two { fetch(url: string): void }",
    'import type { Agent } from "undici";',
    'export type { Agent } from "undici";',
    "const { fetch } = options; fetch(url);",
    'import { type Socket } from "node:net";',
    "// fetch(url)",
    'const text = "fetch(url)";',
  ])("is not reached by %s", (code) => expect(reachesNetwork(code)).toBe(false));
});
