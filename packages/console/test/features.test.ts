/** Statements of docs/features.md about the page that no other test checks. */
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { missingBrowser } from "./browser.ts";
import type { TestConsoleOptions } from "./console-server.ts";
import { lastAnswer, localConnection, type OpenedConsole, walks } from "./walk.ts";

const walk = walks();

/** The page on a path. */
async function open(path: string, options?: TestConsoleOptions): Promise<OpenedConsole> {
  const opened = await walk.open(options);
  await opened.page.goto(`${opened.console.url}${path}`);
  return opened;
}

const save = (page: Page): Promise<void> => page.getByRole("button", { name: "Save" }).click();

async function choose(page: Page, field: string, choice: string): Promise<void> {
  await page.getByRole("combobox", { name: field, exact: true }).click();
  await page.getByRole("option", { name: choice }).click();
}

async function list(page: Page, field: string, value: string): Promise<void> {
  await page.getByRole("combobox", { name: field, exact: true }).fill(value);
  await page.keyboard.press("Enter");
}

async function switchTo(page: Page, field: string, state: "On" | "Off"): Promise<void> {
  await page.getByRole("radiogroup", { name: field }).getByText(state, { exact: true }).click();
}

describe.skipIf(missingBrowser !== undefined)(
  `features on the page${missingBrowser === undefined ? "" : ` (${missingBrowser})`}`,
  { timeout: 120_000 },
  () => {
    test("a connection is a provider that is chosen, a key that is pasted, and a press on Save", async () => {
      const { page, console, faults } = await open("/connections/new");
      await page.getByRole("link", { name: /^Groq/ }).click();
      await save(page);
      await page.getByText("API key is required").first().waitFor();
      expect(await console.profiles.list()).toEqual([]);
      await page.getByRole("textbox", { name: "API key" }).fill("gsk_an-invented-key-0123456789");
      await save(page);
      await page.getByRole("article", { name: "Groq" }).waitFor();
      expect(await console.profiles.list()).toMatchObject([{ name: "Groq", provider: "groq", secrets: { key: "set" }, isDefault: true }]);
      expect(faults).toEqual([]);
    });

    test("a new key is marked as required, and its help speaks of no stored one; a stored key is not asked for again", async () => {
      const { page, console, faults } = await open("/connections/new/groq");
      const key = page.getByRole("textbox", { name: "API key" });
      await key.waitFor();
      expect(await key.getAttribute("required")).not.toBeNull();
      expect(await page.locator("form").textContent()).not.toContain("stored key");
      const { id } = await console.profiles.create({ name: "Mine", provider: "groq", key: "gsk_an-invented-key-0123456789" });
      await page.goto(`${console.url}/connections/${id}`);
      await page.getByPlaceholder("A key is stored. Leave the field empty to keep it").waitFor();
      expect(await key.getAttribute("required")).toBeNull();
      expect(faults).toEqual([]);
    });

    test("the key is checked with what the form holds at that moment, and the result goes with the next change", async () => {
      const model = await walk.startModel();
      const { page, faults } = await open("/connections/new/custom");
      await page.getByRole("button", { name: "Check the key" }).click();
      await page.getByText("API URL is required").waitFor();
      const url = page.getByRole("textbox", { name: "API URL" });
      await url.fill(model.url);
      await page.getByText("API URL is required").waitFor({ state: "detached" });
      await page.getByRole("button", { name: "Check the key" }).click();
      await page.getByText(/^The (?:key|vendor) /).waitFor();
      await url.fill("");
      await page.getByRole("button", { name: "Check the key" }).click();
      await page.getByText("API URL is required").waitFor();
      expect(faults).toEqual([]);
    });

    test("the check of the key is in reach on a phone, whatever the length of the form", async () => {
      const { page, console, faults } = await walk.open({}, { viewport: { width: 390, height: 844 } });
      await page.goto(`${console.url}/connections/new/openrouter`);
      const button = page.getByRole("button", { name: "Check the key" });
      await button.waitFor();
      const box = await button.boundingBox();
      expect((box?.y ?? Number.NaN) + (box?.height ?? 0)).toBeLessThan(844);
      expect(faults).toEqual([]);
    });

    test("a model is found and chosen by typing, the arrow keys and Enter", async () => {
      const model = await walk.startModel();
      const { page, console, faults } = await walk.open();
      await console.profiles.create(localConnection(model, "Home"));
      await console.profiles.create({ ...localConnection(model, "Work"), model: "tiny-other" });
      await page.goto(`${console.url}/chat`);
      const button = page.getByRole("button", { name: /^Model:/ });
      await page.getByRole("button", { name: "Model: Home / tiny-model" }).click();
      const search = page.getByRole("textbox", { name: "Search models of all connections" });
      await search.fill("work tiny-other");
      await page.locator(".option").getByText("tiny-other").waitFor();
      await search.press("Enter");
      await expect.poll(() => button.getAttribute("aria-label")).toBe("Model: Work / tiny-other");
      await button.click();
      await search.fill("home tiny-model");
      await page.getByRole("region", { name: "Home" }).locator(".option").first().waitFor();
      await search.press("ArrowDown");
      await page.keyboard.press("ArrowUp");
      expect(await search.evaluate((element) => element === document.activeElement)).toBe(true);
      await search.press("ArrowDown");
      await page.keyboard.press("Enter");
      await expect.poll(() => button.getAttribute("aria-label")).toBe("Model: Home / tiny-model");
      expect(faults).toEqual([]);
    });

    test("a suggestion waits in the composer, and Enter sends it", async () => {
      const model = await walk.startModel();
      const { page, console, faults } = await walk.open();
      await console.profiles.create(localConnection(model));
      await page.goto(`${console.url}/chat`);
      await page.getByRole("button", { name: "Write a haiku about streams." }).click();
      await page.keyboard.press("Enter");
      await lastAnswer(page).getByText("Hello from this machine.").waitFor();
      expect(faults).toEqual([]);
    });

    test("the demo is there until a connection is saved, and Chat then opens with the default connection", async () => {
      const model = await walk.startModel();
      const { page, console, faults } = await walk.open({ demo: "until-saved" });
      await page.getByRole("button", { name: /^Model: Demo / }).waitFor();
      await console.profiles.create(localConnection(model));
      await page.goto(`${console.url}/connections`);
      await page.getByRole("article", { name: "Home" }).waitFor();
      expect(await page.getByRole("article").count()).toBe(1);
      // Lists of models may be a second old.
      const models = async (): Promise<string> => (await fetch(`${console.url}/v1/models`)).text();
      await expect.poll(models, { timeout: 10_000 }).toContain("Home/tiny-model");
      expect(await models()).not.toContain("Demo ");
      await page.goto(`${console.url}/chat`);
      await page.getByRole("button", { name: "Model: Home / tiny-model" }).waitFor();
      expect(faults).toEqual([]);
    });

    test("Chat follows the default connection until the person chooses another one", async () => {
      const model = await walk.startModel();
      const { page, console, faults } = await walk.open();
      await console.profiles.create(localConnection(model, "Home"));
      const work = await console.profiles.create(localConnection(model, "Work"));
      await page.goto(`${console.url}/chat`);
      await page.getByRole("button", { name: "Model: Home / tiny-model" }).waitFor();
      await console.profiles.setDefault(work.id);
      await page.reload();
      await page.getByRole("button", { name: "Model: Work / tiny-model" }).click();
      await page.getByRole("region", { name: "Home" }).locator(".option").first().click();
      await page.getByRole("button", { name: "Model: Home / tiny-model" }).waitFor();
      await page.reload();
      await page.getByRole("button", { name: "Model: Home / tiny-model" }).waitFor();
      expect(faults).toEqual([]);
    });

    test("an address without a page says so", async () => {
      const { page, faults } = await open("/nonsense");
      await page.getByRole("heading", { name: "There is no such page" }).waitFor();
      await page.getByRole("link", { name: "Go to the first page" }).click();
      await page.getByRole("heading", { name: "Connections" }).waitFor();
      expect(faults).toEqual([]);
    });

    test("each label of a chart's axis stands at its line", async () => {
      const { page, console, faults } = await walk.open({ demo: true });
      await page.getByRole("textbox", { name: "Message" }).fill("Hello");
      await page.keyboard.press("Enter");
      await lastAnswer(page).getByText("in all").waitFor();
      await page.goto(`${console.url}/usage`);
      const chart = page.getByRole("img", { name: /^Calls by day/ });
      const middles = (selector: string): Promise<number[]> =>
        chart.locator(selector).evaluateAll((all) =>
          all
            .map((element) => element.getBoundingClientRect())
            .map(({ top, height }) => top + height / 2)
            .sort((a, b) => a - b),
        );
      await chart.locator(".recharts-yAxis-tick-labels text").first().waitFor();
      const [labels, lines] = await Promise.all([
        middles(".recharts-yAxis-tick-labels text"),
        middles(".recharts-cartesian-grid-horizontal line"),
      ]);
      const distances = labels.map((label, index) => Math.abs(label - (lines[index] ?? Number.NaN)));
      expect(distances.length).toBeGreaterThan(2);
      expect(Math.max(...distances)).toBeLessThan(4);
      expect(faults).toEqual([]);
    });

    test("costs of the demo are named as what the vendor would bill, wherever they are shown", async () => {
      const { page, console, faults } = await walk.open({ demo: true });
      const text = "Calls of the demo show what the vendor would bill. Nothing is billed.";
      await page.getByText(text).waitFor();
      await page.getByRole("textbox", { name: "Message" }).fill("Hello");
      await page.keyboard.press("Enter");
      await lastAnswer(page).getByText("in all").waitFor();
      for (const path of ["/usage", "/logs"]) {
        await page.goto(console.url + path);
        await page.getByText(text).waitFor();
      }
      expect(faults).toEqual([]);
    });

    test("a connection is saved while the browser has no network, because the gateway may be on this machine", async () => {
      const { page, console, faults } = await open("/connections/new/groq");
      await page.getByRole("textbox", { name: "API key" }).fill("gsk_an-invented-key-0123456789");
      await page.evaluate(() => window.dispatchEvent(new Event("offline")));
      await save(page);
      await page.getByRole("article", { name: "Groq" }).waitFor();
      expect(await console.profiles.list()).toMatchObject([{ name: "Groq" }]);
      expect(faults).toEqual([]);
    });

    test("a provider is found by the words of its name, in any order", async () => {
      const { page, faults } = await open("/connections/new");
      const choices = page.locator("a.choice");
      await choices.first().waitFor();
      await page.getByRole("textbox", { name: "Search providers" }).fill("ai google vertex");
      await expect.poll(() => choices.count()).toBe(1);
      expect(await choices.first().textContent()).toContain("Vertex");
      expect(faults).toEqual([]);
    });

    test("the list of calls says whether there are none, or none that the filter lets through", async () => {
      const { page, faults } = await open("/logs");
      await page.getByText("No calls yet.").waitFor();
      await choose(page, "State", "failed");
      await page.getByText("No call matches.").waitFor();
      expect(faults).toEqual([]);
    });

    test("the API URL points a provider at a proxy, and the effective address is below it", async () => {
      const { page, faults } = await open("/connections/new/openai");
      const addresses = page.getByTestId("addresses");
      await addresses.getByText("https://api.openai.com/v1/responses").waitFor();
      await page.getByRole("textbox", { name: "API URL" }).fill("https://my-proxy.example.com/v1");
      await addresses.getByText("https://my-proxy.example.com/v1/chat/completions").waitFor();
      expect(faults).toEqual([]);
    });

    test("Custom takes a URL, a model and no key", async () => {
      const { page, console, faults } = await open("/connections/new/custom");
      await page.getByRole("textbox", { name: "API URL" }).fill("localhost:5000/v1/chat/completions");
      await page.getByRole("textbox", { name: "Model", exact: true }).fill("my-model");
      await save(page);
      await page.getByRole("article", { name: "Custom" }).getByText("my-model").first().waitFor();
      expect(await console.profiles.list()).toMatchObject([{ resolvedURL: "http://localhost:5000/v1", model: "my-model", auth: "none" }]);
      expect(faults).toEqual([]);
    });

    test("OpenRouter's sections Routing and Plugins end in the stored settings and in lines of the card", async () => {
      const { page, console, faults } = await open("/connections/new/openrouter");
      await page.getByRole("textbox", { name: "API key" }).fill("sk-or-v1-an-invented-key-0123456789");
      await page.getByRole("button", { name: "Routing" }).click();
      await choose(page, "Sort", "Cheapest");
      await list(page, "Allowed providers", "groq");
      await list(page, "Ignored providers", "other");
      await choose(page, "Data collection", "Deny");
      await page.getByRole("checkbox", { name: "fp8", exact: true }).check();
      await page.getByRole("button", { name: "Plugins" }).click();
      await page.getByRole("button", { name: "Web search" }).click();
      await page.getByRole("switch", { name: "Web search" }).click();
      await switchTo(page, "Response healing", "On");
      await switchTo(page, "Context compression", "On");
      await save(page);
      const card = page.getByRole("article", { name: "OpenRouter" });
      await card.getByText(/^Routing: .*cheapest/).waitFor();
      await card.getByText(/^Plugins: /).waitFor();
      const [profile] = await console.profiles.list();
      expect(profile?.settings).toEqual({
        routing: { sort: "price", only: ["groq"], ignore: ["other"], dataCollection: "deny", quantizations: ["fp8"] },
        plugins: { webSearch: { enabled: true }, responseHealing: true, contextCompression: true },
      });
      expect(faults).toEqual([]);
    });

    test("cards show the live balance of OpenRouter and the subscription of NanoGPT, each with its age", async () => {
      const { page, console, faults } = await open("/connections", {
        vendor: async (input) => {
          const { host, pathname } = new URL(String(input));
          if (host === "openrouter.ai" && pathname.endsWith("/key"))
            return Response.json({ data: { label: "one", usage: 1, limit: 10, limit_remaining: 9, is_free_tier: false } });
          if (host === "openrouter.ai") return Response.json({ error: { code: 403, message: "no" } }, { status: 403 });
          if (pathname.endsWith("/check-balance")) return Response.json({ usd_balance: "3.20", nano_balance: "0" });
          return Response.json({
            active: true,
            state: "active",
            limits: { weeklyInputTokens: 60_000_000 },
            weeklyInputTokens: { used: 15_000_000, remaining: 45_000_000, percentUsed: 0.25, resetAt: Date.now() + 3 * 86_400_000 },
          });
        },
      });
      await console.profiles.create({ name: "Router", provider: "openrouter", key: "sk-or-v1-an-invented-key-0123456789" });
      await console.profiles.create({ name: "Nano", provider: "nanogpt", key: "sk-nano-00000000-0000-0000-0000-000000000000" });
      await page.reload();
      await page.getByRole("article", { name: "Router" }).getByText("This key: $9.00 of $10.00 left").waitFor();
      await page
        .getByRole("article", { name: "Nano" })
        .getByText(/This week: 45M of 60M input tokens left, resets in/)
        .waitFor();
      await page.getByRole("article", { name: "Nano" }).getByText("Account credit: $3.20").waitFor();
      expect(faults).toEqual([]);
    });

    test("the doctor says in one sentence that a Coding Plan key is on the other endpoint", async () => {
      const { page, console, faults } = await open("/connections", {
        vendor: async (input) =>
          new URL(String(input)).pathname.startsWith("/api/coding/")
            ? Response.json({
                id: "c",
                model: "glm-4.6",
                choices: [{ index: 0, message: { role: "assistant", content: "Hi." }, finish_reason: "stop" }],
                usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
              })
            : Response.json({ error: { code: "1113", message: "Insufficient balance or no resource package." } }, { status: 429 }),
      });
      await console.profiles.create({ name: "Plan", provider: "zai", model: "glm-4.6", key: "0123456789abcdef.codingplan" });
      await page.reload();
      await page.getByRole("article", { name: "Plan" }).getByRole("button", { name: "Check" }).click();
      await page.getByText("What is wrong").waitFor();
      expect(await page.getByTestId("diagnosis").textContent()).toContain("set “Use Coding Plan endpoint” to on");
      expect(faults).toEqual([]);
    });

    test("the last list of models is shown with its age when the vendor's list fails", async () => {
      const model = await walk.startModel();
      const { page, faults } = await open("/connections/new/custom");
      await page.getByRole("textbox", { name: "API URL" }).fill(model.url);
      await page.getByRole("button", { name: "Models" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByText("tiny-model").waitFor();
      await model.close();
      await dialog.getByRole("button", { name: "Refresh" }).click();
      await dialog.getByText(/Read from the vendor .*\. The live list failed .*This is the last list that was read\./).waitFor();
      expect(faults).toEqual([]);
    });

    test("the list of models says what each model can do", async () => {
      const { page, faults } = await open("/connections/new/openai");
      await page.getByRole("button", { name: "Models" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByRole("textbox").first().fill("gpt-5.4-mini");
      await dialog
        .getByText(/tokens • \$.* per million • images, tools/)
        .first()
        .waitFor();
      await dialog
        .getByText(/built-in list/)
        .first()
        .waitFor();
      expect((await dialog.getByRole("status").textContent())?.match(/built-in list/g), "said once").toHaveLength(1);
      expect(faults).toEqual([]);
    });
  },
);
