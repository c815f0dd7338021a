// An agent in the terminal whose tools come from an MCP server. A tool runs after you agree. Run: OPENAI_API_KEY=… node cli-agent.ts
import "@lumiverse/openai";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { connect, isLumiverseError, type Message } from "@lumiverse/core";
import { connectMcp } from "@lumiverse/toolkit/mcp";
import { runTools } from "@lumiverse/toolkit/tools";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";

const server = fileURLToPath(new URL("mcp-server.ts", import.meta.url));
const transport = () => new StdioClientTransport({ command: process.execPath, args: [server] });
const harbour = await connectMcp({ name: "harbour", prefix: "", transport, needsApproval: () => true });
const openai = connect("openai");
const terminal = createInterface({ input: process.stdin, output: process.stdout });
const lines = terminal[Symbol.asyncIterator]();
async function question(text: string): Promise<string | undefined> {
  process.stdout.write(text);
  const { done, value } = await lines.next();
  return done === true ? undefined : value;
}

let messages: readonly Message[] = [];
for (let text = await question("> "); text !== undefined; text = await question("\n> ")) {
  const request = { model: "gpt-5.4", messages: [...messages, { role: "user" as const, content: text }], reasoning: "medium" as const };
  const run = runTools(openai, request, {
    tools: harbour.tools,
    maxParallel: 1, // one question at a time
    approve: async ({ name, arguments: args }) => (await question(`Run ${name} ${args}? `))?.startsWith("y") === true,
  });
  try {
    for await (const event of run) if (event.type === "text") process.stdout.write(event.text);
    messages = (await run.response()).messages;
  } catch (error) {
    if (!isLumiverseError(error)) throw error;
    console.error(`${error.message}\n${error.hint ?? ""}`);
  }
}
await harbour.close();
terminal.close();
