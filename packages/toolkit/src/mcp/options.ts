import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";

/** How to reach an MCP server: by `url` or by `transport`. */
export interface McpServerOptions {
  /** Shown in errors. */
  name: string;
  /** Put before the names of the tools, so that equal names of two servers do not collide. Default: the server's name and `_`. */
  prefix?: string;
  /** The address of a server over Streamable HTTP, with request headers where it needs them. */
  url?: string | URL;
  headers?: Readonly<Record<string, string>>;
  /** Any other transport of the SDK. Called for every new session: `() => new StdioClientTransport({ command: "…" })`. */
  transport?: () => Transport | Promise<Transport>;
  /** Which tools need approval, by the server's own name for them. Default: none. */
  needsApproval?: (tool: string) => boolean;
  /** Milliseconds for one call, and for each page of the list of tools. Default 60,000. */
  timeoutMs?: number;
}
