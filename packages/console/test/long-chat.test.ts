/** How a conversation looks and scrolls when it has many messages, wide contents and long words. */
import type { Locator, Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { missingBrowser } from "./browser.ts";
import { answered, ask, lastAnswer, localConnection, openLongConversation, walks } from "./walk.ts";

const { open, startModel } = walks();

const PHONE = { viewport: { width: 390, height: 844 } };
const WORD = "unbroken".repeat(60);
const CODE = ["```ts", ...Array.from({ length: 80 }, (_, line) => `const line${line} = "${"x".repeat(200)}";`), "```"].join("\n");
const row = (cell: (column: number) => string): string => `| ${Array.from({ length: 18 }, (_, column) => cell(column)).join(" | ")} |`;
const TABLE = [row((column) => `Column ${column}`), row(() => "---"), row((column) => `A cell of ${column}`)].join("\n");
const ANSWER = `${WORD}\n\n\`${WORD}\`\n\n${CODE}\n\n${TABLE}\n\n[${WORD}](https://docs.example/${WORD})\n\n> ${WORD}\n\n# ${WORD}`;

const thread = (page: Page): Locator => page.getByRole("log", { name: "Conversation" });

/** How far the conversation is scrolled, from its start and from its end. */
const scrolled = (page: Page): Promise<{ top: number; toEnd: number }> =>
  thread(page).evaluate((log) => ({ top: log.scrollTop, toEnd: log.scrollHeight - log.scrollTop - log.clientHeight }));

/** The height of the first place with the text, from the top of the window. */
async function heightOf(page: Page, text: string): Promise<number> {
  const box = await page.getByText(text, { exact: true }).first().boundingBox();
  if (box === null) throw new Error(`${text} is not shown`);
  return box.y;
}

describe.skipIf(missingBrowser !== undefined)(
  `a long conversation in Chromium${missingBrowser === undefined ? "" : ` (${missingBrowser})`}`,
  { timeout: 180_000 },
  () => {
    test.each([PHONE, { viewport: { width: 1440, height: 900 } }])(
      "nothing in it is wider than the conversation, in a window of $viewport.width",
      async (visitor) => {
        const model = await startModel();
        model.send([
          { reasoning_content: WORD },
          { content: ANSWER },
          {
            tool_calls: [
              { index: 0, id: "call_1", type: "function", function: { name: WORD.slice(0, 64), arguments: `{"${WORD}":"${WORD}"}` } },
            ],
          },
        ]);
        const { page, console, faults } = await open({}, visitor);
        await console.profiles.create(localConnection(model));
        await page.goto(`${console.url}/chat`);
        const [chooser] = await Promise.all([
          page.waitForEvent("filechooser"),
          page.getByRole("button", { name: "Add images or files" }).click(),
        ]);
        // A wide image, drawn by the browser.
        const image = await page.evaluate(() => {
          const canvas = document.createElement("canvas");
          canvas.width = 1600;
          canvas.height = 400;
          return canvas.toDataURL("image/png").split(",")[1] ?? "";
        });
        await chooser.setFiles({ name: `${WORD.slice(0, 120)}.png`, mimeType: "image/png", buffer: Buffer.from(image, "base64") });
        await page.getByRole("button", { name: /^Remove/ }).waitFor();
        await ask(page, WORD);
        await answered(page);
        for (const fold of await lastAnswer(page).locator("summary").all()) await fold.click();
        expect(await thread(page).evaluate((log) => log.scrollWidth - log.clientWidth)).toBeLessThanOrEqual(0);
        const shown = await page.locator('[data-role="user"] img').boundingBox();
        expect(shown?.width).toBeGreaterThan(150);
        expect(faults).toEqual([]);
      },
    );

    test("a note with a long word is no wider than the conversation", async () => {
      const model = await startModel();
      const { page, console } = await open({}, PHONE);
      await console.profiles.create(localConnection(model));
      await page.goto(`${console.url}/chat`);
      await page.route("**/admin/v1/chat", async (route) => {
        const response = await route.fetch();
        const body = await response.text();
        await route.fulfill({ response, body: body.replace(/"notes":\[[^\]]*\]/g, `"notes":[{"kind":"dropped","message":"${WORD}"}]`) });
      });
      await ask(page, "Hello?");
      await answered(page);
      await lastAnswer(page).getByText("1 note").click();
      expect(await thread(page).evaluate((log) => log.scrollWidth - log.clientWidth)).toBeLessThanOrEqual(0);
    });

    test("earlier messages appear above, and the message that is read stays in its place", async () => {
      const model = await startModel();
      const { page, console, faults } = await open({}, PHONE);
      await console.profiles.create(localConnection(model));
      await openLongConversation(page, console.url, 200);
      for (const first of [150, 100]) {
        await page.getByRole("button", { name: /^Show earlier messages/ }).scrollIntoViewIfNeeded();
        const before = await heightOf(page, `Question ${first}`);
        await page.getByRole("button", { name: /^Show earlier messages/ }).click();
        await page.getByText(`Question ${first - 50}`, { exact: true }).waitFor({ state: "attached" });
        expect(Math.abs((await heightOf(page, `Question ${first}`)) - before)).toBeLessThan(2);
      }
      expect(faults).toEqual([]);
    });

    test("it follows an answer that arrives, until the person scrolls up", async () => {
      const model = await startModel();
      model.say(Array.from({ length: 4000 }, (_, index) => `word${index}`).join(" "));
      model.pace(10);
      const { page, console, faults } = await open({}, PHONE);
      await console.profiles.create(localConnection(model));
      await page.goto(`${console.url}/chat`);
      await ask(page, "Tell me everything.");
      const length = (): Promise<number> => lastAnswer(page).evaluate((answer) => answer.textContent?.length ?? 0);
      await expect.poll(length).toBeGreaterThan(2500);
      await expect.poll(async () => (await scrolled(page)).toEnd).toBeLessThan(30);
      expect((await scrolled(page)).top).toBeGreaterThan(0);
      await thread(page).hover();
      await page.mouse.wheel(0, -300);
      await page.getByRole("button", { name: "Go to the end" }).waitFor();
      const { top } = await scrolled(page);
      const arrived = await length();
      await expect.poll(length).toBeGreaterThan(arrived + 1000);
      expect((await scrolled(page)).top).toBe(top);
      await page.getByRole("button", { name: "Go to the end" }).click();
      await expect.poll(async () => (await scrolled(page)).toEnd).toBeLessThan(30);
      await page.getByRole("button", { name: "Stop" }).click();
      expect(faults).toEqual([]);
    });
  },
);
