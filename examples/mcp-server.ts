// The MCP server of mcp-agent.ts.
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import * as z from "zod";

const server = new McpServer({ name: "harbour", version: "1.0.0" });
const inputSchema = { harbour: z.string() };
server.registerTool("tide", { description: "When the tide is high.", inputSchema }, async ({ harbour }) => ({
  content: [{ type: "text", text: harbour === "Vik" ? "High at five." : "High at seven." }],
}));
server.registerTool("wind", { description: "How the wind blows.", inputSchema }, async () => ({
  content: [{ type: "text", text: "West, light." }],
}));
await server.connect(new StdioServerTransport());
