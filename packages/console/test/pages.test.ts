import type { Locator, Page, Route } from "playwright-core";
import { describe, expect, test } from "vitest";
import { accessibilityFaults, missingBrowser, settled } from "./browser.ts";
import { localConnection, walks } from "./walk.ts";

const { open, start, enter, startModel } = walks();

/** Each page, how to know that its contents are there, and how to open more of them. */
const PAGES: readonly { path: string; ready: (page: Page) => Promise<unknown>; open?: (page: Page) => Promise<unknown> }[] = [
  { path: "/connections", ready: (page) => page.getByRole("article").first().waitFor() },
  {
    path: "/connections/transfer",
    ready: (page) => page.getByRole("heading", { name: "Import", exact: true }).waitFor(),
    open: async (page) => {
      await page.getByRole("switch", { name: "Include keys and secret settings" }).click();
      await page.locator("input[type=file]").setInputFiles(importFile());
      await page.getByText("What would be added").waitFor();
    },
  },
  { path: "/connections/new", ready: (page) => page.getByRole("link", { name: /OpenRouter/ }).waitFor() },
  {
    path: "/connections/new/openrouter",
    ready: (page) => page.getByTestId("addresses").waitFor(),
    open: async (page) => {
      const closed = page.locator("button[aria-expanded=false][data-accordion-control]");
      while ((await closed.count()) > 0) await closed.first().click();
    },
  },
  { path: "/chat", ready: (page) => page.getByRole("textbox", { name: "Message" }).waitFor(), open: (page) => chat(page, "Hello.") },
  { path: "/usage", ready: (page) => page.getByText("Calls by day").waitFor() },
  { path: "/keys", ready: (page) => page.getByText("Use it from other programs").waitFor() },
  { path: "/logs", ready: (page) => page.getByText("finished").first().waitFor({ state: "attached" }) },
];

/** An exported file with entries that can be imported, and one that cannot. */
function importFile(name = "Imported"): { name: string; mimeType: string; buffer: Buffer } {
  const profiles = [
    { name, provider: "openai", model: "gpt-5.4-mini", auth: "key", settings: {} },
    { name: "Claude", provider: "anthropic", model: name, auth: "key", settings: {} },
    { name, provider: name, auth: "key", settings: {} },
    { name, provider: "custom", baseURL: name, auth: "none", settings: { [name]: name } },
  ];
  const text = JSON.stringify({ format: "lumiverse-connections", version: 1, profiles });
  return { name: `${name}.json`, mimeType: "application/json", buffer: Buffer.from(text) };
}

async function chat(page: Page, text: string): Promise<void> {
  await page.getByRole("textbox", { name: "Message" }).fill(text);
  await page.getByRole("button", { name: "Send" }).click();
  await page.locator('[data-role="assistant"]').last().getByText("in all").waitFor();
}

const hasFocus = (target: Locator): Promise<boolean> => target.evaluate((element) => element === document.activeElement);

/** Presses Tab until the control has the focus, and checks that the focus is visible. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  await target.waitFor();
  for (let presses = 0; presses < 200; presses++) {
    if (await hasFocus(target)) {
      const outline = await target.evaluate((element) => getComputedStyle(element).outlineStyle);
      // A text field shows its caret.
      if (!(await target.evaluate((element) => element.matches("input, textarea")))) expect(outline, String(target)).not.toBe("none");
      return;
    }
    await page.keyboard.press("Tab");
  }
  throw new Error(`${target} is not reached by the keyboard`);
}

async function pressOn(page: Page, target: Locator): Promise<void> {
  await tabTo(page, target);
  await page.keyboard.press("Enter");
}

/** Texts that are dangerous where they become part of a page. Each one would set `window.injected` or load from another host. */
const SCRIPTS = [
  "<script>window.injected=1</script>",
  '<img src="x" onerror="window.injected=2">',
  '<svg onload="window.injected=3"></svg>',
  "[click](javascript:window.injected=4)",
  '<a href="javascript:window.injected=5">link</a>',
  '<iframe srcdoc="<script>parent.injected=6</script>"></iframe>',
  "![pixel](https://evil.example/pixel.png)",
  '"><style>body{display:none}</style>',
  "<javascript:window.injected=7>",
  "![picture](data:image/svg+xml,<svg onload='parent.injected=9'/>)",
  "[data](data:text/html,<script>window.injected=8</script>)",
].join("\n\n");

/** The elements that these texts would become as HTML. The component library marks its own styles. */
const BUILT = ":is(#content, [role=dialog]) :is(script, iframe, object, embed, [onerror], [onload], style:not([data-mantine-styles]))";

/** Checks that no script ran, that the text became no element, and that nothing was loaded. */
async function expectHarmless(page: Page, faults: readonly string[], where: string): Promise<void> {
  const links = await page.locator("a").evaluateAll((all) => all.map((link) => link.getAttribute("href") ?? ""));
  for (const link of links) expect(link, where).not.toMatch(/^\s*(?:javascript|data|vbscript):/i);
  expect(await page.evaluate(() => (window as { injected?: number }).injected), where).toBeUndefined();
  expect(await page.locator(BUILT).count(), where).toBe(0);
  expect(faults, where).toEqual([]);
}

describe.skipIf(missingBrowser !== undefined)(
  `every page in Chromium${missingBrowser === undefined ? "" : ` (${missingBrowser})`}`,
  { timeout: 180_000 },
  () => {
    test.each([
      { scheme: "light" as const, width: 1280, height: 860 },
      { scheme: "dark" as const, width: 390, height: 844 },
    ])("axe-core finds nothing serious in the $scheme theme at a width of $width", async ({ scheme, width, height }) => {
      const served = await start({ demo: true });
      await served.gateway.keys.create({ name: "Editor", limits: { requestsPerMinute: 10, budgetPerDay: 1 } });
      await served.profiles.create({
        name: "Claude",
        provider: "anthropic",
        model: "claude-opus-4-5",
        key: "sk-ant-test-0123456789",
        settings: { promptCache: { enabled: true } },
      });
      await served.profiles.create({ name: "Keyless", provider: "custom", model: "m", baseURL: "http://127.0.0.1:9/v1", auth: "none" });
      const { page, faults } = await enter(served, { colorScheme: scheme, viewport: { width, height } });
      const demo = (await served.gateway.profiles.list()).find(({ name }) => name === "Demo Groq");
      await page.goto(`${served.url}/chat?connection=${demo?.id}`);
      await chat(page, "Hello.");
      for (const { path, ready, open } of PAGES) {
        await page.goto(served.url + path);
        await ready(page);
        await open?.(page);
        expect(await accessibilityFaults(page), path).toEqual([]);
        // Nothing is wider than the window.
        expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth), path).toBeLessThanOrEqual(0);
      }
      await page.goto(`${served.url}/chat`);
      await page.getByRole("button", { name: /^Model:/ }).click();
      await page.getByRole("region", { name: "Demo Groq" }).waitFor();
      expect(await accessibilityFaults(page), "the choice of a model").toEqual([]);
      const dialogs: readonly [path: string, open: (page: Page) => Promise<unknown>][] = [
        ["/keys", (at) => at.getByRole("button", { name: "New key" }).click()],
        ["/logs", (at) => at.locator(".call-row:visible, tbody button:visible").first().click()],
        ["/connections", (at) => at.getByRole("article", { name: "Demo Groq" }).getByRole("button", { name: "Check" }).click()],
        ["/connections/new/anthropic", (at) => at.getByRole("button", { name: "Models" }).click()],
      ];
      for (const [path, openDialog] of dialogs) {
        await page.goto(served.url + path);
        await openDialog(page);
        await page.getByRole("dialog").waitFor();
        expect(await accessibilityFaults(page), `the dialog of ${path}`).toEqual([]);
      }
      expect(faults).toEqual([]);
    });

    test.each(["light", "dark"] as const)(
      "axe-core finds nothing serious in the %s theme while all connections belong to the demo",
      async (colorScheme) => {
        const { page, console, faults } = await open({ demo: true }, { colorScheme });
        await page.goto(`${console.url}/connections`);
        await page.getByRole("banner").getByText("Demo", { exact: true }).waitFor();
        await page.getByRole("article").first().waitFor();
        expect(await accessibilityFaults(page)).toEqual([]);
        expect(faults).toEqual([]);
      },
    );

    test("axe-core finds nothing serious while a page waits for its data, and when the data does not come", async () => {
      const served = await start({ demo: true });
      const { page } = await enter(served);
      const { url } = served;
      // The page opens, and its later requests are held back.
      const held: Route[] = [];
      const hold = (route: Route): unknown => (/\/(?:info|session)$/.test(route.request().url()) ? route.continue() : held.push(route));
      await page.route("**/admin/v1/**", hold);
      for (const path of [
        "/connections",
        "/connections/transfer",
        "/connections/new",
        "/connections/new/groq",
        "/chat",
        "/usage",
        "/keys",
        "/logs",
      ]) {
        await page.goto(url + path);
        await expect.poll(() => held.length).toBeGreaterThan(0);
        await page.locator("main *").first().waitFor({ state: "attached" });
        expect(await accessibilityFaults(page), `${path} while it waits`).toEqual([]);
        for (const route of held.splice(0))
          await route.fulfill({ status: 500, json: { error: { code: "server", message: "the server failed" } } });
        await settled(page);
        expect(await accessibilityFaults(page), `${path} after a failure`).toEqual([]);
      }
    });

    test("a person reaches the content and sends a message with the keyboard alone", async () => {
      const served = await start({ demo: true });
      const { page } = await enter(served);
      await page.goto(`${served.url}/connections`);
      await page.getByRole("article").first().waitFor();
      await page.keyboard.press("Tab");
      expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Skip to the content");
      await page.keyboard.press("Enter");
      await page.keyboard.press("Tab");
      expect(await page.evaluate(() => document.activeElement?.textContent)).toContain("New connection");
      await page.goto(`${served.url}/chat`);
      await page.getByRole("textbox", { name: "Message" }).focus();
      await page.keyboard.type("Hello.");
      await page.keyboard.press("Enter");
      await page.locator('[data-role="assistant"]').last().getByText("in all").waitFor();
    });

    test("a connection, a key and a chat are made with the keyboard alone, and the focus is always seen", async () => {
      const { page, faults } = await enter(await start());
      await page.getByRole("heading", { name: "Connect your first provider" }).waitFor();
      const link = (name: string | RegExp): Locator => page.getByRole("link", { name }).first();
      const button = (name: string | RegExp): Locator => page.getByRole("button", { name });
      await pressOn(page, link("New connection"));
      await tabTo(page, page.getByRole("textbox", { name: "Search providers" }));
      await page.keyboard.type("groq");
      await pressOn(page, link(/^Gr Groq|^Groq/));
      await tabTo(page, page.getByRole("textbox", { name: "API key" }));
      await page.keyboard.type("gsk_an-invented-key-0123456789");
      await page.keyboard.press("Enter");
      await page.getByRole("article", { name: "Groq" }).waitFor();
      await pressOn(page, button("Actions for Groq"));
      await page.getByRole("menuitem", { name: "Duplicate" }).waitFor();
      for (let presses = 0; presses < 10 && !(await hasFocus(page.getByRole("menuitem", { name: "Duplicate" }))); presses++)
        await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Enter");
      await expect.poll(() => page.getByRole("article").count()).toBe(2);

      await pressOn(page, link("Keys"));
      await pressOn(page, button("New key"));
      await expect.poll(() => hasFocus(page.getByRole("textbox", { name: "Name" }))).toBe(true);
      await page.keyboard.type("Editor");
      await page.keyboard.press("Enter");
      await page.getByTestId("new-key").waitFor();
      await pressOn(page, button("Done"));
      await page.getByRole("article", { name: "Editor" }).waitFor();

      await pressOn(page, link("Chat"));
      const picker = button(/^Model:/);
      await pressOn(page, picker);
      const search = page.getByRole("textbox", { name: "Search models of all connections" });
      await expect.poll(() => hasFocus(search)).toBe(true);
      await page.keyboard.type("llama");
      await pressOn(page, page.getByRole("dialog").locator(".option").first());
      await page.getByRole("dialog").waitFor({ state: "detached" });
      await expect.poll(() => hasFocus(picker)).toBe(true);
      expect(faults).toEqual([]);
    });

    test("a link fills in a message and never sends it", async () => {
      const model = await startModel();
      const served = await start();
      await served.profiles.create(localConnection(model));
      const { page } = await enter(served);
      await page.goto(`${served.url}/chat?text=${encodeURIComponent("Send everything to me")}`);
      await expect.poll(() => page.getByRole("textbox", { name: "Message" }).inputValue()).toBe("Send everything to me");
      await page.waitForTimeout(500);
      expect(model.chats).toEqual([]);
      expect(page.url()).toBe(`${served.url}/chat`);
    });

    test("text of models, vendors and people never runs as script, wherever it is shown", async () => {
      const model = await startModel();
      model.say(SCRIPTS);
      const evil = (path: string): Response => {
        if (path.includes("models"))
          return Response.json({ data: [{ id: SCRIPTS, name: SCRIPTS, description: SCRIPTS, context_length: 1000 }] });
        if (path.endsWith("/key")) return Response.json({ data: { label: SCRIPTS, limit: null, usage: 0 } });
        if (path.endsWith("/credits")) return Response.json({ data: { total_credits: SCRIPTS, total_usage: SCRIPTS } });
        return Response.json({ error: { message: SCRIPTS, code: 400, type: SCRIPTS } }, { status: 400 });
      };
      const served = await start({
        vendor: async (input) => evil(new URL(input instanceof Request ? input.url : String(input)).pathname),
        discoveryPorts: [model.port],
      });
      const name = SCRIPTS.replace(/\s+/g, " ").slice(0, 90);
      await served.profiles.create({ name, provider: "openrouter", key: "sk-or-v1-0123456789abcdef", model: SCRIPTS.replace(/\s+/g, " ") });
      await served.profiles.create(localConnection(model));
      await served.gateway.keys.create({ name });
      const { page, faults } = await enter(served);
      const all = await served.profiles.list();

      await page.goto(`${served.url}/chat?connection=${all[1]?.id}`);
      await chat(page, SCRIPTS);
      await expectHarmless(page, faults, "an answer");
      await page.locator('[data-role="assistant"] .markdown').last().getByText("window.injected=1").waitFor();
      await page.getByRole("button", { name: "Show the request", exact: true }).last().click();
      await page.getByRole("dialog").getByText("POST").first().waitFor();
      await expectHarmless(page, faults, "the request");
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: /^Model:/ }).click();
      await page.getByRole("dialog").getByText("window.injected=1").first().waitFor();
      await expectHarmless(page, faults, "the choice of a model");
      await page.goto(`${served.url}/chat?connection=${all[0]?.id}`);
      await page.getByRole("textbox", { name: "Message" }).fill("Fail.");
      await page.getByRole("button", { name: "Send" }).click();
      await page.getByText("The answer failed").waitFor();
      await expectHarmless(page, faults, "an error of a vendor");

      const balance = page.waitForResponse((response) => response.url().endsWith("/balance"));
      await page.goto(`${served.url}/connections`);
      await page.getByRole("article").nth(1).waitFor();
      await (await balance).finished();
      await expectHarmless(page, faults, "the cards");
      await page.getByRole("article").first().getByRole("button", { name: "Check" }).click();
      await page.getByText("What is wrong").waitFor();
      await expectHarmless(page, faults, "the doctor");
      await page.goto(`${served.url}/connections/${all[0]?.id}`);
      await page.getByTestId("addresses").waitFor();
      await page.getByRole("button", { name: "Check the key" }).click();
      await page.getByRole("button", { name: "Models" }).click();
      await page.getByRole("dialog").getByText("window.injected=1").first().waitFor();
      await expectHarmless(page, faults, "the form");
      await page.goto(`${served.url}/connections/transfer`);
      await page.locator("input[type=file]").setInputFiles(importFile(name));
      await page.getByText("What would be added").waitFor();
      await page.getByText("window.injected=1").first().waitFor();
      await expectHarmless(page, faults, "the preview of an import");
      await page.goto(`${served.url}/chat`);
      await page.getByRole("button", { name: "Conversations", exact: true }).click();
      await page.getByRole("dialog").getByText("window.injected=1").first().waitFor();
      await expectHarmless(page, faults, "the list of conversations");
      for (const path of ["/usage", "/keys", "/logs"]) {
        await page.goto(served.url + path);
        await page.getByText("window.injected=1").first().waitFor({ state: "attached" });
        await expectHarmless(page, faults, path);
      }
      await page.getByRole("table").getByRole("button").first().click();
      await page.getByRole("dialog").waitFor();
      await expectHarmless(page, faults, "a call");
    });

    test("the version and the model of a server that was found never run as script either", async () => {
      const model = await startModel();
      model.call(SCRIPTS.replace(/\s+/g, " "));
      const served = await start({ discoveryPorts: [model.port] });
      const { page, faults } = await enter(served);
      await page.goto(`${served.url}/connections`);
      const found = page.getByRole("region", { name: "Found on this machine" });
      await found.getByText("window.injected=1").first().waitFor();
      await expectHarmless(page, faults, "the server");
      await found.getByRole("button", { name: "Connect", exact: true }).click();
      await page.getByRole("article").getByText("window.injected=1").first().waitFor();
      await expectHarmless(page, faults, "its card");
    });

    test("reasoning, tools, sources, images and notes never run as script either", async () => {
      const chunk = (delta: object): string =>
        `data: ${JSON.stringify({ id: "gen-1", object: "chat.completion.chunk", created: 1, model: SCRIPTS, choices: [{ index: 0, delta }] })}\n\n`;
      const image = `data:image/svg+xml;base64,${btoa('<svg xmlns="http://www.w3.org/2000/svg" onload="window.injected=1"/>')}`;
      const annotation = { type: "url_citation", url_citation: { url: "javascript:window.injected=1", title: SCRIPTS, content: SCRIPTS } };
      const tool = {
        index: 0,
        id: SCRIPTS,
        type: "function",
        function: { name: SCRIPTS, arguments: JSON.stringify({ [SCRIPTS]: SCRIPTS }) },
      };
      const openrouter = [
        chunk({ role: "assistant", reasoning: SCRIPTS }),
        chunk({ content: SCRIPTS, annotations: [annotation], images: [{ type: "image_url", image_url: { url: image } }] }),
        chunk({ tool_calls: [tool] }),
        "data: [DONE]\n\n",
      ];
      const anthropic = [
        {
          type: "message_start",
          message: { id: "msg_1", role: "assistant", content: [], model: SCRIPTS, usage: { input_tokens: 1, output_tokens: 1 } },
        },
        { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
        { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: SCRIPTS } },
        { type: "content_block_stop", index: 0 },
        { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 1 } },
        { type: "message_stop" },
      ].map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
      const served = await start({
        vendor: async (input) => {
          const { pathname } = new URL(input instanceof Request ? input.url : String(input));
          const stream = pathname.endsWith("/messages") ? anthropic : pathname.endsWith("/chat/completions") ? openrouter : undefined;
          if (stream === undefined) return Response.json({ data: [] });
          return new Response(stream.join(""), { headers: { "content-type": "text/event-stream" } });
        },
      });
      const router = await served.profiles.create({
        name: "Router",
        provider: "openrouter",
        key: "sk-or-v1-0123456789abcdef",
        model: "a/b",
      });
      const model = `claude-sonnet-4-5${SCRIPTS.replace(/\s+/g, " ")}`;
      const claude = await served.profiles.create({ name: "Claude", provider: "anthropic", key: "sk-ant-0123456789abcdef", model });
      const { page, faults } = await enter(served);
      await page.goto(`${served.url}/chat?connection=${router.id}`);
      await chat(page, "Everything, please.");
      const answer = page.locator('[data-role="assistant"]').last();
      for (const fold of await answer.locator("details > summary").all()) await fold.click();
      await answer.getByText("Called the tool").waitFor();
      await answer.getByText("window.injected=1").nth(3).waitFor();
      await expectHarmless(page, faults, "reasoning, a tool, a source and an image");
      await page.goto(`${served.url}/chat?connection=${claude.id}`);
      await page.getByRole("button", { name: "System prompt and parameters" }).click();
      await page.getByRole("textbox", { name: "Temperature" }).fill("1.7");
      await page.keyboard.press("Escape");
      await chat(page, "A note, please.");
      await answer.getByText(/^\d+ notes?/).click();
      await answer.getByRole("listitem").getByText("window.injected=1").first().waitFor();
      await expectHarmless(page, faults, "a note");
    });

    test("the page sends the policy that keeps scripts of others out, and only its own files", async () => {
      const served = await start();
      const index = await fetch(`${served.url}/connections`);
      const policy = index.headers.get("content-security-policy") ?? "";
      expect(policy).toMatch(/default-src 'none'/);
      expect(policy).toMatch(/script-src 'self'(?:;|$)/);
      expect(policy).not.toMatch(/unsafe-eval/);
      expect(policy).toMatch(/frame-ancestors 'none'/);
      const html = await index.text();
      expect(html).not.toMatch(/<script(?![^>]*\bsrc=)/);
      for (const [, url] of html.matchAll(/(?:src|href)="([^"]+)"/g)) expect(url).toMatch(/^\/assets\//);
      for (const path of [
        "/assets/none.js",
        "/../package.json",
        "/%2e%2e/package.json",
        "/assets/..%2f..%2f..%2fpackage.json",
        "/..%5c..%5cpackage.json",
      ]) {
        const response = await fetch(served.url + path);
        expect(await response.text(), path).not.toContain("@lumiverse/console");
      }
      expect((await fetch(served.url, { method: "POST", headers: { "content-type": "application/json" }, body: "{}" })).status).toBe(405);
    });
  },
);
