/** A gateway for all runtimes, with a store that the application hands in. */
import { createProfiles, masterKeyFromText, newMasterKey, openVault } from "@lumiverse/connections";
import { createRegistry } from "@lumiverse/core";
import { groq } from "@lumiverse/groq/provider";
import { createGateway, type FetchContext } from "../../src/index.ts";
import { openMemoryStore } from "./memory-store.ts";

/** The key of clients. */
export const KEY = "lv-example-key-of-a-team-0001";

/** @param vendor the base URL of a server that answers as Groq does */
export async function createApp(vendor: string): Promise<{ fetch: (request: Request, context?: FetchContext) => Promise<Response> }> {
  const store = await openMemoryStore();
  const registry = createRegistry();
  registry.register(groq);
  const vault = await openVault(store, [masterKeyFromText(newMasterKey())]);
  const profiles = createProfiles({ store, vault, registry });
  await profiles.create({ name: "groq", provider: "groq", baseURL: vendor, model: "qwen/qwen3.8-27b", key: "example-key-0001" });
  const gateway = await createGateway({
    profiles,
    config: { connections: [], aliases: [], options: {}, keys: [{ name: "team", secret: KEY, limits: { requestsPerMinute: 1000 } }] },
    heartbeatMs: 500,
  });
  return {
    async fetch(request, context) {
      // What the ledger holds, for the test.
      if (new URL(request.url).pathname === "/calls") return Response.json(await gateway.ledger.list());
      return gateway.fetch(request, context);
    },
  };
}
