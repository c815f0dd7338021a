/** What the page does at its limits: many connections, no space, no master key, a browser that refuses storage or has no space, a clock that is wrong, an address without https. */
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { missingBrowser } from "./browser.ts";
import { answered, ask, keptConversations, lastAnswer, localConnection, openLongConversation, walks } from "./walk.ts";

const { open, start, enter, stranger, startModel } = walks();

const names = (page: Page): Promise<(string | null)[]> =>
  page.getByRole("article").evaluateAll((cards) => cards.map((card) => card.getAttribute("aria-label")));

describe.skipIf(missingBrowser !== undefined)(
  `the page at its limits${missingBrowser === undefined ? "" : ` (${missingBrowser})`}`,
  // What is large takes long on a busy machine.
  { timeout: 300_000 },
  () => {
    test("of five hundred connections some are drawn, and the others are reached by scrolling, by a search and in the choice of a model", async () => {
      const model = await startModel();
      const served = await start();
      for (let index = 1; index <= 500; index++)
        await served.profiles.create({ ...localConnection(model, `Home ${index}`), model: `model-of-${index}` });
      const { page, faults } = await enter(served);
      await page.goto(`${served.url}/connections`);
      await page.getByRole("article", { name: "Home 1", exact: true }).waitFor();
      expect(await page.getByRole("article").count()).toBeLessThan(150);
      await page.getByText("500 connections").waitFor();
      const further = page.getByRole("article", { name: "Home 160", exact: true });
      while ((await further.count()) === 0) await page.getByRole("article").last().scrollIntoViewIfNeeded();
      await page.getByRole("textbox", { name: "Search connections" }).fill("model-of-499");
      await expect.poll(() => names(page)).toEqual(["Home 499"]);
      await page.getByText("1 of 500 connections").waitFor();
      await page.goto(`${served.url}/chat`);
      await page.getByRole("button", { name: /^Model:/ }).click();
      await page.getByRole("region", { name: "Home 1", exact: true }).waitFor();
      expect(await page.getByRole("dialog").getByRole("region").count()).toBeLessThan(150);
      await page.getByRole("textbox", { name: "Search models of all connections" }).fill("model-of-498");
      await page
        .getByRole("region", { name: "Home 498", exact: true })
        .getByRole("button", { name: /^model-of-498/ })
        .click();
      await page.getByRole("button", { name: "Model: Home 498 / model-of-498" }).waitFor();
      expect(faults).toEqual([]);
    });

    test("of ten thousand models some are drawn, and the others are reached by scrolling and by a search", async () => {
      const { page, console, faults } = await open({
        vendor: async () =>
          Response.json({ data: Array.from({ length: 10_000 }, (_, index) => ({ id: `vendor/model-${10_000 + index}` })) }),
      });
      await page.goto(`${console.url}/connections/new/openrouter`);
      await page.getByRole("button", { name: "Models" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByText("10000 of 10000 models").waitFor();
      const options = dialog.locator(".option");
      expect(await options.count()).toBeLessThan(500);
      while ((await options.count()) < 700) await options.last().scrollIntoViewIfNeeded();
      await dialog.getByRole("textbox", { name: "Search models" }).fill("model-19999");
      await dialog.getByRole("button", { name: /^vendor\/model-19999/ }).click();
      expect(await page.getByRole("textbox", { name: "Model", exact: true }).inputValue()).toBe("vendor/model-19999");
      expect(faults).toEqual([]);
    });

    test("of a conversation with too many images the newest are kept, and a text stands in place of the others", async () => {
      const model = await startModel();
      const { page, console, faults } = await open();
      await console.profiles.create(localConnection(model));
      await page.goto(`${console.url}/chat`);
      // In base64 the three are larger than what is kept, and two of them are smaller.
      for (const name of ["first.png", "second.png", "third.png"]) {
        const [chooser] = await Promise.all([
          page.waitForEvent("filechooser"),
          page.getByRole("button", { name: "Add images or files" }).click(),
        ]);
        await chooser.setFiles({ name, mimeType: "image/png", buffer: Buffer.alloc(7_000_000, name) });
        await page.getByText(name).waitFor();
        await ask(page, `About ${name}`);
        await answered(page);
      }
      await expect.poll(() => new URL(page.url()).pathname).not.toBe("/chat");
      // All are shown as long as the page is open.
      const images = page.locator('[data-role="user"] img');
      await expect.poll(() => images.count()).toBe(3);
      await page.reload();
      await expect.poll(() => images.count()).toBe(2);
      await page.getByText("first.png (not kept)").waitFor();
      await ask(page, "Go on.");
      await answered(page);
      expect(JSON.stringify(model.chats.at(-1)?.messages)).toContain("first.png was not kept");
      expect(faults).toEqual([]);
    });

    test("of a conversation with thousands of messages the last are drawn, and all are sent", async () => {
      const model = await startModel();
      const { page, console, faults } = await open();
      await console.profiles.create(localConnection(model));
      await openLongConversation(page, console.url, 1000);
      await expect.poll(() => page.locator(".message").count()).toBe(100);
      await page.getByRole("button", { name: "Show earlier messages (1,900)" }).click();
      await page.getByText("Question 900", { exact: true }).waitFor();
      await ask(page, "The last one");
      await answered(page);
      expect(model.chats.at(-1)?.messages).toHaveLength(2001);
      expect(faults).toEqual([]);
    });

    test("with a wrong master key the page says that the vault is locked, sends nothing, and the key is still stored", async () => {
      const model = await startModel();
      const served = await start();
      await served.profiles.create({ ...localConnection(model), auth: "key", key: "key-of-the-locked-vault-0123456789" });
      const second = await start({ store: served.store });
      const { page, faults } = await enter(second);
      await page.goto(`${second.url}/connections`);
      await page.getByText("The vault is locked", { exact: true }).waitFor();
      await page.getByRole("article", { name: "Home" }).getByRole("button", { name: "Check" }).click();
      await expect.poll(() => page.getByTestId("diagnosis").textContent()).toMatch(/locked/);
      expect(await page.getByTestId("diagnosis").textContent()).not.toMatch(/invalid/i);
      await page.keyboard.press("Escape");
      await page.goto(`${second.url}/chat`);
      await ask(page, "Hello?");
      await lastAnswer(page).getByText("The answer failed").waitFor();
      expect(await lastAnswer(page).textContent()).toMatch(/locked/);
      expect(model.chats).toEqual([]);
      const [home] = await served.profiles.list();
      expect((await served.profiles.source(home?.id ?? "")).key).toBe("key-of-the-locked-vault-0123456789");
      expect(faults).toEqual([]);
    });

    test("a browser that refuses every storage chats all the same", async () => {
      const model = await startModel();
      const served = await start();
      await served.profiles.create(localConnection(model));
      const { page, context, faults } = await enter(served);
      await context.addInitScript(() => {
        for (const name of ["localStorage", "sessionStorage", "indexedDB"])
          Object.defineProperty(window, name, {
            get: () => {
              throw new DOMException("The operation is insecure.", "SecurityError");
            },
          });
      });
      await page.goto(`${served.url}/chat`);
      await ask(page, "Hello?");
      await answered(page);
      await page.getByText("could not be kept in this browser").first().waitFor();
      await ask(page, "And again?");
      await answered(page);
      expect(model.chats).toHaveLength(2);
      await page.getByRole("link", { name: "Connections" }).first().click();
      await page.getByRole("article", { name: "Home" }).waitFor();
      expect(faults).toEqual([]);
    });

    test("a browser without space for a conversation says that it is not kept, chats on, and keeps it when there is space again", async () => {
      const model = await startModel();
      const served = await start();
      await served.profiles.create(localConnection(model));
      const { page, context, faults } = await enter(served);
      await page.goto(`${served.url}/chat`);
      const browser = await context.newCDPSession(page);
      await browser.send("Storage.overrideQuotaForOrigin", { origin: served.url, quotaSize: 1 });
      await ask(page, "Hello?");
      await answered(page);
      await page.getByText("this browser has no space left for it").first().waitFor();
      await ask(page, "And again?");
      await expect.poll(() => page.locator('[data-role="assistant"]').count()).toBe(2);
      await answered(page);
      expect(model.chats).toHaveLength(2);
      await browser.send("Storage.overrideQuotaForOrigin", { origin: served.url });
      await ask(page, "A third time?");
      await expect.poll(() => page.locator('[data-role="assistant"]').count()).toBe(3);
      await answered(page);
      await expect.poll(async () => (await keptConversations(page)).split("Hello from this machine.").length).toBe(4);
      await page.reload();
      await expect.poll(() => page.locator('[data-role="assistant"]').count()).toBe(3);
      expect(faults).toEqual([]);
    });

    test.each([
      ["an hour ahead of", 3_600_000],
      ["an hour behind", -3_600_000],
      ["two days ahead of", 172_800_000],
      ["two days behind", -172_800_000],
    ])("a browser whose clock is %s the gateway's signs in, chats, and shows today's calls and ages", async (_, ahead) => {
      const model = await startModel();
      const served = await start({
        vendor: async (input) => {
          const isAccount = new URL(input instanceof Request ? input.url : String(input)).pathname.endsWith("/credits");
          return Response.json({
            data: isAccount ? { total_credits: 25, total_usage: 3.5 } : { label: "k", limit: 10, limit_remaining: 4, usage: 6 },
          });
        },
      });
      await served.profiles.create(localConnection(model));
      await served.profiles.create({
        name: "Router",
        provider: "openrouter",
        model: "a/b",
        key: "sk-or-v1-0123456789abcdef0123456789abcdef",
      });
      const { page, faults } = await stranger(served);
      await page.clock.install({ time: Date.now() + ahead });
      await page.goto(await served.openingAddress());
      await page.getByRole("link", { name: "Lumiverse" }).waitFor();
      await page.goto(`${served.url}/chat`);
      await ask(page, "Hello?");
      await answered(page);
      expect(await lastAnswer(page).textContent()).not.toMatch(/-\d|NaN|\d+ min/);
      await page.goto(`${served.url}/connections`);
      await page.getByRole("article", { name: "Home" }).getByText("Today: 1 call").waitFor();
      await page.getByRole("article", { name: "Router" }).getByText("just now").first().waitFor();
      await page.goto(`${served.url}/usage`);
      await page.getByText("all finished").waitFor();
      expect(faults).toEqual([]);
    });

    test("an address without https, as in a home network, has everything: chat, kept conversations and copying", async () => {
      const model = await startModel();
      model.say("```\ncopied\n```");
      const adminKey = "admin-key-of-the-tests-0123456789";
      // For a browser this name is another machine.
      const served = await start({ adminKey, hostname: "console.test" });
      await served.profiles.create(localConnection(model));
      const { page, faults } = await enter(served);
      expect(await page.evaluate(() => [window.isSecureContext, "randomUUID" in crypto, "clipboard" in navigator])).toEqual([
        false,
        false,
        false,
      ]);
      await page.goto(`${served.url}/chat`);
      await ask(page, "Code?");
      await answered(page);
      await expect.poll(() => new URL(page.url()).pathname).not.toBe("/chat");
      await lastAnswer(page).getByRole("button", { name: "Copy", exact: true }).click();
      await page.getByRole("button", { name: "Copied" }).waitFor();
      await page.getByRole("textbox", { name: "Message" }).focus();
      await page.keyboard.press("Control+V");
      await expect.poll(() => page.getByRole("textbox", { name: "Message" }).inputValue()).toContain("copied");
      await page.goto(`${served.url}/keys`);
      await page.getByRole("button", { name: "New key" }).click();
      await page.getByRole("textbox", { name: "Name" }).fill("Editor");
      await page.getByRole("button", { name: "Create" }).click();
      await page.getByTestId("new-key").waitFor();
      await page.getByRole("dialog").getByRole("button", { name: "Copy" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Copied" }).waitFor();
      // A browser says that it ignores this header here.
      expect(faults.filter((fault) => !fault.includes("Cross-Origin-Opener-Policy"))).toEqual([]);
    });

    test("a page whose scripts are gone after an update says so, and loading it again helps", async () => {
      const { page, console } = await open();
      // The first page has loaded what it needs.
      await page.waitForLoadState("networkidle");
      await page.route("**/assets/**", (route) => route.fulfill({ status: 404, body: "There is no such file." }));
      await page.getByRole("link", { name: "Usage" }).first().click();
      await page.getByRole("heading", { name: "The page has failed" }).waitFor();
      await page.unroute("**/assets/**");
      await page.getByRole("button", { name: "Load the page again" }).click();
      await page.getByRole("heading", { name: "Usage" }).waitFor();
      expect(page.url()).toBe(`${console.url}/usage`);
    });

    test("a page that is opened without its scripts is not empty", async () => {
      const { page, console } = await open();
      await page.route("**/assets/*.js", (route) => route.fulfill({ status: 404, body: "There is no such file." }));
      await page.goto(`${console.url}/chat`);
      await page.getByText("If nothing else appears, load the page again.").waitFor();
      await page.unroute("**/assets/*.js");
      await page.reload();
      await page.getByRole("link", { name: "Lumiverse" }).waitFor();
      await expect.poll(() => page.getByText("If nothing else appears").count()).toBe(0);
    });

    test("data that did not come is asked for again", async () => {
      const model = await startModel();
      const { page, console, faults } = await open();
      await console.profiles.create(localConnection(model));
      for (const [path, asked] of [
        ["connections", "connections"],
        ["connections/new", "providers"],
        ["usage", "usage?"],
        ["keys", "keys"],
        ["logs", "calls"],
      ] as const) {
        const isAsked = (url: URL): boolean => `${url.pathname}${url.search}`.startsWith(`/admin/v1/${asked}`);
        await page.route(isAsked, (route) =>
          route.fulfill({ status: 500, json: { error: { code: "server", message: "the server failed" } } }),
        );
        await page.goto(`${console.url}/${path}`);
        const again = page.getByRole("main").getByRole("button", { name: "Try again" }).first();
        await again.waitFor();
        await page.unroute(isAsked);
        await again.click();
        await again.waitFor({ state: "detached" });
      }
      expect(faults).toEqual([]);
    });
  },
);
