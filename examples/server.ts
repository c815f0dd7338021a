// A server that streams to a page. The fetch handler also runs in Bun, Deno and workers, without the last line.
import "@lumiverse/groq";
import { createServer } from "node:http";
import { connect, type Message } from "@lumiverse/core";
import { toResponse } from "@lumiverse/toolkit/browser";
import { sendResponse } from "@lumiverse/toolkit/node";

const groq = connect("groq");
async function chat(messages: Message[]): Promise<Response> {
  return toResponse(groq.stream({ model: "openai/gpt-oss-20b", messages }));
}
const server = createServer(async (request, response) => {
  let body = "";
  for await (const chunk of request) body += chunk;
  await sendResponse(response, await chat(JSON.parse(body)));
});
server.listen(Number(process.env["PORT"] ?? 3000), () => console.log("listening"));
