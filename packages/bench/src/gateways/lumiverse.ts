/** The gateway as a company runs it: a virtual key for each call, a ledger in a database file, metrics. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createProfiles, masterKeyFromText, newMasterKey, openVault } from "@lumiverse/connections";
import { openSqliteStore } from "@lumiverse/connections/node";
import "@lumiverse/custom";
import { createGateway } from "@lumiverse/gateway";
import { nodeFetch, prometheusMetrics, serveGateway } from "@lumiverse/gateway/node";
import type { GatewayUnderTest } from "./gateway-under-test.ts";

export const gateway: GatewayUnderTest = {
  async start(upstream, plans) {
    const store = await openSqliteStore(join(mkdtempSync(join(tmpdir(), "lumiverse-bench-")), "gateway.db"));
    const profiles = createProfiles({ store, vault: await openVault(store, [masterKeyFromText(newMasterKey())]) });
    for (const plan of plans) await profiles.create({ name: plan, provider: "custom", baseURL: `${upstream}/${plan}/v1`, model: "m" });
    const opened = await createGateway({ profiles, fetch: nodeFetch(), metrics: prometheusMetrics() });
    const { secret } = await opened.keys.create({ name: "Bench" });
    const server = await serveGateway(opened, { port: 0 });
    const headers = { authorization: `Bearer ${secret}` };
    return {
      origin: server.url,
      requests: Object.fromEntries(plans.map((plan) => [plan, { path: "/v1/chat/completions", headers, model: `${plan}/m` }])),
    };
  },
};
