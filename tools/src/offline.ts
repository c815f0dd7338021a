// Loaded before an example (`node --import`). Requests to a vendor's host go to the replay server with that provider's fixtures, and keys are invented.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { readFixtures, replay } from "@lumiverse/conformance";
import { root } from "./workspace.ts";

const ids = readdirSync(join(root, "providers")).filter((id) => existsSync(join(root, "providers", id, "fixtures")));
const server = await replay({
  fixtures: Object.fromEntries(ids.map((id) => [id, join(root, "providers", id, "fixtures")])),
  delayMs: 0,
  background: true,
});

const hosts = new Map<string, string>();
for (const id of ids) {
  // Account and token endpoints can have another host than the API, so every host of a case belongs to its provider.
  for (const { exchanges } of readFixtures(join(root, "providers", id, "fixtures")))
    for (const { url } of exchanges) hosts.set(new URL(url).origin, id);
  const module = (await import(`@lumiverse/${id}/provider`)) as Record<string, { credential?: { env?: string } }>;
  for (const provider of Object.values(module)) {
    if (provider?.credential?.env !== undefined) process.env[provider.credential.env] ??= "example-key-0001";
  }
}

const direct = globalThis.fetch;
globalThis.fetch = (input, init) => {
  const url = new URL(typeof input === "string" ? input : input instanceof URL ? input.href : input.url);
  const id = hosts.get(url.origin);
  if (id !== undefined) return server.fetch(id)(url, init);
  if (url.hostname === "127.0.0.1" || url.hostname === "localhost") return direct(input, init);
  throw new Error(`an example called ${url.origin}, and no fixture has that host`);
};
