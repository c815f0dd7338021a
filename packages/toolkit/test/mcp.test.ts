import { randomUUID } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { connectMcp, toolName } from "../src/mcp.ts";
import { mock } from "../src/mock/index.ts";
import { runTools, type ToolContext } from "../src/tools/index.ts";
import { ASK, failing, pause, serve } from "./helpers.ts";

const CONTEXT: ToolContext = { id: "c", signal: new AbortController().signal, step: 1 };

/** A server that counts how often its tool ran. */
function server(state: { ran: number; crash?: () => void }): McpServer {
  const mcp = new McpServer({ name: "harbour", version: "1.0.0" });
  mcp.registerTool("tide", { description: "Tells the tide.", inputSchema: { place: z.string() } }, async ({ place }) => {
    state.ran++;
    state.crash?.();
    if (place === "nowhere") throw new Error("no such place");
    return {
      content: [
        { type: "text", text: `High water in ${place}` },
        { type: "image", data: "aGk=", mimeType: "image/png" },
      ],
    };
  });
  return mcp;
}

/** A port at which nothing listens: a server had it a moment ago. */
async function closedPort(): Promise<string> {
  await using closed = await serve(() => {});
  return new URL(closed.url).port;
}

describe("connectMcp", () => {
  test("gives a server's tools to a run, over Streamable HTTP", async () => {
    const state = { ran: 0 };
    const sessions = new Map<string, StreamableHTTPServerTransport>();
    await using http = await serve(async (request, response, body) => {
      let transport = sessions.get(String(request.headers["mcp-session-id"]));
      if (transport === undefined) {
        const fresh = new StreamableHTTPServerTransport({
          sessionIdGenerator: randomUUID,
          onsessioninitialized: (id) => void sessions.set(id, fresh),
        });
        await server(state).connect(fresh as Parameters<McpServer["connect"]>[0]);
        transport = fresh;
      }
      await transport.handleRequest(request, response, body === "" ? undefined : JSON.parse(body));
    });
    const mcp = await connectMcp({ name: "harbour", url: `${http.url}/mcp` });
    expect(mcp.tools.map(({ name, description }) => [name, description])).toEqual([["harbour_tide", "Tells the tide."]]);
    const { connection, requests } = mock([
      {
        toolCalls: [
          { name: "harbour_tide", input: { place: "Hook" } },
          { name: "harbour_tide", input: { place: "nowhere" } },
          { name: "harbour_tide", input: {} },
        ],
      },
      "done",
    ]);
    const { messages } = await runTools(connection, ASK, { tools: mcp.tools }).response();
    const results = messages.flatMap((message) => (message.role === "tool" ? message.content : []));
    expect(results[0]?.content).toEqual([
      { type: "text", text: "High water in Hook" },
      { type: "image", data: "aGk=", mediaType: "image/png" },
    ]);
    expect(results[1]).toMatchObject({ isError: true });
    expect(results[2]).toMatchObject({ isError: true });
    expect(state.ran).toBe(2);
    expect(requests[0]?.body["tools"]).toMatchObject([{ name: "harbour_tide", parameters: { required: ["place"] } }]);
    await mcp.close();
  });

  test("gives two servers with the same tool the same names, whichever is connected first", async () => {
    const names = async (order: readonly string[]): Promise<string[]> => {
      const all: string[] = [];
      for (const name of order) {
        const [near, far] = InMemoryTransport.createLinkedPair();
        await server({ ran: 0 }).connect(far);
        const mcp = await connectMcp({ name, transport: () => near });
        all.push(...mcp.tools.map((tool) => tool.name));
        await mcp.close();
      }
      return all.sort();
    };
    expect(await names(["vik", "nes"])).toEqual(["nes_tide", "vik_tide"]);
    expect(await names(["nes", "vik"])).toEqual(["nes_tide", "vik_tide"]);
  });

  test("opens a new session after a lost one, and never runs a call twice", async () => {
    const state: { ran: number; crash?: () => void } = { ran: 0 };
    let sessions = 0;
    const mcp = await connectMcp({
      name: "h",
      async transport() {
        sessions++;
        const [client, far] = InMemoryTransport.createLinkedPair();
        state.crash = () => void far.close();
        await server(state).connect(far);
        return client;
      },
    });
    const [tide] = mcp.tools;
    if (tide === undefined) throw new Error("there is one tool");
    await expect(async () => tide.execute({ place: "Hook" }, CONTEXT)).rejects.toThrow(/response of h was lost.*may have had its effect/);
    expect([state.ran, sessions]).toEqual([1, 1]);
    await pause(1);
    await expect(async () => tide.execute({ place: "Hook" }, CONTEXT)).rejects.toThrow(/lost/);
    expect([state.ran, sessions]).toEqual([2, 2]);
  });

  test("starts a new session when a server was restarted between two calls, and runs each call once", async () => {
    const state = { ran: 0 };
    const sessions = new Map<string, StreamableHTTPServerTransport>();
    await using http = await serve(async (request, response, body) => {
      const id = request.headers["mcp-session-id"];
      let transport = sessions.get(String(id));
      if (transport === undefined && id !== undefined) return response.writeHead(404).end("no such session");
      if (transport === undefined) {
        const fresh = new StreamableHTTPServerTransport({
          sessionIdGenerator: randomUUID,
          onsessioninitialized: (given) => void sessions.set(given, fresh),
        });
        await server(state).connect(fresh as Parameters<McpServer["connect"]>[0]);
        transport = fresh;
      }
      return transport.handleRequest(request, response, body === "" ? undefined : JSON.parse(body));
    });
    const mcp = await connectMcp({ name: "h", url: `${http.url}/mcp` });
    const call = async () => mcp.tools[0]?.execute({ place: "Hook" }, CONTEXT);
    await call();
    sessions.clear();
    expect(await call()).toMatchObject({ content: [{ text: "High water in Hook" }, {}] });
    expect(state.ran).toBe(2);
    await mcp.close();
  });

  test("opens a new session after a call that timed out", async () => {
    let sessions = 0;
    const mcp = await connectMcp({
      name: "h",
      timeoutMs: 30,
      async transport() {
        sessions++;
        const [client, far] = InMemoryTransport.createLinkedPair();
        const slow = new McpServer({ name: "slow", version: "1.0.0" });
        slow.registerTool("wait", { description: "" }, async () => {
          if (sessions === 1) await pause(500);
          return { content: [{ type: "text", text: `session ${sessions}` }] };
        });
        await slow.connect(far);
        return client;
      },
    });
    await expect(async () => mcp.tools[0]?.execute({}, CONTEXT)).rejects.toThrow(/was lost/);
    expect(await mcp.tools[0]?.execute({}, CONTEXT)).toMatchObject({ content: [{ text: "session 2" }] });
  });

  test("keeps the earlier tools when a further listing fails, with a note", async () => {
    let down = false;
    const mcp = await connectMcp({
      name: "h",
      async transport() {
        if (down) throw new Error("connection refused");
        const [client, far] = InMemoryTransport.createLinkedPair();
        await server({ ran: 0 }).connect(far);
        setTimeout(() => void far.close(), 20);
        return client;
      },
    });
    down = true;
    await pause(40);
    await mcp.refresh();
    expect(mcp.tools).toHaveLength(1);
    expect(mcp.notes[0]?.message).toMatch(/could not be listed again: connection refused/);
  });

  test("starts a server as a process, which ends with close", async () => {
    const script = `
      import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
      import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
      const mcp = new McpServer({ name: "p", version: "1.0.0" });
      mcp.registerTool("pid", { description: "" }, async () => ({ content: [{ type: "text", text: String(process.pid) }] }));
      await mcp.connect(new StdioServerTransport());`;
    const args = ["--input-type=module", "-e", script];
    const cwd = new URL("..", import.meta.url).pathname;
    const mcp = await connectMcp({ name: "p", transport: () => new StdioClientTransport({ command: process.execPath, args, cwd }) });
    const result = await mcp.tools[0]?.execute({}, CONTEXT);
    const pid = Number(JSON.stringify(result).match(/"text":"(\d+)"/)?.[1]);
    expect(pid).toBeGreaterThan(0);
    await mcp.close();
    await pause(200);
    expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
  });

  test("a server that dies inside a call is started again for the next one, and the lost call is not repeated", async () => {
    const script = `
      import { appendFileSync } from "node:fs";
      import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
      import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
      const mcp = new McpServer({ name: "p", version: "1.0.0" });
      const text = (text) => ({ content: [{ type: "text", text }] });
      mcp.registerTool("die", { description: "" }, () => {
        appendFileSync(process.argv[1], "die " + process.pid + "\\n");
        process.kill(process.pid, "SIGKILL");
        return new Promise(() => {});
      });
      mcp.registerTool("babble", { description: "" }, async () => {
        process.stdout.write("this is no JSON\\n");
        return text("babbled " + process.pid);
      });
      mcp.registerTool("big", { description: "" }, async () => ({ content: Array.from({ length: 100 }, () => ({ type: "text", text: "x".repeat(100_000) })) }));
      await mcp.connect(new StdioServerTransport());`;
    const folder = await mkdtemp(join(tmpdir(), "lumiverse-mcp-"));
    const log = join(folder, "log");
    const args = ["--input-type=module", "-e", script, log];
    const cwd = new URL("..", import.meta.url).pathname;
    const transport = () => new StdioClientTransport({ command: process.execPath, args, cwd, stderr: "ignore" });
    const mcp = await connectMcp({ name: "p", prefix: "", transport });
    try {
      const steps = ["die", "babble", "die", "big"].map((name) => ({ toolCalls: [{ name }] }));
      const { connection } = mock([...steps, "the end"]);
      const { messages, stopReason } = await runTools(connection, ASK, { tools: mcp.tools, maxResultLength: 1000 }).response();
      const results = messages.flatMap((message) => (message.role === "tool" ? message.content : []));
      expect(stopReason).toBe("done");
      expect(results.map(({ content }) => JSON.stringify(content).slice(0, 40))).toEqual([
        expect.stringContaining("The tool failed: The response of p was"),
        expect.stringContaining("babbled"),
        expect.stringContaining("The tool failed: The response of p was"),
        expect.stringContaining("xxx"),
      ]);
      expect(JSON.stringify(results[3]?.content).length).toBeLessThan(1200);
      const died = (await readFile(log, "utf8")).trim().split("\n");
      expect(died).toHaveLength(2);
      expect(new Set(died).size).toBe(2);
    } finally {
      await mcp.close();
      await rm(folder, { recursive: true });
    }
  }, 60_000);

  test("a server that cannot be reached is an error that says so", async () => {
    const port = await closedPort();
    expect(await failing(connectMcp({ name: "gone", url: `http://127.0.0.1:${port}/mcp` }))).toMatchObject({
      code: "network",
      message: `the MCP server gone at 127.0.0.1:${port} cannot be reached: fetch failed: connect ECONNREFUSED 127.0.0.1:${port}`,
      hint: "Check the address, and that the server runs",
    });
    expect(await failing(connectMcp({ name: "lost", url: "http://nowhere.invalid/mcp" }))).toMatchObject({
      code: "network",
      message: expect.stringContaining("nowhere.invalid"),
    });
    expect(await failing(connectMcp({ name: "none" }))).toMatchObject({ code: "configuration" });
  });
});

describe("toolName", () => {
  test("is valid for every vendor, at most 64 characters, and depends on nothing else", () => {
    expect(toolName("files_", "read")).toBe("files_read");
    const names = [
      toolName("my files", "read.it"),
      toolName("1", "x"),
      toolName("a", "b".repeat(100)),
      toolName("a", `${"b".repeat(99)}c`),
      toolName("my.files", "read it"),
    ];
    for (const name of names) expect(name).toMatch(/^[a-zA-Z_][a-zA-Z0-9_-]{0,63}$/);
    expect(new Set(names).size).toBe(names.length);
  });
});
