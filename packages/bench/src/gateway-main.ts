/** The process of one gateway. The parent asks it for the CPU time and the memory that it has used. */
import type { GatewayUnderTest } from "./gateways/gateway-under-test.ts";

const own: Record<string, () => Promise<{ gateway: GatewayUnderTest }>> = {
  limit: () => import("./gateways/limit.ts"),
  lumiverse: () => import("./gateways/lumiverse.ts"),
};
const [name = "", upstream = "", plans = ""] = process.argv.slice(2);
// The module of a peer is in the folder of its packages, outside the workspace.
const load =
  own[name] ?? ((): Promise<{ gateway: GatewayUnderTest }> => import(new URL(`../gateway-peers/${name}.ts`, import.meta.url).href));

const { gateway } = await load();
const address = await gateway.start(upstream, plans.split(","));
process.on("message", ({ collect }: { collect?: boolean }) => {
  if (collect === true) (globalThis as { gc?: () => void }).gc?.(); // --expose-gc
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
  process.send?.({ result: { cpu: (user + system) / 1000, rss, heap: heapUsed + external + arrayBuffers } });
});
process.on("disconnect", () => process.exit(0));
process.send?.(address);
