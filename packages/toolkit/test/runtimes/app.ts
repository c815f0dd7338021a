/** One application for all runtimes: it streams a vendor's answer to a page, reads such a stream as a page does, and runs a tool loop. */
import { type ChatRequest, connect } from "@lumiverse/core";
import { groq } from "@lumiverse/groq/provider";
import { Hono } from "hono";
import * as z from "zod";
import { readStream, toResponse } from "../../src/browser/index.ts";
import { runTools, tool } from "../../src/tools/index.ts";

const look = tool({ name: "look", description: "Looks.", parameters: z.object({ at: z.string() }), execute: ({ at }) => `saw ${at}` });

/** @param vendor the base URL of a server that answers as Groq does */
export function createApp(vendor: string): Hono {
  const connection = connect(groq, { apiKey: "example-key-0001", baseURL: vendor, retry: false });
  const request = (content: string): ChatRequest => ({ model: "qwen/qwen3.8-27b", messages: [{ role: "user", content }] });
  // workerd notices that a client has left when it writes the next time, which a heartbeat does.
  const heartbeatMs = 500;
  const app = new Hono();
  app.get("/chat", (c) => toResponse(connection.stream(request(c.req.query("say") ?? "")), { heartbeatMs }));
  app.get("/read", async (c) => {
    let shown = "";
    const stream = readStream(fetch(new URL("/chat?say=hi", c.req.url)));
    for await (const event of stream) if (event.type === "text") shown += event.text;
    return c.json({ shown, text: (await stream.response()).text });
  });
  app.get("/tools", async (c) => {
    const { text, steps } = await runTools(connection, request("look"), { tools: [look] }).response();
    return c.json({ text, steps: steps.length });
  });
  return app;
}
