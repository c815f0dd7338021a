import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { missingBrowser } from "./browser.ts";
import { answered, ask, lastAnswer, localConnection, walks } from "./walk.ts";

const { open, startModel } = walks();

describe.skipIf(missingBrowser !== undefined)(
  `answers in Chromium${missingBrowser === undefined ? "" : ` (${missingBrowser})`}`,
  { timeout: 120_000 },
  () => {
    test("a chat that the gateway refuses says why", async () => {
      const model = await startModel();
      const { page, console, faults } = await open();
      const { id } = await console.profiles.create(localConnection(model));
      await page.goto(`${console.url}/chat`);
      await page.getByRole("button", { name: "Model: Home / tiny-model" }).waitFor();
      // The page still lists it.
      await console.profiles.remove(id);
      await ask(page, "Hello?");
      await lastAnswer(page).getByText("The answer failed").waitFor();
      const text = await lastAnswer(page).textContent();
      expect(text).toContain(id);
      expect(text).not.toContain("cannot be reached");
      expect(model.chats).toEqual([]);
      expect(faults).toEqual([]);
    });

    test("sources are links that leave the page, and only to the web", async () => {
      const sse = [
        {
          choices: [
            {
              index: 0,
              delta: {
                role: "assistant",
                content: "Ferries run daily.",
                annotations: [
                  {
                    type: "url_citation",
                    url_citation: { url: "https://ferries.example/timetable", title: "Timetable", start_index: 0, end_index: 7 },
                  },
                  {
                    type: "url_citation",
                    url_citation: { url: "javascript:window.injected=1", title: "A bad one", start_index: 0, end_index: 7 },
                  },
                ],
              },
            },
          ],
        },
        { choices: [{ index: 0, delta: {}, finish_reason: "stop" }] },
      ];
      const stream = sse.map(
        (event) => `data: ${JSON.stringify({ id: "gen-1", object: "chat.completion.chunk", created: 1, model: "a/b", ...event })}\n\n`,
      );
      const { page, console, faults } = await open({
        vendor: async (input) =>
          String(input).includes("/chat/completions")
            ? new Response(`${stream.join("")}data: [DONE]\n\n`, { headers: { "content-type": "text/event-stream" } })
            : Response.json({ data: [] }),
      });
      await console.profiles.create({
        name: "Router",
        provider: "openrouter",
        key: "sk-or-v1-0123456789abcdef0123456789abcdef",
        model: "a/b",
      });
      await page.goto(`${console.url}/chat`);
      await ask(page, "When do ferries run?");
      await answered(page);
      const link = lastAnswer(page).getByRole("link", { name: "Timetable" });
      expect(await link.getAttribute("href")).toBe("https://ferries.example/timetable");
      expect(await link.getAttribute("rel")).toContain("noopener");
      await lastAnswer(page).getByText("A bad one").waitFor();
      await expect.poll(() => lastAnswer(page).getByRole("link", { name: "A bad one" }).count()).toBe(0);
      expect(faults).toEqual([]);
    });

    test("notes say what was dropped or changed on the way to the provider", async () => {
      const { page, console, faults } = await open({ demo: true });
      const anthropic = (await console.gateway.profiles.list()).find(({ name }) => name === "Demo Anthropic");
      await page.goto(`${console.url}/chat?connection=${anthropic?.id}`);
      await page.getByRole("button", { name: "System prompt and parameters" }).click();
      await page.getByRole("textbox", { name: "Temperature" }).fill("1.7");
      await page.keyboard.press("Escape");
      await ask(page, "Hello.");
      await answered(page);
      await lastAnswer(page)
        .getByText(/^\d+ notes?/)
        .click();
      await lastAnswer(page).getByRole("listitem").getByText("1.7 became 1").waitFor();
      expect(faults).toEqual([]);
    });

    test("favorites and recent models come first in the choice, and stay", async () => {
      const { page, console, faults } = await open({ demo: true });
      await page.goto(`${console.url}/chat`);
      const picker = page.getByRole("button", { name: /^Model:/ });
      await picker.click();
      const search = page.getByRole("textbox", { name: "Search models of all connections" });
      await search.fill("anthropic");
      const star = page.getByRole("region", { name: "Demo Anthropic" }).getByRole("button", { name: /^Add .+ to the favorites$/ });
      const favorite = /^Add (.+) to the favorites$/.exec((await star.first().getAttribute("aria-label")) ?? "")?.[1] ?? "";
      await star.first().click();
      await search.fill("groq");
      const option = page.getByRole("region", { name: "Demo Groq" }).locator(".option").first();
      const recent = (await option.locator(":first-child").first().textContent()) ?? "";
      await option.click();
      await page.getByRole("button", { name: `Model: Demo Groq / ${recent}`, exact: true }).waitFor();
      await page.reload();
      await picker.click();
      const dialog = page.getByRole("dialog");
      await dialog.getByRole("heading", { name: "Favorites" }).waitFor();
      await dialog.getByRole("heading", { name: "Recent" }).waitFor();
      await dialog.getByRole("button", { name: `Demo Groq / ${recent}`, exact: true }).waitFor();
      await dialog.getByRole("button", { name: `Demo Anthropic / ${favorite}`, exact: true }).click();
      await page.getByRole("button", { name: `Model: Demo Anthropic / ${favorite}`, exact: true }).waitFor();
      await picker.click();
      await search.fill("anthropic");
      await dialog.getByRole("button", { name: `Remove ${favorite} from the favorites`, exact: true }).click();
      await search.fill("");
      await expect.poll(() => dialog.getByRole("heading", { name: "Favorites" }).count()).toBe(0);
      expect(faults).toEqual([]);
    });

    test("one dead connection delays no other in the choice of a model, and the same id of two connections is two entries", async () => {
      const [first, second] = [await startModel(), await startModel()];
      // Accepts connections and never answers.
      const silent = createServer(() => {});
      await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
      const { port } = silent.address() as AddressInfo; // it listens on TCP
      const { page, console, faults } = await open();
      await console.profiles.create(localConnection(first, "First"));
      await console.profiles.create(localConnection(second, "Second"));
      await console.profiles.create({ ...localConnection(first, "Silent"), baseURL: `http://127.0.0.1:${port}/v1` });
      await console.profiles.create({ ...localConnection(first, "Refusing"), baseURL: "http://127.0.0.1:9/v1" });
      await page.goto(`${console.url}/chat`);
      await page.getByRole("button", { name: /^Model:/ }).click();
      await page.getByLabel("Loading the models of Silent").waitFor();
      await page
        .getByRole("region", { name: "Refusing" })
        .getByText(/The list failed/)
        .waitFor();
      await page
        .getByRole("region", { name: "Second" })
        .getByRole("button", { name: /^tiny-model/ })
        .click();
      await ask(page, "Which one?");
      await answered(page);
      expect([first.chats.length, second.chats.length]).toEqual([0, 1]);
      expect(faults).toEqual([]);
      silent.closeAllConnections();
      await new Promise((resolve) => silent.close(resolve));
    });

    test("code is copied as it was written, and a paragraph has the direction of its language", async () => {
      const model = await startModel();
      model.say("مرحبا بكم\n\nHello\n\n```ts\nconst a = '<b>';\n```\n");
      const { page, console, faults } = await open({}, { permissions: ["clipboard-read", "clipboard-write"] });
      await console.profiles.create(localConnection(model));
      await page.goto(`${console.url}/chat`);
      await ask(page, "Code?");
      await answered(page);
      await lastAnswer(page).getByRole("button", { name: "Copy", exact: true }).click();
      expect((await page.evaluate(() => navigator.clipboard.readText())).trim()).toBe("const a = '<b>';");
      const directions = await lastAnswer(page)
        .locator(".markdown > p")
        .evaluateAll((all) => all.map((paragraph) => getComputedStyle(paragraph).direction));
      expect(directions).toEqual(["rtl", "ltr"]);
      expect(faults).toEqual([]);
    });

    test("a gateway that ends in mid-answer is named, what had arrived stays, and the page goes on when it is back", async () => {
      const model = await startModel();
      model.say("word ".repeat(300));
      model.pace(40);
      const { page, console, faults } = await open();
      await console.profiles.create(localConnection(model));
      await page.goto(`${console.url}/chat`);
      await ask(page, "A long one.");
      await lastAnswer(page).getByText("word word").waitFor();
      await console.stopListening();
      await lastAnswer(page).getByText("The answer failed").waitFor();
      await lastAnswer(page).getByText("word word").waitFor();
      await ask(page, "Still there?");
      await lastAnswer(page).getByText("The gateway does not answer.").waitFor();
      expect(faults).toEqual([]);
    });

    test("a vendor that streams a megabyte leaves the page usable, and the whole answer arrives", async () => {
      const model = await startModel();
      const word = "**bold** and `code` and [a link](https://example.com) ";
      model.send(Array.from({ length: 1000 }, (_, index) => ({ content: `${word.repeat(20)}\n\nparagraph ${index}\n\n` })));
      const { page, console, faults } = await open();
      await console.profiles.create(localConnection(model));
      await page.goto(`${console.url}/chat`);
      await ask(page, "Much, please.");
      await lastAnswer(page).getByText("paragraph 999").waitFor({ timeout: 100_000 });
      await page.getByRole("textbox", { name: "Message" }).fill("Next.");
      expect(await page.getByRole("textbox", { name: "Message" }).inputValue()).toBe("Next.");
      expect(faults).toEqual([]);
    });

    test("a session that ends in mid-conversation says so, and signing in goes on where it was", async () => {
      const model = await startModel();
      const adminKey = "admin-key-of-the-tests-0123456789";
      const { page, console } = await open({ adminKey });
      await console.profiles.create(localConnection(model));
      await page.goto(`${console.url}/chat`);
      await ask(page, "Hello?");
      await answered(page);
      await expect.poll(() => new URL(page.url()).pathname).not.toBe("/chat");
      await page.context().clearCookies();
      await ask(page, "And now?");
      await page.getByText("Your session has ended").waitFor();
      await page.getByRole("textbox", { name: "Admin key" }).fill(adminKey);
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.locator('[data-role="user"]').getByText("Hello?").waitFor();
      await page.locator('[data-role="user"]').getByText("And now?").waitFor();
    });
  },
);
