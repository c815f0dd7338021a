// The chat of bot.ts: what is posted to a channel is sent to everyone over a WebSocket.
import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { WebSocketServer } from "ws";
import * as z from "zod";

const Posted = z.object({ author: z.string(), text: z.string() });
const server = createServer(async (request, response) => {
  const { data } = Posted.safeParse(await json(request).catch(() => undefined));
  if (data === undefined) return void response.writeHead(400).end("Post an author and a text as JSON.");
  const said = JSON.stringify({ channel: request.url?.split("/")[2] ?? "", ...data });
  for (const client of sockets.clients) client.send(said);
  response.writeHead(204).end();
});
const sockets = new WebSocketServer({ server });
server.listen(Number(process.env["PORT"] ?? 3001), "127.0.0.1", () => console.log("listening"));
