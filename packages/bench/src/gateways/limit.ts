/** The limit: a fetch handler that pipes bytes in both directions, on the same HTTP server as the gateway. It reads nothing and knows no keys. */
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import type { GatewayUnderTest } from "./gateway-under-test.ts";

export const gateway: GatewayUnderTest = {
  async start(upstream, plans) {
    const server = createAdaptorServer({
      fetch: async (request: Request) => {
        const { pathname } = new URL(request.url);
        const { body, status, headers } = await fetch(upstream + pathname, {
          method: "POST",
          headers: { "content-type": "application/json", authorization: request.headers.get("authorization") ?? "" },
          body: await request.text(),
          signal: request.signal,
        });
        return new Response(body, { status, headers: { "content-type": headers.get("content-type") ?? "" } });
      },
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo; // it listens on TCP
    const path = (plan: string): string => `/${plan}/v1/chat/completions`;
    return {
      origin: `http://127.0.0.1:${port}`,
      requests: Object.fromEntries(
        plans.map((plan) => [plan, { path: path(plan), headers: { authorization: "Bearer none" }, model: "m" }]),
      ),
    };
  },
};
