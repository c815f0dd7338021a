// An agent whose tools come from an MCP server.
import "@lumiverse/openai";
import { connect } from "@lumiverse/core";
import { connectMcp } from "@lumiverse/toolkit/mcp";
import { runTools } from "@lumiverse/toolkit/tools";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";

const transport = () => new StdioClientTransport({ command: process.execPath, args: ["examples/mcp-server.ts"] });
const harbour = await connectMcp({ name: "harbour", prefix: "", transport });
const messages = [{ role: "user" as const, content: "When shall we sail from Vik?" }];
const run = runTools(connect("openai"), { model: "gpt-5.4", messages, reasoning: "medium" }, { tools: harbour.tools });
for await (const event of run) {
  if (event.type === "tool-end") console.log(event.name, JSON.stringify(event.result.content));
}
console.log((await run.response()).text);
await harbour.close();
