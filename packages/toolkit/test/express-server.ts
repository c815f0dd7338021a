// An Express application, run as a process of its own: under Vitest's resolve conditions Express's own dependencies resolve wrongly.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import { toResponse } from "../src/browser/index.ts";
import { withLogging } from "../src/middleware/index.ts";
import { mock } from "../src/mock/index.ts";
import { sendResponse } from "../src/node.ts";

const { connection } = mock(["hello from express", { text: "a b c d e f g h", packetDelayMs: 20 }]);
const logged = withLogging(connection, { log: ({ type }) => console.log(type) });
const app = express();
app.post("/chat", express.json(), async (request, response) => {
  await sendResponse(response, toResponse(logged.stream({ model: "mock", messages: request.body })));
});
const server = createServer(app);
server.listen(0, "127.0.0.1", () => console.log((server.address() as AddressInfo).port)); // listening on TCP
