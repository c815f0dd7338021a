/** Gateways for tests: a store, the connections that tests use, and a server on loopback. */
import { createProfiles, masterKeyFromText, newMasterKey, openVault, type Profiles, type Store } from "@lumiverse/connections";
import "@lumiverse/custom";
import "@lumiverse/groq";
import { openStore } from "../../connections/test/databases.ts";
import { createGateway, type Gateway, type GatewayOptions } from "../src/index.ts";
import { type GatewayServer, serveGateway } from "../src/node.ts";
import { startVendor, type VendorServer } from "./vendor-server.ts";

export { databases } from "../../connections/test/databases.ts";

export interface TestGateway {
  vendor: VendorServer;
  profiles: Profiles;
  gateway: Gateway;
  store: Store;
  /** Sends one request to the gateway, without a socket. */
  ask(path: string, body: unknown, options?: { key?: string; headers?: Record<string, string>; signal?: AbortSignal }): Promise<Response>;
  close(): Promise<void>;
}

/** A key of a vendor that no answer may show. */
export const VENDOR_KEY = "gsk_canary-of-the-vendor-0123456789";

/** A gateway over four connections: `groq` (with prices), and `local`, `spare` and `third` (without). All of them ask one vendor server. */
export async function openTestGateway(
  options: Partial<GatewayOptions> & {
    kind?: Store["kind"];
    address?: string;
    vendor?: VendorServer;
    masterKey?: string;
    wrapFetch?: (send: typeof fetch) => typeof fetch;
  } = {},
): Promise<TestGateway> {
  const { kind = "sqlite", address = ":memory:", masterKey = newMasterKey(), wrapFetch = (send) => send, ...gatewayOptions } = options;
  const vendor = options.vendor ?? (await startVendor());
  const store = await openStore(kind, address);
  const vault = await openVault(store, [masterKeyFromText(masterKey)]);
  const profiles = createProfiles({ store, vault, connect: { fetch: wrapFetch(vendor.fetch), retry: { attempts: 3 } } });
  if ((await profiles.list()).length === 0) {
    await profiles.create({ name: "groq", provider: "groq", model: "llama-3.3-70b-versatile", key: VENDOR_KEY });
    for (const name of ["local", "spare", "third"])
      await profiles.create({ name, provider: "custom", baseURL: `http://localhost:1/${name}/v1`, model: `${name}-model` });
  }
  const gateway = await createGateway({ keys: "optional", ...gatewayOptions, profiles });
  return {
    vendor,
    profiles,
    gateway,
    store,
    ask: (path, body, { key, headers, signal } = {}) =>
      gateway.fetch(
        new Request(`http://localhost:4141${path}`, {
          method: "POST",
          headers: { "content-type": "application/json", ...(key === undefined ? {} : { authorization: `Bearer ${key}` }), ...headers },
          body: JSON.stringify(body),
          ...(signal === undefined ? {} : { signal }),
        }),
      ),
    async close() {
      await gateway.close({ graceMs: 0 });
      await profiles.close();
      await store.close();
      if (options.vendor === undefined) await vendor.close();
    },
  };
}

export const CHAT = "/v1/chat/completions";

export function chatBody(model: string, more: object = {}): object {
  return { model, messages: [{ role: "user", content: "Count to five." }], ...more };
}

export async function listen(gateway: Gateway): Promise<GatewayServer> {
  return serveGateway(gateway, { port: 0 });
}

/** Waits for a condition. */
export async function until(condition: () => boolean | Promise<boolean>, what: string, ms = 10_000): Promise<void> {
  const deadline = Date.now() + ms;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`${what} did not happen within ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
