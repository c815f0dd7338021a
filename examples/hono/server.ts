// A Hono server with a page. Run: GROQ_API_KEY=… node hono/server.ts, then open the address that it prints.
import "@lumiverse/groq";
import { fileURLToPath } from "node:url";
import { serve } from "@hono/node-server";
import { connect } from "@lumiverse/core";
import { toResponse } from "@lumiverse/toolkit/browser";
import { build } from "esbuild";
import { Hono } from "hono";

const groq = connect("groq");
const entry = fileURLToPath(new URL("page.ts", import.meta.url));
const conditions = ["@lumiverse/source"]; // in this repository the packages are used without a build
const { outputFiles } = await build({ entryPoints: [entry], bundle: true, format: "esm", write: false, conditions });
const script = outputFiles[0]?.text ?? "";

const app = new Hono();
app.get("/", (c) =>
  c.html('<!doctype html><title>Chat</title><form><input name="text"></form><pre></pre><script type="module" src="page.js"></script>'),
);
app.get("/page.js", (c) => c.body(script, 200, { "content-type": "text/javascript" }));
app.post("/chat", async (c) => toResponse(groq.stream({ model: "openai/gpt-oss-20b", messages: await c.req.json() })));
serve({ fetch: app.fetch, hostname: "127.0.0.1", port: Number(process.env["PORT"] ?? 3000) }, ({ port }) =>
  console.log(`http://127.0.0.1:${port}/`),
);
