// The server of use-chat.tsx. Another provider is another name: lumiverse("anthropic/claude-sonnet-4-5").
import "@lumiverse/groq";
import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { lumiverse } from "@lumiverse/ai-sdk";
import { convertToModelMessages, pipeUIMessageStreamToResponse, safeValidateUIMessages, streamText, toUIMessageStream } from "ai";

const server = createServer(async (request, response) => {
  const { messages } = Object(await json(request).catch(() => undefined));
  const checked = await safeValidateUIMessages({ messages });
  if (!checked.success) return void response.writeHead(400).end("Post what useChat posts.");
  const asked = { instructions: "You run a mill.", messages: await convertToModelMessages(checked.data) };
  const { stream } = streamText({ model: lumiverse("groq/openai/gpt-oss-20b"), ...asked });
  pipeUIMessageStreamToResponse({ response, stream: toUIMessageStream({ stream }) });
});
server.listen(Number(process.env["PORT"] ?? 3000), () => console.log("listening"));
