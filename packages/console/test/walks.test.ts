import { generateKeyPairSync } from "node:crypto";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { accessibilityFaults, missingBrowser } from "./browser.ts";
import { ask, lastAnswer, localConnection, walks } from "./walk.ts";

const { start, open, stranger, startModel } = walks();

async function choose(page: Page, provider: string): Promise<void> {
  await page.goto(new URL(`/connections/new/${provider}`, page.url()).href);
  await page.getByLabel("Name").first().waitFor();
}

describe.skipIf(missingBrowser !== undefined)(
  `the page in Chromium${missingBrowser === undefined ? "" : ` (${missingBrowser})`}`,
  { timeout: 120_000 },
  () => {
    test("the printed address opens the page once, leaves the address bar, and nobody enters without a session", async () => {
      const { page, console, faults } = await open();
      expect(page.url()).not.toContain("token");
      await page.getByRole("heading", { name: "Connect your first provider" }).waitFor();
      const first = await stranger(console);
      await first.page.goto(`${console.url}/connections`);
      await first.page.getByRole("heading", { name: "Open the console" }).waitFor();
      await first.context.close();
      const used = await console.openingAddress();
      await page.goto("about:blank");
      await page.goto(used);
      await page.getByRole("link", { name: "Lumiverse" }).waitFor();
      const second = await stranger(console);
      await second.page.goto(used);
      await second.page.getByText("this link was used already").waitFor();
      await second.context.close();
      expect(faults).toEqual([]);
    });

    test("the admin key opens the page where there is no printed address, and a wrong one does not", async () => {
      const adminKey = "admin-key-of-the-tests-0123456789";
      const served = await start({ adminKey });
      const { page, faults } = await stranger(served);
      await page.goto(`${served.url}/keys`);
      const field = page.getByRole("textbox", { name: "Admin key" });
      await field.fill("wrong");
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.getByText("the admin key is wrong").waitFor();
      await field.fill(adminKey);
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.getByRole("heading", { name: "Keys", exact: true }).waitFor();
      await page.getByRole("button", { name: "Sign out" }).click();
      await page.getByRole("heading", { name: "Open the console" }).waitFor();
      expect(await page.content()).not.toContain(adminKey);
      expect(faults).toEqual([]);
    });

    test("the demo chats without a key, streams, shows the request, and goes on with another provider in mid-conversation", async () => {
      const { page, faults } = await open({ demo: true });
      await page.getByText("This is a demo connection").waitFor();
      await page.getByRole("link", { name: "Connections" }).first().click();
      await expect.poll(() => page.getByRole("article").count()).toBe(21);
      await page.getByRole("article", { name: "Demo Anthropic" }).getByRole("link", { name: "Chat" }).click();
      await ask(page, "Say hello.");
      await lastAnswer(page)
        .getByText(/in, \d+ out/)
        .waitFor();
      await lastAnswer(page).getByText("first token after").waitFor();
      await lastAnswer(page).getByRole("button", { name: "Show the request" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByText("POST https://api.anthropic.com/v1/messages").waitFor();
      expect(await dialog.textContent()).toContain("Say hello.");
      await page.keyboard.press("Escape");

      await page.getByRole("button", { name: /^Model:/ }).click();
      const search = page.getByRole("textbox", { name: "Search models of all connections" });
      // The name of a provider finds its models, too.
      await search.fill("anthropic claude");
      await page
        .getByRole("region", { name: "Demo Anthropic" })
        .getByRole("button", { name: /^claude-/ })
        .first()
        .waitFor();
      await search.fill("gpt-5.4-mini");
      await page
        .getByRole("region", { name: "Demo OpenAI" })
        .getByRole("button", { name: /^gpt-5\.4-mini/ })
        .first()
        .click();
      await ask(page, "And again.");
      await lastAnswer(page)
        .getByText(/Demo OpenAI/)
        .waitFor();
      await lastAnswer(page).getByRole("button", { name: "Show the request" }).click();
      await page.getByRole("dialog").getByText("api.openai.com").first().waitFor();
      expect(await page.getByRole("dialog").textContent()).toContain("Say hello.");
      expect(faults).toEqual([]);
    });

    test("a chat can be stopped, asked again and edited, and keeps the earlier versions", async () => {
      const model = await startModel();
      const { page, console, faults } = await open();
      await console.profiles.create(localConnection(model));
      await page.goto(`${console.url}/chat`);
      model.say("one two three four five six seven eight nine ten ".repeat(40));
      model.pace(60);
      await ask(page, "Count.");
      await lastAnswer(page).getByText("one two three").waitFor();
      await page.getByRole("button", { name: "Stop" }).click();
      await model.left;
      await page.getByRole("button", { name: "Send" }).waitFor();
      await lastAnswer(page).getByText("stopped before its end").waitFor();
      model.pace(0);
      model.say("Done.");
      await page.getByRole("button", { name: "Ask again" }).click();
      await lastAnswer(page).getByText("Done.").waitFor();
      await lastAnswer(page).getByText("2 of 2").waitFor();
      await page.getByRole("button", { name: "Edit the message" }).click();
      await page.getByRole("textbox", { name: "Edit the message" }).fill("Count to three.");
      await page.getByRole("button", { name: "Send" }).first().click();
      await page.locator('[data-role="user"]').getByText("Count to three.").waitFor();
      await expect
        .poll(() => model.chats.at(-1)?.messages)
        .toMatchObject([{ role: "user", content: expect.stringContaining("Count to three.") }]);
      expect(faults).toEqual([]);
    });

    test("reasoning is folded away, tool calls are shown, and a connection can hide its reasoning", async () => {
      const model = await startModel();
      model.send([
        { reasoning_content: "Let me think about it." },
        { content: "I will look." },
        { tool_calls: [{ index: 0, id: "call_1", type: "function", function: { name: "find_ferry", arguments: '{"pier":"north"}' } }] },
      ]);
      const { page, console, faults } = await open();
      const local = {
        provider: "custom",
        baseURL: model.url,
        auth: "none" as const,
        model: "tiny-model",
        settings: { server: "llama.cpp" },
      };
      await console.profiles.create({ name: "Open", ...local });
      await console.profiles.create({ name: "Hidden", ...local, reasoning: { show: false } });
      await page.goto(`${console.url}/chat`);
      await ask(page, "When?");
      await lastAnswer(page).getByText("I will look.").waitFor();
      expect(await lastAnswer(page).getByText("Let me think about it.").isVisible()).toBe(false);
      await lastAnswer(page).getByText("Reasoning").click();
      expect(await lastAnswer(page).getByText("Let me think about it.").isVisible()).toBe(true);
      await lastAnswer(page).getByText("Called the tool find_ferry").click();
      await lastAnswer(page).getByText('"pier": "north"').waitFor();
      await page.getByRole("link", { name: "Connections" }).first().click();
      await page.getByRole("article", { name: "Hidden" }).getByRole("link", { name: "Chat" }).click();
      await ask(page, "And now?");
      await lastAnswer(page).getByText("I will look.").waitFor();
      await lastAnswer(page).getByText("in all").waitFor();
      await expect.poll(() => lastAnswer(page).getByText("Reasoning").count()).toBe(0);
      // The tool call is not sent again: vendors refuse a tool call without a result.
      expect(JSON.stringify(model.chats.at(-1))).not.toContain("find_ferry");
      expect(faults).toEqual([]);
    });

    test("a chat whose connection was removed sends nothing and says so", async () => {
      const model = await startModel();
      const { page, console, faults } = await open();
      const { id } = await console.profiles.create(localConnection(model));
      await page.goto(`${console.url}/chat`);
      await ask(page, "Hello?");
      await lastAnswer(page).getByText("Hello from this machine.").waitFor();
      // A conversation that is not stored yet would go back to the default connection.
      await page.waitForURL(/\/chat\/./);
      await console.profiles.remove(id);
      await page.reload();
      await page.getByRole("button", { name: "Model: The chosen connection no longer exists" }).waitFor();
      const before = model.chats.length;
      await ask(page, "Still there?");
      await page.getByText("The connection of this chat no longer exists. Nothing was sent.").waitFor();
      expect(model.chats).toHaveLength(before);
      expect(faults).toEqual([]);
    });

    test("a connection is switched off on its card while its vendor is down: the choice of a model leaves it out, and a chat with it sends nothing", async () => {
      const model = await startModel();
      const { page, console, faults } = await open();
      await console.profiles.create(localConnection(model));
      await console.profiles.create(localConnection(model, "Spare"));
      await page.goto(`${console.url}/chat`);
      await page.getByRole("button", { name: "Model: Home / tiny-model" }).waitFor();
      await page.goto(`${console.url}/connections`);
      const card = page.getByRole("article", { name: "Home" });
      const toggle = card.getByRole("switch", { name: "Use Home" });
      await toggle.focus();
      await page.keyboard.press("Space");
      await card.getByText("Switched off: chats do not use it").waitFor();
      await expect.poll(() => card.getByRole("link", { name: "Chat" }).count()).toBe(0);
      expect(await accessibilityFaults(page)).toEqual([]);
      await page.goto(`${console.url}/chat`);
      await page.getByRole("button", { name: "Model: Home is switched off" }).click();
      await page.getByRole("dialog").getByRole("region", { name: "Spare" }).waitFor();
      await expect.poll(() => page.getByRole("dialog").getByRole("region", { name: "Home" }).count()).toBe(0);
      await page.keyboard.press("Escape");
      await ask(page, "Hello?");
      await page.getByText('the connection "Home" is switched off').waitFor();
      expect(model.chats).toEqual([]);
      await page.goto(`${console.url}/connections`);
      await card.locator(".enabled-switch label").click();
      await card.getByRole("link", { name: "Chat" }).click();
      await ask(page, "And now?");
      await lastAnswer(page).getByText("Hello from this machine.").waitFor();
      expect(faults).toEqual([]);
    });

    test("a save of a second window is refused, and shows what the first one stored", async () => {
      const { page, console, faults } = await open();
      const { id } = await console.profiles.create({
        name: "Home",
        provider: "custom",
        baseURL: "http://127.0.0.1:9/v1",
        auth: "none",
        model: "m",
      });
      await page.goto(`${console.url}/connections/${id}`);
      await page.getByTestId("addresses").waitFor();
      await console.profiles.update(id, { name: "From the first window" });
      await page.getByLabel("Name").first().fill("From the second window");
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByText("was changed meanwhile").waitFor();
      await page.getByRole("button", { name: "Drop my changes and show what is stored" }).click();
      await expect.poll(() => page.getByLabel("Name").first().inputValue()).toBe("From the first window");
      expect(faults).toEqual([]);
    });

    test("an image that is pasted is sent and shown", async () => {
      const model = await startModel();
      const { page, console, faults } = await open();
      await console.profiles.create(localConnection(model));
      await page.goto(`${console.url}/chat`);
      const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
      await page.getByRole("textbox", { name: "Message" }).fill("What is this?");
      await page.getByRole("textbox", { name: "Message" }).evaluate((element, data) => {
        const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
        const transfer = new DataTransfer();
        transfer.items.add(new File([bytes], "dot.png", { type: "image/png" }));
        element.dispatchEvent(new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true }));
      }, png);
      await page.getByText("dot.png").waitFor();
      await page.getByRole("button", { name: "Show the request before it is sent" }).click();
      await page.getByRole("dialog").getByText(png.slice(0, 40)).waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "Send" }).click();
      await expect.poll(() => JSON.stringify(model.chats.at(-1) ?? "")).toContain(png);
      await page.locator('[data-role="user"] img').waitFor();
      expect(faults).toEqual([]);
    });

    test("OpenRouter's sign-in ends in a connection with a key, which the page never sees", async () => {
      const exchanged: unknown[] = [];
      const { page, console, faults } = await open({
        vendor: async (input, init) => {
          const url = new URL(String(input));
          if (url.pathname.endsWith("/auth/keys")) {
            exchanged.push(JSON.parse(String(init?.body)));
            return exchanged.length === 1
              ? new Response("busy", { status: 500 })
              : Response.json({ key: "sk-or-v1-from-the-stand-in-0123456789abcdef", user_id: "user_1" });
          }
          return Response.json({ error: { message: "no" } }, { status: 403 });
        },
      });
      // The vendor's page: it sends the person back at once.
      await page.route("https://openrouter.ai/auth**", (route) => {
        const callback = new URL(new URL(route.request().url()).searchParams.get("callback_url") ?? "");
        callback.searchParams.set("code", "code-of-the-stand-in");
        return route.fulfill({ status: 302, headers: { location: callback.href } });
      });
      await choose(page, "openrouter");
      await page.getByRole("button", { name: "Sign in with OpenRouter" }).click();
      await page.getByRole("link", { name: "Continue to OpenRouter" }).click();
      // The first exchange fails, and the same sign-in can be tried again.
      await page.getByRole("button", { name: "Try again" }).click();
      await page.getByRole("article", { name: "OpenRouter" }).waitFor();
      const [profile] = await console.profiles.list();
      expect(profile).toMatchObject({ provider: "openrouter", secrets: { key: "set" } });
      expect(await page.content()).not.toContain("from-the-stand-in");
      expect(exchanged).toHaveLength(2);
      expect(exchanged[0]).toEqual(exchanged[1]);
      expect(faults).toEqual([]);
    });

    test("Anthropic's caching panel ends in its line on the card", async () => {
      const { page, faults } = await open();
      await choose(page, "anthropic");
      await page.getByLabel("Name").first().fill("Claude");
      await page.getByRole("textbox", { name: "API key" }).fill("sk-ant-test-0123456789abcdef");
      await page.getByRole("button", { name: "Prompt caching" }).click();
      await page.getByRole("switch", { name: "Enable prompt caching" }).click();
      await page.getByRole("switch", { name: "Use automatic caching" }).click();
      await page.getByRole("switch", { name: "Cache system prompt" }).click();
      await page.getByText("Cache 5m • auto + system").waitFor();
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByRole("article", { name: "Claude" }).getByText("Cache 5m • auto + system").waitFor();
      expect(await page.content()).not.toContain("sk-ant-test");
      await page.getByRole("article", { name: "Claude" }).getByRole("link", { name: "Edit" }).click();
      expect(await page.getByRole("textbox", { name: "API key" }).inputValue()).toBe("");
      expect(await page.getByRole("switch", { name: "Cache system prompt" }).isChecked()).toBe(true);
      expect(faults).toEqual([]);
    });

    test("Z.AI's toggle changes the effective URL before anything is saved", async () => {
      const { page, faults } = await open();
      await choose(page, "zai");
      const addresses = page.getByTestId("addresses");
      await addresses.getByText("https://api.z.ai/api/paas/v4/chat/completions").waitFor();
      await page.getByRole("radiogroup", { name: "Use Coding Plan endpoint" }).getByText("On", { exact: true }).click();
      await addresses.getByText("https://api.z.ai/api/coding/paas/v4/chat/completions").waitFor();
      expect(faults).toEqual([]);
    });

    test("Vertex takes a pasted service account, shows its project, and refuses half of one", async () => {
      const { page, console, faults } = await open();
      const { privateKey } = generateKeyPairSync("rsa", {
        modulusLength: 2048,
        privateKeyEncoding: { type: "pkcs8", format: "pem" },
        publicKeyEncoding: { type: "spki", format: "pem" },
      });
      const account = JSON.stringify({
        type: "service_account",
        project_id: "project-of-the-test",
        private_key_id: "1",
        private_key: privateKey,
        client_email: "robot@project-of-the-test.iam.gserviceaccount.com",
        token_uri: "https://oauth2.googleapis.com/token",
      });
      await choose(page, "google-vertex");
      const field = page.getByRole("textbox", { name: "Service account JSON" });
      await field.fill(account.slice(0, 200));
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByText("The connection is not saved").waitFor();
      expect(await console.profiles.list()).toEqual([]);
      await field.fill(account);
      await page.getByText("project: project-of-the-test").waitFor();
      await page
        .getByTestId("addresses")
        .getByText(/aiplatform\.googleapis\.com.*project-of-the-test/)
        .first()
        .waitFor();
      await page.getByRole("textbox", { name: "Region" }).fill("europe-west4");
      await page
        .getByTestId("addresses")
        .getByText(/^https:\/\/europe-west4-aiplatform\.googleapis\.com.*locations\/europe-west4/)
        .first()
        .waitFor();
      await page.getByRole("button", { name: "Models" }).waitFor();
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByRole("article", { name: "Google Vertex AI" }).waitFor();
      expect(await page.content()).not.toContain("PRIVATE KEY");
      expect(faults).toEqual([]);
    });

    test("a local server is found, connected and chatted with; when it is killed, the doctor says so in one sentence", async () => {
      const model = await startModel();
      const { page, console, faults } = await open({ discoveryPorts: [model.port] });
      await page.goto(`${console.url}/connections`);
      await page.getByRole("heading", { name: "Found on this machine" }).waitFor();
      await page.getByRole("button", { name: "Connect", exact: true }).click();
      const card = page.getByRole("article", { name: /llama\.cpp/ });
      await card.getByRole("link", { name: "Chat" }).click();
      await ask(page, "Hello?");
      await lastAnswer(page).getByText("Hello from this machine.").waitFor();
      await page.getByRole("link", { name: "Connections" }).first().click();
      await card.getByRole("button", { name: "Check" }).click();
      await page.getByText("All is well").waitFor();
      await page.keyboard.press("Escape");
      await model.close();
      await card.getByRole("button", { name: "Check" }).click();
      await page.getByText("What is wrong").waitFor();
      expect(await page.getByTestId("diagnosis").textContent()).toMatch(/nothing listens|does not run|start/i);
      await page.keyboard.press("Escape");
      await page.getByRole("link", { name: "Chat" }).first().click();
      await ask(page, "Still there?");
      await lastAnswer(page).getByText("The answer failed").waitFor();
      await page.getByRole("link", { name: "Logs" }).first().click();
      await page.getByRole("table").getByText("failed").first().waitFor();
      expect(faults).toEqual([]);
    });

    test("the models of unsaved values are browsed and chosen", async () => {
      const model = await startModel();
      const { page, faults } = await open();
      await choose(page, "custom");
      await page.getByRole("textbox", { name: "API URL" }).fill(model.url);
      await page.getByRole("button", { name: "Models" }).click();
      await page.getByRole("dialog").getByText("tiny-model").click();
      expect(await page.getByRole("textbox", { name: "Model", exact: true }).inputValue()).toBe("tiny-model");
      expect(faults).toEqual([]);
    });

    test("cards are moved by the keyboard, and the order stays", async () => {
      const { page, console, faults } = await open();
      for (const name of ["One", "Two", "Three"])
        await console.profiles.create({ name, provider: "custom", baseURL: "http://127.0.0.1:9/v1", auth: "none", model: "m" });
      await page.goto(`${console.url}/connections`);
      const names = (): Promise<(string | null)[]> =>
        page.getByRole("article").evaluateAll((cards) => cards.map((card) => card.getAttribute("aria-label")));
      await expect.poll(names).toEqual(["One", "Two", "Three"]);
      await page.getByRole("button", { name: /^Move One/ }).focus();
      await page.keyboard.press("Space");
      await page.waitForTimeout(300);
      await page.keyboard.press("ArrowRight");
      await page.waitForTimeout(400);
      await page.keyboard.press("Space");
      await expect.poll(names).toEqual(["Two", "One", "Three"]);
      await expect.poll(async () => (await console.profiles.list()).map(({ name }) => name)).toEqual(["Two", "One", "Three"]);
      expect(faults).toEqual([]);
    });

    test("cards are moved by a finger and by their menu, and not while some of them are searched", async () => {
      const { page, console, faults } = await open({}, { viewport: { width: 390, height: 844 }, hasTouch: true });
      const all = Array.from({ length: 12 }, (_, index) => `Number ${index + 1}`);
      for (const name of all)
        await console.profiles.create({ name, provider: "custom", baseURL: "http://127.0.0.1:9/v1", auth: "none", model: "m" });
      await page.goto(`${console.url}/connections`);
      const stored = async (): Promise<string[]> => (await console.profiles.list()).slice(0, 3).map(({ name }) => name);
      const grip = page.getByRole("button", { name: "Move Number 1: press Space, then the arrow keys", exact: true });
      await grip.waitFor();
      const from = await grip.boundingBox();
      const to = await page.getByRole("article", { name: "Number 2", exact: true }).boundingBox();
      if (from === null || to === null) throw new Error("nothing is drawn");
      const finger = await page.context().newCDPSession(page);
      const [x, y] = [from.x + from.width / 2, from.y + from.height / 2];
      const touch = (type: "touchStart" | "touchMove" | "touchEnd", at: number): Promise<unknown> =>
        finger.send("Input.dispatchTouchEvent", { type, touchPoints: type === "touchEnd" ? [] : [{ x, y: at }] });
      await touch("touchStart", y);
      for (let step = 1; step <= 10; step++) await touch("touchMove", y + ((to.y - from.y + to.height / 2) * step) / 10);
      await touch("touchEnd", 0);
      await expect.poll(stored).toEqual(["Number 2", "Number 1", "Number 3"]);
      const choose = async (name: string, item: string): Promise<void> => {
        await page.getByRole("button", { name: `Actions for ${name}`, exact: true }).click();
        await page.getByRole("menuitem", { name: item }).click();
      };
      await choose("Number 1", "Move up");
      await expect.poll(stored).toEqual(["Number 1", "Number 2", "Number 3"]);
      await choose("Number 12", "Move to the top");
      await expect.poll(stored).toEqual(["Number 12", "Number 1", "Number 2"]);
      await choose("Number 12", "Move down");
      await expect.poll(stored).toEqual(["Number 1", "Number 12", "Number 2"]);
      await page.getByRole("textbox", { name: "Search connections" }).fill("number 12");
      await expect.poll(() => page.getByRole("article").count()).toBe(1);
      await expect.poll(() => page.getByRole("button", { name: /^Move / }).count()).toBe(0);
      expect(faults).toEqual([]);
    });

    test("a management key is made with its permissions, does what they say, is revoked and removed", async () => {
      const { page, console, faults } = await open();
      await console.gateway.managementKeys.create({ name: "Old lead" });
      await page.getByRole("link", { name: "Keys" }).first().click();
      await page.getByRole("button", { name: "New management key" }).click();
      const dialog = page.getByRole("dialog");
      const create = dialog.getByRole("button", { name: "Create" });
      await dialog.getByRole("textbox", { name: "Name" }).fill("old LEAD");
      // By keyboard: all permissions for usage and calls, then one less.
      const all = dialog.getByRole("checkbox", { name: "All of Usage and calls" });
      await all.focus();
      await page.keyboard.press("Space");
      expect(await all.isChecked()).toBe(true);
      await dialog.getByRole("checkbox", { name: /^See the recorded content of calls/ }).uncheck();
      expect(await all.isChecked()).toBe(false);
      await dialog.getByRole("checkbox", { name: /^Make virtual keys/ }).check();
      await dialog.getByRole("textbox", { name: "USD per day, in UTC" }).fill("2.5");
      await create.click();
      await dialog.getByRole("textbox", { name: "Name" }).and(dialog.locator("[aria-invalid=true]")).waitFor();
      await dialog.getByRole("textbox", { name: "Name" }).fill("Team lead");
      await create.click();
      const secret = (await page.getByTestId("new-key").textContent()) ?? "";
      const [made] = await console.gateway.managementKeys.list();
      expect(made).toMatchObject({
        name: "Team lead",
        permissions: ["keys.create", "usage.read", "calls.read"],
        limits: { budgetPerDay: 2.5 },
      });
      const ask = (path: string, body?: object): Promise<number> =>
        fetch(`${console.url}/admin/v1/${path}`, {
          ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
          headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
        }).then(({ status }) => status);
      expect(await Promise.all([ask("usage"), ask("calls"), ask("keys"), ask("management-keys")])).toEqual([200, 200, 403, 403]);
      expect([await ask("keys", { name: "Wide", limits: { budgetPerDay: 3 } }), await ask("keys", { name: "Own" })]).toEqual([403, 201]);
      await dialog.getByRole("button", { name: "Done" }).click();
      await page.reload();
      const row = page.getByRole("article", { name: "Team lead" });
      await row.getByText("keys.create, usage.read, calls.read").waitFor();
      expect(await page.content()).not.toContain(secret);
      await row.getByRole("button", { name: "Revoke" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
      await row.getByText("Revoked").waitFor();
      expect(await ask("usage")).toBe(401);
      await row.getByRole("button", { name: "Remove" }).click();
      await row.waitFor({ state: "detached" });
      // The refused name is an answer that the browser counts as an error.
      expect(faults.filter((fault) => !fault.includes("422") && !fault.includes("400"))).toEqual([]);
    });

    test("a key is made, shown once, and revoked", async () => {
      const { page, console, faults } = await open();
      await page.getByRole("link", { name: "Keys" }).first().click();
      await page.getByRole("button", { name: "New key" }).click();
      await page.getByRole("textbox", { name: "Name" }).fill("Editor");
      await page.getByRole("textbox", { name: "Requests per minute" }).fill("7");
      await page.getByRole("textbox", { name: "Calls at once" }).fill("2");
      await page.getByRole("button", { name: "Create" }).click();
      const secret = (await page.getByTestId("new-key").textContent()) ?? "";
      expect(secret.length).toBeGreaterThan(20);
      await page.getByRole("button", { name: "Done" }).click();
      await page.getByRole("article", { name: "Editor" }).getByText("Requests this minute: 0 of 7").waitFor();
      await page.getByRole("article", { name: "Editor" }).getByText("Calls now: 0 of 2").waitFor();
      expect(await page.content()).not.toContain(secret);
      const models = (): Promise<Response> => fetch(`${console.url}/metrics`, { headers: { authorization: `Bearer ${secret}` } });
      expect((await models()).status).not.toBe(401);
      await page.getByRole("article", { name: "Editor" }).getByRole("button", { name: "Revoke" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
      await page.getByText("Revoked").waitFor();
      expect((await console.gateway.keys.list())[0]?.revokedAt).toBeDefined();
      expect(faults).toEqual([]);
    });
  },
);
