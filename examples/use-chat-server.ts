// The server of use-chat.tsx. Another provider is another name: lumiverse("anthropic/claude-sonnet-4-5").
import "@lumiverse/groq";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { lumiverse } from "@lumiverse/ai-sdk";
import { convertToModelMessages, pipeUIMessageStreamToResponse, streamText, toUIMessageStream } from "ai";

const server = createServer(async (request, response) => {
  const messages = await convertToModelMessages(JSON.parse(await text(request)).messages);
  const { stream } = streamText({ model: lumiverse("groq/openai/gpt-oss-20b"), instructions: "You run a mill.", messages });
  pipeUIMessageStreamToResponse({ response, stream: toUIMessageStream({ stream }) });
});
server.listen(Number(process.env["PORT"] ?? 3000), () => console.log("listening"));
