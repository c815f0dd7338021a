import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { Hono } from "hono";
import { describe, expect, test } from "vitest";
import { inTime } from "../../core/test/support/programs.ts";
import { readStream, toResponse } from "../src/browser/index.ts";
import { mock } from "../src/mock/index.ts";
import { ASK, collect } from "./helpers.ts";

const post = { method: "POST", body: JSON.stringify(ASK.messages), headers: { "content-type": "application/json" } };

describe("a stream to the browser", () => {
  test("from Hono", async () => {
    const { connection } = mock(["hello from hono"]);
    const app = new Hono();
    app.post("/chat", async (c) => toResponse(connection.stream({ model: "mock", messages: await c.req.json() })));
    const read = readStream(Promise.resolve(app.request("/chat", post)));
    expect((await collect(read)).some(({ type }) => type === "text")).toBe(true);
    expect((await read.response()).text).toBe("hello from hono");
  });

  test("from Express, whose client's leaving ends the stream", async () => {
    const file = new URL("express-server.ts", import.meta.url).pathname;
    const server = spawn(process.execPath, ["--conditions=@lumiverse/source", file]);
    try {
      const lines = createInterface(server.stdout)[Symbol.asyncIterator]();
      const next = async (): Promise<string> => String((await inTime(server, lines.next())).value);
      const url = `http://127.0.0.1:${await next()}/chat`;
      expect((await readStream(fetch(url, post)).response()).text).toBe("hello from express");
      expect([await next(), await next()]).toEqual(["start", "end"]);
      for await (const event of readStream(fetch(url, post))) if (event.type === "text") break;
      expect(await next()).toBe("start");
      expect(await next()).toMatch(/^(left|error)$/);
    } finally {
      server.kill();
    }
  });

  test("from a route handler as Next.js calls it", async () => {
    const { connection } = mock(["hello from next"]);
    const POST = async (request: Request): Promise<Response> => {
      return toResponse(connection.stream({ model: "mock", messages: await request.json(), signal: request.signal }));
    };
    expect((await readStream(POST(new Request("http://localhost/chat", post))).response()).text).toBe("hello from next");
  });
});
