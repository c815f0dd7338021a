/** MCP servers that send what no server should. Whatever they send, the call ends, and no secret of the options is shown. */
import { inspect } from "node:util";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { describe, expect, test } from "vitest";
import { connectMcp, type McpServer } from "../src/mcp.ts";
import type { RunnableTool, ToolContext } from "../src/tools/index.ts";
import { pause, serve } from "./helpers.ts";

const CONTEXT: ToolContext = { id: "c", signal: new AbortController().signal, step: 1 };
const TIDE = { name: "tide", inputSchema: { type: "object" } };

type Json = Record<string, unknown>;
/** What a server answers to a method, by its parameters. Undefined: nothing. A `rejection` is a JSON-RPC error. */
type Answers = (method: string, params: Json) => unknown;

/** A transport to a server that answers as it is told. */
function hostile(answers: Answers): InMemoryTransport {
  const [near, far] = InMemoryTransport.createLinkedPair();
  far.onmessage = (message) => {
    const { id, method = "", params = {} } = message as Json & { method?: string; params?: Json };
    if (id === undefined) return;
    const result = method === "initialize" ? initialized(params) : answers(method, params);
    void Promise.resolve(result).then((settled) => settled !== undefined && reply(id, settled));
  };
  const reply = (id: unknown, result: unknown): void => {
    const answer = typeof result === "object" && result !== null && "rejection" in result ? { error: result.rejection } : { result };
    void far.send({ jsonrpc: "2.0", id, ...answer } as Parameters<typeof far.send>[0]);
  };
  void far.start();
  return near;
}

function text(text: string): Json {
  return { content: [{ type: "text", text }] };
}

function initialized({ protocolVersion }: Json): Json {
  return { protocolVersion, capabilities: { tools: {} }, serverInfo: { name: "s", version: "1" } };
}

/** A server whose list has one tool, and which answers a call as it is told. */
async function oneTool(answer: (params: Json) => unknown, tool: Json = TIDE): Promise<{ mcp: McpServer; tide: RunnableTool }> {
  const transport = () => hostile((method, params) => (method === "tools/list" ? { tools: [tool] } : answer(params)));
  const mcp = await connectMcp({ name: "h", transport, timeoutMs: 1000 });
  const [tide] = mcp.tools;
  if (tide === undefined) throw new Error("there is one tool");
  return { mcp, tide };
}

describe("a list of tools", () => {
  const listed = (list: (params: Json) => unknown) => connectMcp({ name: "h", transport: () => hostile((_, params) => list(params)) });

  test("loses no tool for an odd one beside it, and says what was left out", async () => {
    const odd = [null, 7, "x", {}, { name: {} }, { name: "a" }, { name: 1, inputSchema: {} }, { name: "b", inputSchema: [] }];
    const mcp = await listed(() => ({ tools: [...odd, { ...TIDE, description: 7, annotations: "x", outputSchema: { type: 3 } }] }));
    expect(mcp.tools.map(({ name, description }) => [name, description])).toEqual([["h_tide", undefined]]);
    expect(mcp.notes.map(({ message }) => message)).toEqual([
      "Tools of h: 8 tools have no name or no schema of an object, and were left out",
    ]);
  });

  test("that repeats its cursor ends", async () => {
    let pages = 0;
    const mcp = await listed(() => {
      pages++;
      return { tools: [TIDE], nextCursor: "again" };
    });
    expect([mcp.tools.length, pages]).toEqual([1, 2]);
  });

  test("without end is cut, with a note", async () => {
    let next = 0;
    const mcp = await listed(() => ({
      tools: Array.from({ length: 3000 }, () => ({ ...TIDE, name: `t${next++}` })),
      nextCursor: String(next),
    }));
    expect(mcp.tools).toHaveLength(10_000);
    expect(mcp.notes[0]?.message).toBe("Tools of h: the list may be longer: 10000 tools were read");
  });

  test.each([[{}], [{ tools: null }], [{ tools: "x" }], [{ tools: {} }]])("%j has no tools", async (list) => {
    expect((await listed(() => list)).tools).toEqual([]);
  });

  test("names like those of every object are names", async () => {
    const names = ["__proto__", "constructor", "toString", "hasOwnProperty"];
    const mcp = await connectMcp({
      name: "h",
      prefix: "",
      transport: () => hostile(() => ({ tools: names.map((name) => ({ ...TIDE, name })) })),
    });
    expect(mcp.tools.map(({ name }) => name)).toEqual(names);
  });

  test("that a server refuses is a typed error", async () => {
    const refused = { rejection: { code: -32603, message: "no list today" } };
    await expect(listed(() => refused)).rejects.toMatchObject({ name: "LumiverseError", code: "network" });
    await expect(listed(() => refused)).rejects.toThrow(/the MCP server h does not list its tools: .*no list today/);
  });
});

describe("a result", () => {
  test("of the wrong shape is what can be read of it", async () => {
    const blocks = [
      null,
      3,
      { type: "text" },
      { type: "image", data: 7 },
      { type: "resource", resource: null },
      { type: "text", text: "ok" },
    ];
    const { tide } = await oneTool(() => ({ content: blocks, isError: "yes" }));
    const { content } = (await tide.execute({}, CONTEXT)) as { content: Json[] };
    expect(content.at(-1)).toEqual({ type: "text", text: "ok" });
    expect(content.every(({ text }) => typeof text === "string")).toBe(true);
  });

  test("does not run the regular expressions of the server's schemas", async () => {
    const outputSchema = { type: "object", properties: { x: { type: "string", pattern: "^(a+)+$" } } };
    const { tide } = await oneTool(() => ({ content: [], structuredContent: { x: `${"a".repeat(60)}!` } }), { ...TIDE, outputSchema });
    expect(await tide.execute({}, CONTEXT)).toMatchObject({ content: expect.stringContaining("aaa!") });
  });

  test("that is nested too deeply fails its call and keeps the session", async () => {
    let deep: unknown = {};
    for (let level = 0; level < 100_000; level++) deep = { deep };
    let calls = 0;
    const { tide } = await oneTool(() => (calls++ === 0 ? { structuredContent: deep } : { content: [{ type: "text", text: "ok" }] }));
    await expect(async () => tide.execute({}, CONTEXT)).rejects.toThrow(/its result cannot be read/);
    expect(await tide.execute({}, CONTEXT)).toMatchObject({ content: [{ text: "ok" }] });
  });
});

describe("a server that keeps silent", () => {
  test("is given up after the timeout", async () => {
    const transport = () => hostile(() => undefined);
    await expect(connectMcp({ name: "h", transport, timeoutMs: 30 })).rejects.toThrow(/does not list its tools: .*no answer within 30 ms/);
  });

  test("is waited for with an infinite timeout, until the session is closed", async () => {
    let called = (): void => {};
    const seen = new Promise<void>((resolve) => {
      called = resolve;
    });
    const transport = () => hostile((method) => (method === "tools/list" ? { tools: [TIDE] } : called()));
    const mcp = await connectMcp({ name: "h", transport, timeoutMs: Number.POSITIVE_INFINITY });
    const call = Promise.resolve(mcp.tools[0]?.execute({}, CONTEXT)).then(
      () => "answered",
      (error: Error) => error.message,
    );
    await seen;
    expect(await Promise.race([call, pause(50).then(() => "waiting")])).toBe("waiting");
    await mcp.close();
    expect(await call).toContain("the server was closed");
  });

  test("does not fail the other calls of its session", async () => {
    let answer = (): void => {};
    const transport = () => {
      const near = hostile((method, params) => {
        if (method === "tools/list") return { tools: [TIDE] };
        const { place } = params["arguments"] as Json;
        return place === "slow" ? new Promise((resolve) => (answer = () => resolve(text("late")))) : undefined;
      });
      return near;
    };
    const mcp = await connectMcp({ name: "h", transport });
    const silent = new AbortController();
    const [tide] = mcp.tools;
    const slow = tide?.execute({ place: "slow" }, CONTEXT);
    const lost = Promise.resolve(tide?.execute({ place: "silent" }, { ...CONTEXT, signal: silent.signal })).catch(
      (error: Error) => error.message,
    );
    silent.abort();
    expect(await lost).toContain("was lost");
    answer();
    expect(await slow).toMatchObject({ content: [{ text: "late" }] });
  });

  test("does not fail a call that begins while its session is given up", async () => {
    const transport = () =>
      hostile((method, params) => {
        if (method === "tools/list") return { tools: [TIDE] };
        return (params["arguments"] as Json)["place"] === "silent" ? undefined : text("here");
      });
    const mcp = await connectMcp({ name: "h", transport });
    const silent = new AbortController();
    const [tide] = mcp.tools;
    const lost = Promise.resolve(tide?.execute({ place: "silent" }, { ...CONTEXT, signal: silent.signal })).catch(
      (error: Error) => error.message,
    );
    await pause(20);
    silent.abort();
    const next = tide?.execute({ place: "here" }, CONTEXT);
    expect(await next).toMatchObject({ content: [{ text: "here" }] });
    expect(await lost).toContain("was lost");
  });
});

describe("over HTTP", () => {
  const KEY = "harbour-key-7f3a91c2";

  test("no error shows a header or a query value that the server repeats", async () => {
    await using server = await serve((request, response) => {
      const echoed = `no access for ${String(request.headers["x-harbour"])} at ${request.url}`;
      response.writeHead(401).end(echoed);
    });
    const url = `${server.url}/mcp?sig=${KEY}-url`;
    const failure = await connectMcp({ name: "h", url, headers: { "x-harbour": KEY } }).catch((error: unknown) => error);
    const shown = inspect(failure, { depth: 20, showHidden: true }) + JSON.stringify(failure) + String((failure as Error).stack);
    expect(shown).toContain("no access for [key]");
    expect(shown).not.toContain(KEY);
  });

  test("a status that no standard has is an answer", async () => {
    await using server = await serve((_request, response) => void response.writeHead(999).end("not today"));
    await expect(connectMcp({ name: "h", url: `${server.url}/mcp` })).rejects.toThrow(/answered with HTTP 999: .*not today/);
  });

  test("the headers stay within the origin", async () => {
    await using other = await serve((_, response) => void response.end("{}"));
    const seen: string[] = [];
    await using server = await serve((_, response) => {
      seen.push("asked");
      response.writeHead(307, { location: `${other.url}/mcp` }).end();
    });
    await expect(connectMcp({ name: "h", url: `${server.url}/mcp`, headers: { "x-harbour": KEY } })).rejects.toThrow(
      /answered with HTTP 307/,
    );
    expect([seen.length > 0, other.seen]).toEqual([true, []]);
  });

  test.each([
    ["JSON", "application/json", '{"jsonrpc":"2.0","id":0,"result":"'],
    ["a stream", "text/event-stream", "data: "],
  ])("an answer without end, as %s, is given up", async (_, type, start) => {
    await using server = await serve(async (_request, response) => {
      response.writeHead(200, { "content-type": type });
      response.write(start);
      const megabyte = "x".repeat(1_000_000);
      while (!response.destroyed) if (!response.write(megabyte)) await pause(1);
    });
    await expect(connectMcp({ name: "h", url: `${server.url}/mcp`, timeoutMs: 2000 })).rejects.toThrow(/cannot be reached/);
  });

  test.each([
    ["HTML", "text/html", "<html>"],
    ["no JSON", "application/json", "{"],
    ["JSON of another kind", "application/json", '{"hello":"world"}'],
  ])("%s says in one line that the server does not speak MCP, and what to check", async (_, type, body) => {
    await using server = await serve((_request, response) => void response.writeHead(200, { "content-type": type }).end(body));
    const failure = await connectMcp({ name: "h", url: `${server.url}/mcp` }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: "LumiverseError", code: "malformed-response", hint: expect.stringContaining("/mcp") });
    expect((failure as Error).message).toMatch(/^the MCP server h at 127\.0\.0\.1:\d+ does not speak MCP: [^\n]{1,60}$/);
  });

  test("an answer without a message is a typed error when the time is up", async () => {
    await using server = await serve(
      (_request, response) => void response.writeHead(200, { "content-type": "application/json" }).end("[]"),
    );
    const failure = connectMcp({ name: "h", url: `${server.url}/mcp`, timeoutMs: 200 });
    await expect(failure).rejects.toMatchObject({ name: "LumiverseError", code: "network" });
  });

  test.each([
    [401, "authentication"],
    [404, "not-found"],
    [405, "invalid-request"],
    [500, "server"],
  ])("the status %s is the code %s, and a long page is quoted in part", async (status, code) => {
    await using server = await serve((_request, response) => void response.writeHead(status).end("x".repeat(5000)));
    const failure = await connectMcp({ name: "h", url: `${server.url}/mcp` }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code, status, hint: expect.stringContaining("URL") });
    expect((failure as Error).message.length).toBeLessThan(400);
  });
});
