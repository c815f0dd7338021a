/** The examples with a page, in Chromium. Without Chromium the tests are reported as skipped. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { text } from "node:stream/consumers";
import { type ReplayServer, replay } from "@lumiverse/conformance";
import type { Browser, Page } from "playwright-core";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../../packages/cli/test/free-port.ts";
import { HAS_CHROMIUM, launchChromium, visit as visitIn } from "./browser.ts";
import { root, startExample } from "./processes.ts";

describe.skipIf(!HAS_CHROMIUM)("in Chromium", () => {
  let browser: Browser;
  let vendor: ReplayServer;
  beforeAll(async () => {
    vendor = await replay({ fixtures: { groq: join(root, "providers/groq/fixtures") }, delayMs: 0 });
    browser = await launchChromium();
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await vendor.close();
  });

  const visit = (url: string, use: (page: Page) => Promise<void>): Promise<void> => visitIn(browser, url, use);

  test("hono shows the answer in its page", async () => {
    const port = await freePort();
    await using _server = await startExample("hono/server.ts", vendor, { PORT: String(port) });
    await visit(`http://127.0.0.1:${port}/`, async (page) => {
      await page.fill("input", "Is the wheel turning?");
      await page.press("input", "Enter");
      await page.getByText("Es dreht sich").waitFor();
    });
  }, 60_000);

  test("chat-front-end saves a connection, shows its card without the key, and streams its answer", async () => {
    const port = await freePort();
    const folder = await mkdtemp(join(tmpdir(), "lumiverse-front-end-"));
    const url = `http://127.0.0.1:${port}/`;
    try {
      await using _server = await startExample("chat-front-end/server.ts", vendor, { PORT: String(port), XDG_DATA_HOME: folder });
      await visit(url, async (page) => {
        await page.selectOption("select", "groq");
        await page.locator("form[data-provider=groq]").waitFor();
        await page.fill("input[name=name]", "Mill");
        await page.click("text=Save");
        await page.getByText("API key is required", { exact: true }).waitFor();
        await page.fill("input[name=key]", "example-key-0001");
        await page.fill("input[name=model]", "openai/gpt-oss-20b");
        await page.click("text=Save");
        await page.locator("article", { hasText: "Groq / openai/gpt-oss-20b" }).getByText("Chat").click();
        await page.fill("input[name=message]", "Is the wheel turning?");
        await page.press("input[name=message]", "Enter");
        await page.getByText("Es dreht sich").waitFor();
      });
      expect(await (await fetch(`${url}connections`)).text()).not.toContain("example-key-0001");
      expect((await fetch(`${url}connections`, { headers: { origin: "https://elsewhere.example" } })).status).toBe(403);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }, 60_000);

  test("vite's page calls a server that allows pages, and names CORS where one does not", async () => {
    const outDir = await mkdtemp(join(tmpdir(), "lumiverse-vite-"));
    try {
      await build({ root: join(root, "examples/vite"), build: { outDir, emptyOutDir: true }, logLevel: "silent" });
      const site = await serveFolder(outDir, vendor);
      try {
        await visit(site.url, async (page) => {
          await page.fill("input[name=baseURL]", `${site.url}groq/openai/v1`);
          await page.fill("input[name=key]", "example-key-0001");
          await page.click("button");
          await page.getByText("Es dreht sich").waitFor();
          await page.fill("input[name=baseURL]", `${vendor.origin}/groq/openai/v1`);
          await page.click("button");
          await page.getByText(/CORS/).waitFor();
        });
      } finally {
        await site.close();
      }
    } finally {
      await rm(outDir, { recursive: true, force: true });
    }
  }, 60_000);
});

/** Serves the built page, and passes calls of a model on to the replay server. */
async function serveFolder(folder: string, vendor: ReplayServer): Promise<{ url: string; close: () => Promise<void> }> {
  const types: Record<string, string> = { ".html": "text/html", ".js": "text/javascript" };
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    if (request.method === "POST") {
      const init = { method: "POST", headers: { "content-type": "application/json" }, body: await text(request) };
      const answer = await fetch(`${vendor.origin}${pathname}`, init);
      response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "" });
      return void response.end(await answer.text());
    }
    const file = join(folder, pathname === "/" ? "index.html" : pathname);
    const content = await readFile(file).catch(() => undefined);
    response.writeHead(content === undefined ? 404 : 200, { "content-type": types[extname(file)] ?? "text/plain" }).end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // listening on TCP
  const close = (): Promise<void> => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(() => resolve()));
  };
  return { url: `http://127.0.0.1:${port}/`, close };
}
