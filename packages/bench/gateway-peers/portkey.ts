/** Portkey's gateway from npm, in its own process, which its start file makes of this one. */
import { type AddressInfo, createServer } from "node:net";

export const gateway = {
  async start(upstream: string, plans: readonly string[]) {
    const port = await freePort();
    copyHeaders();
    process.argv = [process.argv[0] ?? "", "gateway", "--headless", `--port=${port}`];
    await import("@portkey-ai/gateway/build/start-server.js");
    const origin = `http://127.0.0.1:${port}`;
    for (let tries = 0; tries < 100; tries++) {
      if (
        await fetch(origin).then(
          () => true,
          () => false,
        )
      )
        break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const headers = (plan: string) => ({
      authorization: "Bearer none",
      "x-portkey-provider": "openai",
      "x-portkey-custom-host": `${upstream}/${plan}/v1`,
    });
    return {
      origin,
      requests: Object.fromEntries(plans.map((plan) => [plan, { path: "/v1/chat/completions", headers: headers(plan), model: "m" }])),
    };
  },
};

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/**
 * Version 1.15.2 adds headers to the response of a streamed call, which Node 24 refuses ("immutable"), so every stream ends with the status 500. With headers
 * of their own its streams work. The copy is charged to it, and small.
 */
function copyHeaders(): void {
  const { fetch: send, Response: NativeResponse } = globalThis;
  globalThis.fetch = async (input, init) => {
    const { body, status, headers } = await send(input, init);
    return new NativeResponse(body, { status, headers: new Headers(headers) });
  };
}
