/** Tools of Model Context Protocol servers. Needs the peer `@modelcontextprotocol/sdk`, which is loaded with the first connection. */

import { type JsonSchema, LumiverseError, type Note } from "@lumiverse/core";
import { isObject, type JsonObject, shortId } from "@lumiverse/core/provider";
import type { Client } from "@modelcontextprotocol/sdk/client/index.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { messageOf } from "./shared/errors.ts";
import { type ToolResult, toolResult } from "./tools/result.ts";
import type { RunnableTool, ToolContext, ToolResultContent } from "./tools/tool.ts";

/** How to reach an MCP server: by `url` or by `transport`. */
export interface McpServerOptions {
  /** Shown in errors. */
  name: string;
  /** Stands before the names of the tools, so that two servers with the same tool do not collide. Default: the server's name and `_`. */
  prefix?: string;
  /** The address of a server over Streamable HTTP, with request headers where it needs them. */
  url?: string | URL;
  headers?: Readonly<Record<string, string>>;
  /** Any other transport of the SDK. Called for every new session: `() => new StdioClientTransport({ command: "…" })`. */
  transport?: () => Transport | Promise<Transport>;
  /** Which tools need approval, by the server's own name for them. Default: none. */
  needsApproval?: (tool: string) => boolean;
  /** Milliseconds for one call. Default 60,000. */
  timeoutMs?: number;
}

/** A connected MCP server. */
export interface McpServer {
  /** The server's tools, as of the last listing. They keep working when the session is lost: the next call opens a new one. */
  readonly tools: readonly RunnableTool[];
  /** What went wrong with a listing. The earlier tools are kept then. */
  readonly notes: readonly Note[];
  /** Lists the tools again. */
  refresh(): Promise<void>;
  /** Ends the session, and the process of a server that a stdio transport started. */
  close(): Promise<void>;
}

/** Longest tool name that all vendors accept. */
const LONGEST_NAME = 64;
/** Pages of a tool list that are read. */
const MOST_PAGES = 100;

/**
 * Connects to a server and lists its tools.
 * @throws LumiverseError `configuration` without the SDK, a URL or a transport; `network` when the server cannot be reached
 */
export async function connectMcp(options: McpServerOptions): Promise<McpServer> {
  const session = new McpSession(options);
  let tools: readonly RunnableTool[];
  try {
    tools = await session.list();
  } catch (cause) {
    await session.close();
    throw cause;
  }
  const notes: Note[] = [];
  return {
    get tools() {
      return tools;
    },
    notes,
    async refresh() {
      try {
        tools = await session.list();
      } catch (cause) {
        notes.push({
          kind: "warning",
          field: "tools",
          message: `The tools of ${options.name} could not be listed again: ${messageOf(cause)}`,
        });
      }
    },
    close: () => session.close(),
  };
}

class McpSession {
  readonly #options: McpServerOptions;
  #client: Promise<Client> | undefined;
  #closed = false;

  constructor(options: McpServerOptions) {
    this.#options = options;
  }

  async list(): Promise<RunnableTool[]> {
    const tools: RunnableTool[] = [];
    const names = new Set<string>();
    let cursor: string | undefined;
    try {
      const client = await this.#open();
      for (let page = 0; page < MOST_PAGES; page++) {
        const listed = await client.listTools(cursor === undefined ? {} : { cursor });
        for (const { name, description, inputSchema } of listed.tools) {
          const unique = toolName(this.#options.prefix ?? `${this.#options.name}_`, name);
          // A server that lists a name twice means the same tool.
          if (names.has(unique)) continue;
          names.add(unique);
          tools.push(this.#tool(unique, name, description, inputSchema));
        }
        cursor = listed.nextCursor;
        if (cursor === undefined) break;
      }
    } catch (cause) {
      await this.#drop();
      throw cause;
    }
    return tools;
  }

  #tool(name: string, serverName: string, description: string | undefined, parameters: JsonSchema): RunnableTool {
    return {
      name,
      parameters,
      ...(description === undefined ? {} : { description }),
      ...(this.#options.needsApproval?.(serverName) === true ? { needsApproval: () => true } : {}),
      // The server validates the arguments against its own schema and reports a mismatch as a result.
      validate: async (input) => (isObject(input) ? { value: input } : { issues: "the arguments must be an object" }),
      execute: (input, context) => this.#call(serverName, isObject(input) ? input : {}, context),
    };
  }

  async #call(name: string, input: JsonObject, context: ToolContext, isSecond = false): Promise<ToolResult> {
    const client = await this.#open();
    try {
      const result = await client.callTool({ name, arguments: input }, undefined, {
        signal: context.signal,
        timeout: this.#options.timeoutMs ?? 60_000,
      });
      return readResult(result);
    } catch (cause) {
      if (isAnswered(cause)) throw cause;
      // The next call opens a new session.
      await this.#drop();
      // The server did not know the session, so it has not seen the call.
      if (codeOf(cause) === 404 && !isSecond) return this.#call(name, input, context, true);
      // The call is not sent again, because the server may have done its work.
      throw new Error(`The response of ${this.#options.name} was lost, and the call may have had its effect: ${messageOf(cause)}`, {
        cause,
      });
    }
  }

  async #open(): Promise<Client> {
    if (this.#closed) throw new LumiverseError({ code: "aborted", message: `the MCP server ${this.#options.name} was closed` });
    this.#client ??= this.#start();
    try {
      return await this.#client;
    } catch (cause) {
      this.#client = undefined;
      throw cause;
    }
  }

  async #start(): Promise<Client> {
    const { name } = this.#options;
    const { Client } = await loadSdk(() => import("@modelcontextprotocol/sdk/client/index.js"));
    const client = new Client({ name: "lumiverse", version: "1.0.0" });
    const transport = await this.#transport();
    try {
      await client.connect(transport);
    } catch (cause) {
      await transport.close().catch(() => {});
      throw new LumiverseError({ code: "network", message: `the MCP server ${name} cannot be reached: ${messageOf(cause)}`, cause });
    }
    client.onclose = () => {
      this.#client = undefined;
    };
    return client;
  }

  async #transport(): Promise<Transport> {
    const { transport, url, headers, name } = this.#options;
    if (transport !== undefined) return transport();
    if (url === undefined)
      throw new LumiverseError({ code: "configuration", message: `the MCP server ${name} has neither a url nor a transport` });
    const { StreamableHTTPClientTransport } = await loadSdk(() => import("@modelcontextprotocol/sdk/client/streamableHttp.js"));
    const http = new StreamableHTTPClientTransport(new URL(url), headers === undefined ? {} : { requestInit: { headers } });
    // The SDK is built without exactOptionalPropertyTypes: its `sessionId` may be undefined.
    return http as Transport;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#drop();
  }

  async #drop(): Promise<void> {
    const client = await this.#client?.catch(() => undefined);
    this.#client = undefined;
    await client?.close().catch(() => {});
  }
}

async function loadSdk<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    throw new LumiverseError({
      code: "configuration",
      message: `the MCP SDK could not be loaded: ${messageOf(cause)}`,
      hint: "npm install @modelcontextprotocol/sdk",
      cause,
    });
  }
}

/** JSON-RPC errors that the SDK raises itself when no answer came: a closed connection and a timeout. */
const LOST: ReadonlySet<number> = new Set([-32000, -32001]);

/** True when the server answered the call, with an error. */
function isAnswered(cause: unknown): boolean {
  const code = codeOf(cause);
  return cause instanceof Error && cause.name === "McpError" && code !== undefined && !LOST.has(code);
}

/** The JSON-RPC code of the SDK's `McpError`, or the HTTP status of its `StreamableHTTPError`. */
function codeOf(cause: unknown): number | undefined {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return typeof code === "number" ? code : undefined;
}

/** `server_tool`, in the characters that all vendors accept. A name that is too long ends with a hash of itself, so it does not depend on other tools. */
export function toolName(prefix: string, tool: string): string {
  const name = (prefix + tool).replace(/[^a-zA-Z0-9_-]/g, "_");
  const valid = /^[a-zA-Z_]/.test(name) ? name : `t_${name}`;
  const changed = valid !== prefix + tool;
  if (!changed && valid.length <= LONGEST_NAME) return valid;
  const hash = shortId(`${prefix}\n${tool}`, 6);
  return `${valid.slice(0, LONGEST_NAME - hash.length - 1)}_${hash}`;
}

function readResult(result: unknown): ToolResult {
  if (!isObject(result)) return toolResult({ content: "Done." });
  const blocks = Array.isArray(result["content"]) ? result["content"] : [];
  const parts = blocks.flatMap((block: unknown) => partOf(block));
  const structured = result["structuredContent"];
  const content: ToolResultContent = parts.length > 0 ? parts : structured === undefined ? "Done." : JSON.stringify(structured);
  return toolResult({ content, data: result, ...(result["isError"] === true ? { isError: true } : {}) });
}

function partOf(block: unknown): Exclude<ToolResultContent, string>[number][] {
  if (!isObject(block)) return [];
  const { type, text, data, mimeType, resource, uri, name } = block;
  if (type === "text" && typeof text === "string") return [{ type: "text", text }];
  if ((type === "image" || type === "audio") && typeof data === "string" && typeof mimeType === "string")
    return [{ type, data, mediaType: mimeType }];
  if (type === "resource" && isObject(resource)) return [resourcePart(resource)];
  if (type === "resource_link" && typeof uri === "string")
    return [{ type: "text", text: `${typeof name === "string" ? name : "resource"}: ${uri}` }];
  return [{ type: "text", text: JSON.stringify(block) }];
}

function resourcePart({ text, blob, mimeType, uri }: JsonObject): Exclude<ToolResultContent, string>[number] {
  if (typeof text === "string") return { type: "text", text };
  if (typeof blob === "string")
    return { type: "file", data: blob, mediaType: typeof mimeType === "string" ? mimeType : "application/octet-stream" };
  return { type: "text", text: `resource: ${String(uri)}` };
}
