/** Tools of Model Context Protocol servers. Needs the peer `@modelcontextprotocol/sdk`, which is loaded with the first connection. */

import { LumiverseError, type Note } from "@lumiverse/core";
import { isObject, type JsonObject, shortId } from "@lumiverse/core/provider";
import type { McpServerOptions } from "./mcp/options.ts";
import { readResult } from "./mcp/result.ts";
import { McpSession, RequestFailure } from "./mcp/session.ts";
import { messageOf } from "./shared/errors.ts";
import type { ToolResult } from "./tools/result.ts";
import type { RunnableTool, ToolContext } from "./tools/tool.ts";

export type { McpServerOptions } from "./mcp/options.ts";

/** A connected MCP server. */
export interface McpServer {
  /** The server's tools, as of the last listing. They keep working when the session is lost: the next call opens a new one. */
  readonly tools: readonly RunnableTool[];
  /** What went wrong with a listing: tools that were left out, or why the earlier tools were kept. */
  readonly notes: readonly Note[];
  /** Lists the tools again. */
  refresh(): Promise<void>;
  /** Ends the session, and the process of a server that a stdio transport started. */
  close(): Promise<void>;
}

/** The longest tool name that all vendors accept, in characters. */
const LONGEST_NAME = 64;
/** The most pages of a tool list, and the most tools, that are read. */
const MOST_PAGES = 100;
const MOST_TOOLS = 10_000;

/**
 * Connects to a server and lists its tools.
 * @throws LumiverseError `configuration` without the SDK, a URL or a transport; `network` when the server cannot be reached or does not list its tools
 */
export async function connectMcp(options: McpServerOptions): Promise<McpServer> {
  const server = new ToolServer(options);
  try {
    await server.list();
  } catch (cause) {
    await server.close();
    throw cause;
  }
  return {
    get tools() {
      return server.tools;
    },
    notes: server.notes,
    refresh: () => server.refresh(),
    close: () => server.close(),
  };
}

class ToolServer {
  readonly #options: McpServerOptions;
  readonly #session: McpSession;
  tools: readonly RunnableTool[] = [];
  readonly notes: Note[] = [];

  constructor(options: McpServerOptions) {
    this.#options = options;
    this.#session = new McpSession(options);
  }

  async refresh(): Promise<void> {
    try {
      await this.list();
    } catch (cause) {
      this.#warn(`they could not be listed again: ${messageOf(cause)}`);
    }
  }

  close(): Promise<void> {
    return this.#session.close();
  }

  /** @throws LumiverseError */
  async list(): Promise<void> {
    const { name } = this.#options;
    try {
      this.tools = await this.#readList();
    } catch (cause) {
      if (!(cause instanceof RequestFailure)) throw cause;
      throw new LumiverseError({ code: "network", message: `the MCP server ${name} does not list its tools: ${cause.message}`, cause });
    }
  }

  async #readList(): Promise<RunnableTool[]> {
    const tools = new Map<string, RunnableTool>();
    const cursors = new Set<string>();
    let unreadable = 0;
    for (let cursor: unknown, page = 0; page < MOST_PAGES && tools.size < MOST_TOOLS; page++) {
      const listed = await this.#session.request("tools/list", typeof cursor === "string" ? { cursor } : {});
      for (const entry of Array.isArray(listed["tools"]) ? listed["tools"] : []) {
        const tool = this.#tool(entry);
        if (tool === undefined) unreadable++;
        // A server that lists a name twice means the same tool.
        else if (!tools.has(tool.name) && tools.size < MOST_TOOLS) tools.set(tool.name, tool);
      }
      cursor = listed["nextCursor"];
      if (typeof cursor !== "string" || cursors.has(cursor)) break;
      cursors.add(cursor);
    }
    if (unreadable > 0) this.#warn(`${unreadable} tools have no name or no schema of an object, and were left out`);
    if (tools.size === MOST_TOOLS) this.#warn(`the list may be longer: ${MOST_TOOLS} tools were read`);
    return [...tools.values()];
  }

  #warn(text: string): void {
    this.notes.push({ kind: "warning", field: "tools", message: `Tools of ${this.#options.name}: ${text}` });
  }

  /** Undefined for an entry that is no tool. */
  #tool(entry: unknown): RunnableTool | undefined {
    if (!isObject(entry)) return undefined;
    const { name, description, inputSchema } = entry;
    if (typeof name !== "string" || !isObject(inputSchema)) return undefined;
    return {
      name: toolName(this.#options.prefix ?? `${this.#options.name}_`, name),
      parameters: inputSchema,
      ...(typeof description === "string" ? { description } : {}),
      ...(this.#options.needsApproval?.(name) === true ? { needsApproval: () => true } : {}),
      // The server validates the arguments against its own schema and reports a mismatch as a result.
      validate: async (input) => (isObject(input) ? { value: input } : { issues: "the arguments must be an object" }),
      execute: (input, context) => this.#call(name, isObject(input) ? input : {}, context),
    };
  }

  async #call(name: string, input: JsonObject, context: ToolContext): Promise<ToolResult> {
    const result = await this.#answerOf({ name, arguments: input }, context, true);
    try {
      return readResult(result);
    } catch (cause) {
      throw new Error(`The tool ran, but its result cannot be read: ${messageOf(cause)}`, { cause });
    }
  }

  async #answerOf(call: JsonObject, context: ToolContext, mayRepeat: boolean): Promise<JsonObject> {
    try {
      return await this.#session.request("tools/call", call, context.signal);
    } catch (cause) {
      if (!(cause instanceof RequestFailure) || cause.isAnswered) throw cause;
      if (cause.isUnknownSession && mayRepeat) return this.#answerOf(call, context, false);
      // The call is not sent again, because the server may have done its work.
      throw new Error(`The response of ${this.#options.name} was lost, and the call may have had its effect: ${cause.message}`, { cause });
    }
  }
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
