import type { Gateway } from "@lumiverse/gateway";
import { serveGateway } from "@lumiverse/gateway/node";
import { expect, test } from "vitest";

/** A server whose gateway answers every request with this body. */
async function serve(body: ReadableStream<Uint8Array>) {
  const gateway: Pick<Gateway, "fetch" | "close"> = { fetch: async () => new Response(body), close: async () => {} };
  // The server uses nothing else of a gateway.
  return serveGateway(gateway as Gateway, { port: 0 });
}

test("the status of a stream arrives although its body is silent", async () => {
  const server = await serve(new ReadableStream());
  const response = await fetch(server.url);
  expect(response.status).toBe(200);
  await response.body?.cancel();
  await server.close();
});

test("a stream that is over before its headers are sent arrives whole", async () => {
  const texts = ["first ", "second ", "third"];
  const server = await serve(
    new ReadableStream({
      start(controller) {
        for (const text of texts) controller.enqueue(new TextEncoder().encode(text));
        controller.close();
      },
    }),
  );
  const response = await fetch(server.url);
  expect(await response.text()).toBe(texts.join(""));
  await server.close();
});
