// A server that streams to a page. The fetch handler also runs in Bun, Deno and workers, without the last line.
import "@lumiverse/groq";
import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { connect, type Message } from "@lumiverse/core";
import { toResponse } from "@lumiverse/toolkit/browser";
import { sendResponse } from "@lumiverse/toolkit/node";

const groq = connect("groq");
async function chat(messages: Message[]): Promise<Response> {
  return toResponse(groq.stream({ model: "openai/gpt-oss-20b", messages }));
}
const server = createServer(async (request, response) => {
  const messages = await json(request).catch(() => undefined);
  const isList = Array.isArray(messages);
  await sendResponse(response, isList ? await chat(messages) : new Response("Post the messages as JSON.", { status: 400 }));
});
server.listen(Number(process.env["PORT"] ?? 3000), () => console.log("listening"));
