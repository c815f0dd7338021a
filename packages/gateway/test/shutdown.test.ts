/** A server that stops listening while a client still reads. */
import { connect } from "node:net";
import { afterEach, expect, test } from "vitest";
import { CHAT, chatBody, listen, openTestGateway, type TestGateway, until } from "./gateways.ts";
import { chunk } from "./vendor-server.ts";

let one: TestGateway;
afterEach(() => one.close());

test("a client that reads slowly receives the end of its answer when the server closes", async () => {
  one = await openTestGateway();
  const packet = chunk({ content: "x".repeat(60_000) });
  one.vendor.answers.set("long", async (_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (let n = 0; n < 200; n++) if (!response.write(packet)) await new Promise<void>((resolve) => response.once("drain", resolve));
    response.end(`${chunk({}, "stop")}data: [DONE]\n\n`);
  });
  const server = await listen(one.gateway);
  const body = JSON.stringify(chatBody("local/long", { stream: true }));
  const socket = connect({ port: server.port, host: "127.0.0.1" });
  socket.on("error", () => {});
  let received = 0;
  let last = "";
  socket.on("data", (piece) => {
    received += piece.length;
    last = (last + piece.toString("latin1")).slice(-200);
    // Less than the answer has in a moment.
    socket.pause();
    setTimeout(() => socket.resume(), 5);
  });
  socket.write(
    `POST ${CHAT} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  await until(() => received > 0, "the first packet");
  const closed = server.close({ graceMs: 30_000 });
  await new Promise<void>((resolve) => socket.once("close", () => resolve()));
  await closed;
  expect(received).toBeGreaterThan(12_000_000);
  expect(last).toContain("data: [DONE]");
});
