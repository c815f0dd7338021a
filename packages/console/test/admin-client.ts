/** The admin API of a gateway on a database in memory, without sockets. */
import { createProfiles, masterKeyFromText, newMasterKey, openVault, type Profiles } from "@lumiverse/connections";
import { openSqliteStore } from "@lumiverse/connections/node";
import { createGateway, type Gateway } from "@lumiverse/gateway";
import { type Admin, createAdmin, withDemo } from "@lumiverse/gateway/admin";
import "../../connections/test/providers.ts";

export const ADMIN_KEY = "admin-key-of-the-tests-0123456789";

export interface Answer<T = unknown> {
  status: number;
  // The tests state what they expect.
  body: T;
  text: string;
}

export interface TestAdmin {
  admin: Admin;
  gateway: Gateway;
  profiles: Profiles;
  /** Requests that reached a vendor. */
  sent: Request[];
  /** Errors that are no fault of a request. */
  reported: unknown[];
  /** Sends a request with the admin key. */
  ask<T = unknown>(method: string, path: string, body?: unknown): Promise<Answer<T>>;
  /** Sends a request as it is given. */
  raw(method: string, path: string, init?: RequestInit): Promise<Response>;
  close(): Promise<void>;
}

export async function openAdmin(
  vendor: (request: Request) => Response | Promise<Response> = () => new Response("no", { status: 503 }),
): Promise<TestAdmin> {
  const store = await openSqliteStore(":memory:");
  const vault = await openVault(store, [masterKeyFromText(newMasterKey())]);
  const sent: Request[] = [];
  const send: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    sent.push(request.clone());
    return vendor(request);
  };
  const own = createProfiles({ store, vault, connect: { fetch: send, retry: { attempts: 1 } } });
  const profiles = await withDemo(own, undefined);
  const gateway = await createGateway({ profiles, keys: "optional" });
  const reported: unknown[] = [];
  const admin = createAdmin({
    gateway,
    profiles,
    address: () => "http://127.0.0.1:4141",
    version: "0.0.0-test",
    adminKey: ADMIN_KEY,
    discovery: { onlyGivenPorts: true },
    report: (cause) => void reported.push(cause),
  });
  gateway.mount("/admin/v1", (request, client) => admin.fetch(request, client));
  const raw: TestAdmin["raw"] = (method, path, init = {}) =>
    gateway.fetch(new Request(`http://127.0.0.1:4141${path}`, { method, ...init }));
  return {
    admin,
    gateway,
    profiles,
    sent,
    reported,
    raw,
    async ask<T>(method: string, path: string, body?: unknown) {
      const response = await raw(method, `/admin/v1${path}`, {
        headers: { authorization: `Bearer ${ADMIN_KEY}`, ...(method === "GET" ? {} : { "content-type": "application/json" }) },
        ...(method === "GET" ? {} : { body: JSON.stringify(body ?? {}) }),
      });
      const text = await response.text();
      const isJson = response.headers.get("content-type")?.startsWith("application/json") === true;
      return { status: response.status, text, body: (isJson ? JSON.parse(text) : undefined) as T };
    },
    async close() {
      await gateway.close({ graceMs: 0 });
      await profiles.close();
      await store.close();
    },
  };
}
