/** A gateway in a process of its own, which processes.test.ts starts several times and kills. */
import { createProfiles, masterKeyFromText, openVault } from "@lumiverse/connections";
import { openPostgresStore } from "@lumiverse/connections/node";
import "@lumiverse/anthropic";
import "@lumiverse/groq";
import "@lumiverse/openai";
import { createGateway } from "../src/index.ts";
import { serveGateway } from "../src/node.ts";

const [address = "", masterKey = "", vendor = "", name = "", deadAfterMs = "2000"] = process.argv.slice(2);
const store = await openPostgresStore(address, { connections: 4 });
const vault = await openVault(store, [masterKeyFromText(masterKey)]);
const toVendor: typeof fetch = (input, init) => {
  const url = new URL(String(input));
  const headers = new Headers(init?.headers);
  headers.set("x-vendor-host", name);
  return fetch(`${vendor}${url.pathname}`, { ...init, headers });
};
const profiles = createProfiles({ store, vault, connect: { fetch: toVendor } });
const gateway = await createGateway({ profiles, deadAfterMs: Number(deadAfterMs), onError: (error) => console.error(name, error) });
const server = await serveGateway(gateway, { port: 0 });
process.send?.({ url: server.url });
process.on(
  "SIGTERM",
  () =>
    void server
      .close({ graceMs: 5000 })
      .then(() => store.close())
      .then(() => process.exit(0)),
);
