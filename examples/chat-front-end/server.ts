// A chat on saved connections: set one up in a form, see it as a card, talk to it. Keys are stored encrypted and never reach the page.
// Run: node chat-front-end/server.ts, then open the address that it prints.
import "@lumiverse/anthropic";
import "@lumiverse/custom";
import "@lumiverse/groq";
import "@lumiverse/openai";
import "@lumiverse/openrouter";
import { fileURLToPath } from "node:url";
import { serve } from "@hono/node-server";
import { card, createProfiles, form, isConnectionsError, openVault, requestFor } from "@lumiverse/connections";
import { masterKeyFromFile, openSqliteStore } from "@lumiverse/connections/node";
import { registry } from "@lumiverse/core";
import { toResponse } from "@lumiverse/toolkit/browser";
import { build } from "esbuild";
import { Hono } from "hono";

const store = await openSqliteStore(); // in the user's data folder, or where XDG_DATA_HOME says
const profiles = createProfiles({ store, vault: await openVault(store, [masterKeyFromFile()]) });
const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const conditions = ["@lumiverse/source"]; // in this repository the packages are used without a build
const { outputFiles } = await build({ entryPoints: [file("page.ts")], bundle: true, format: "esm", write: false, conditions });
const script = outputFiles[0]?.text ?? "";

const app = new Hono();
// Other pages in the same browser must not use the connections: their requests carry another origin.
app.use(async (c, next) => {
  const { protocol, host } = new URL(c.req.url);
  const origin = c.req.header("origin");
  if (!/^(127\.0\.0\.1|localhost):\d+$/.test(host) || (origin !== undefined && origin !== `${protocol}//${host}`))
    return c.text("Forbidden", 403);
  return next();
});
app.onError((error, c) =>
  isConnectionsError(error) ? c.json({ issues: [{ path: "", message: error.message }] }, 400) : c.text("Failed", 500),
);
app.get("/", (c) =>
  c.html(
    '<!doctype html><meta name="viewport" content="width=device-width"><title>Chat</title><body><script type="module" src="page.js"></script>',
  ),
);
app.get("/page.js", (c) => c.body(script, 200, { "content-type": "text/javascript" }));
app.get("/providers", (c) =>
  c.json(
    registry()
      .list()
      .map(({ id, name }) => ({ id, name })),
  ),
);
app.get("/providers/:id/form", async (c) => c.json((await form(profiles.provider(c.req.param("id")))).sections));
app.get("/connections", async (c) =>
  c.json((await profiles.list()).map((profile) => ({ id: profile.id, card: card(profile, profiles.provider(profile.provider)) }))),
);
app.post("/providers/:id/connections", async (c) => {
  const { parse } = await form(profiles.provider(c.req.param("id")));
  const { profile, issues } = await parse(await c.req.json());
  return profile === undefined ? c.json({ issues }, 400) : c.json({ id: (await profiles.create(profile)).id });
});
app.post("/connections/:id/chat", async (c) => {
  const profile = await profiles.get(c.req.param("id"));
  const connection = await profiles.open(profile.id);
  return toResponse(connection.stream(requestFor(profile, { messages: await c.req.json() })));
});
serve({ fetch: app.fetch, hostname: "127.0.0.1", port: Number(process.env["PORT"] ?? 3000) }, ({ port }) =>
  console.log(`http://127.0.0.1:${port}/`),
);
