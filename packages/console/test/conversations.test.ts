import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { missingBrowser } from "./browser.ts";
import { answered, ask, keptConversations, lastAnswer, localConnection, walks } from "./walk.ts";

const { open, startModel } = walks();

async function openList(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Conversations", exact: true }).click();
  await page.getByRole("dialog").waitFor();
}

const titles = (page: Page): Promise<(string | null)[]> =>
  page.locator(".conversation-link").evaluateAll((links) => links.map((link) => link.firstElementChild?.textContent ?? null));

/** Everything that is in the store of the browser. */
const kept = (page: Page): Promise<string> =>
  page.evaluate(async () => {
    const result = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve) => {
        request.onsuccess = () => resolve(request.result);
      });
    const db = await result(indexedDB.open("lumiverse-conversations"));
    const all = await Promise.all([...db.objectStoreNames].map((name) => result(db.transaction(name).objectStore(name).getAll())));
    db.close();
    return JSON.stringify(all);
  });

/** Whether the browser refuses to store contents from now on. */
async function refuseContents(page: Page, isRefused: boolean): Promise<void> {
  await page.evaluate((isRefused) => {
    const state = window as unknown as { isRefused?: boolean }; // of this function alone
    if (state.isRefused === undefined) {
      const put = IDBObjectStore.prototype.put;
      IDBObjectStore.prototype.put = function (...args) {
        if (this.name === "contents" && state.isRefused === true) throw new DOMException("full", "QuotaExceededError");
        return put.apply(this, args);
      };
    }
    state.isRefused = isRefused;
  }, isRefused);
}

const path = (page: Page): string => new URL(page.url()).pathname;

describe.skipIf(missingBrowser !== undefined)(
  `conversations in Chromium${missingBrowser === undefined ? "" : ` (${missingBrowser})`}`,
  { timeout: 120_000 },
  () => {
    test("a conversation is there after a reload, with its versions and files, and goes on with what was said", async () => {
      const model = await startModel();
      const { page, console, faults } = await open();
      await console.profiles.create(localConnection(model));
      await page.goto(`${console.url}/chat`);
      await page.getByRole("textbox", { name: "Message" }).evaluate((element) => {
        const transfer = new DataTransfer();
        const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
        transfer.items.add(
          new File([Uint8Array.from(atob(png), (character) => character.charCodeAt(0))], "dot.png", { type: "image/png" }),
        );
        element.dispatchEvent(new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true }));
      });
      await page.getByText("dot.png").waitFor();
      await ask(page, "What is this?");
      await answered(page);
      model.say("A second answer.");
      await page.getByRole("button", { name: "Ask again" }).click();
      await lastAnswer(page).getByText("2 of 2").waitFor();
      await answered(page);
      await expect.poll(() => path(page)).toMatch(/^\/chat\/[\da-f-]{36}$/);
      await expect.poll(() => kept(page)).toContain("A second answer.");
      await page.reload();
      await lastAnswer(page).getByText("A second answer.").waitFor();
      await page.locator('[data-role="user"] img').waitFor();
      await lastAnswer(page)
        .getByText(/in, \d+ out/)
        .waitFor();
      await lastAnswer(page).getByRole("button", { name: "Previous version" }).click();
      await lastAnswer(page).getByText("Hello from this machine.").waitFor();
      await lastAnswer(page).getByRole("button", { name: "Show the request" }).click();
      await page.getByRole("dialog").getByText("What is this?").waitFor();
      await page.keyboard.press("Escape");
      await ask(page, "And now?");
      await answered(page);
      expect(model.chats.at(-1)?.messages).toMatchObject([
        { role: "user", content: expect.arrayContaining([expect.objectContaining({ type: "image_url" })]) },
        { role: "assistant", content: "Hello from this machine." },
        { role: "user" },
      ]);
      expect(faults).toEqual([]);
    });

    test("an answer that was arriving when the page was loaded again keeps what had arrived, and can be asked for again", async () => {
      const model = await startModel();
      const { page, console, faults } = await open();
      await console.profiles.create(localConnection(model));
      await page.goto(`${console.url}/chat`);
      model.say("one two three four five six seven eight nine ten ".repeat(100));
      model.pace(50);
      await ask(page, "Count.");
      await lastAnswer(page).getByText("one two three").waitFor();
      await expect.poll(() => path(page)).not.toBe("/chat");
      await expect.poll(() => keptConversations(page)).toContain("one two three");
      await page.reload();
      await lastAnswer(page).getByText("one two three").waitFor();
      await model.left;
      await expect.poll(() => page.getByRole("button", { name: "Stop" }).count()).toBe(0);
      model.pace(0);
      model.say("Done.");
      await page.getByRole("button", { name: "Ask again" }).click();
      await lastAnswer(page).getByText("Done.").waitFor();
      expect(faults).toEqual([]);
    });

    test("conversations are listed, opened, renamed and deleted, and Back leads to the one before", async () => {
      const model = await startModel();
      const { page, console, faults } = await open();
      await console.profiles.create(localConnection(model));
      await page.goto(`${console.url}/chat`);
      await ask(page, "About ferries");
      await answered(page);
      await expect.poll(() => path(page)).not.toBe("/chat");
      const first = path(page);
      await page.getByRole("button", { name: "New conversation" }).click();
      await page.getByText("What would you like to ask?").waitFor();
      expect(path(page)).toBe("/chat");
      await ask(page, "About trains");
      await answered(page);
      await expect.poll(() => path(page)).not.toBe("/chat");
      await openList(page);
      await expect.poll(() => titles(page)).toEqual(["About trains", "About ferries"]);
      await page.getByRole("link", { name: /About ferries/ }).click();
      await page.locator('[data-role="user"]').getByText("About ferries").waitFor();
      expect(path(page)).toBe(first);
      await page.goBack();
      await page.locator('[data-role="user"]').getByText("About trains").waitFor();

      await openList(page);
      await page.getByRole("button", { name: "Actions for About ferries" }).click();
      await page
        .getByRole("menu", { name: /About ferries/ })
        .getByRole("menuitem", { name: "Rename" })
        .click();
      await page.getByRole("textbox", { name: "Title" }).fill("Boats");
      await page.getByRole("button", { name: "Rename", exact: true }).click();
      await expect.poll(() => titles(page)).toEqual(["About trains", "Boats"]);
      await page.getByRole("button", { name: "Actions for About trains" }).click();
      await page
        .getByRole("menu", { name: /About trains/ })
        .getByRole("menuitem", { name: "Delete" })
        .click();
      await page.getByRole("button", { name: "Delete", exact: true }).click();
      await expect.poll(() => titles(page)).toEqual(["Boats"]);
      // The one that was shown is gone, so a new one begins.
      await page.keyboard.press("Escape");
      await page.getByText("What would you like to ask?").waitFor();
      await page.reload();
      await openList(page);
      await expect.poll(() => titles(page)).toEqual(["Boats"]);
      await page.getByRole("button", { name: "Delete all" }).click();
      await page.getByRole("dialog", { name: "Delete all conversations?" }).getByRole("button", { name: "Delete all" }).click();
      await page.getByText("There is no conversation yet.").waitFor();
      await page.goto(console.url + first);
      await page.getByText("This browser does not have that conversation.").waitFor();
      await page.getByText("What would you like to ask?").waitFor();
      expect(faults).toEqual([]);
    });

    test("an answer goes on arriving while another conversation or another page is shown", async () => {
      const model = await startModel();
      const { page, console, faults } = await open();
      await console.profiles.create(localConnection(model));
      await page.goto(`${console.url}/chat`);
      model.say(`${"word ".repeat(60)}end-of-the-answer`);
      model.pace(60);
      await ask(page, "A long one");
      await lastAnswer(page).getByText("word word").waitFor();
      await expect.poll(() => path(page)).not.toBe("/chat");
      await page.getByRole("button", { name: "New conversation" }).click();
      await page.getByText("What would you like to ask?").waitFor();
      await openList(page);
      await page.getByText("Answering…").waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("link", { name: "Usage" }).first().click();
      await page.getByRole("heading", { name: "Usage" }).waitFor();
      await page.getByRole("link", { name: "Chat" }).first().click();
      await openList(page);
      await page.getByText("Answering…").waitFor({ state: "detached" });
      await page.getByRole("link", { name: /A long one/ }).click();
      await lastAnswer(page).getByText("end-of-the-answer").waitFor();
      expect(model.chats).toHaveLength(1);
      expect(faults).toEqual([]);
    });

    test("two tabs show one conversation, and where both write at once nothing is lost", async () => {
      const model = await startModel();
      const { page, console, faults } = await open();
      await console.profiles.create(localConnection(model));
      await page.goto(`${console.url}/chat`);
      await ask(page, "From the first tab");
      await answered(page);
      await expect.poll(() => path(page)).not.toBe("/chat");
      const other = await page.context().newPage();
      await other.goto(page.url());
      await lastAnswer(other).getByText("Hello from this machine.").waitFor();
      model.say("An answer to the second tab.");
      await ask(other, "From the second tab");
      await answered(other);
      // The first tab follows.
      await lastAnswer(page).getByText("An answer to the second tab.").waitFor();

      model.say("slow ".repeat(80));
      model.pace(50);
      await ask(page, "First at once");
      await lastAnswer(page).getByText("slow slow").waitFor();
      model.say("quick");
      await ask(other, "Second at once");
      const isCopy = async (tab: Page): Promise<boolean> => (await tab.getByText("continues with a copy").count()) > 0;
      await expect.poll(async () => (await isCopy(page)) || (await isCopy(other)), { timeout: 20_000 }).toBe(true);
      await Promise.all([answered(page), answered(other)]);
      await expect.poll(() => path(page) === path(other)).toBe(false);
      const texts = async (tab: Page): Promise<string> => {
        await tab.reload();
        await lastAnswer(tab).waitFor();
        return (await tab.locator(".thread").textContent()) ?? "";
      };
      const all = (await texts(page)) + (await texts(other));
      for (const text of ["From the first tab", "From the second tab", "First at once", "Second at once", "slow slow", "quick"])
        expect(all).toContain(text);
      expect(faults).toEqual([]);
    });

    test("a conversation that another tab deletes leaves this one, and does not come back", async () => {
      const model = await startModel();
      const { page, console, faults } = await open();
      await console.profiles.create(localConnection(model));
      await page.goto(`${console.url}/chat`);
      model.say("word ".repeat(200));
      model.pace(50);
      await ask(page, "To be deleted");
      await lastAnswer(page).getByText("word word").waitFor();
      await expect.poll(() => path(page)).not.toBe("/chat");
      const other = await page.context().newPage();
      await other.goto(`${console.url}/chat`);
      await openList(other);
      await other.getByRole("button", { name: "Actions for To be deleted" }).click();
      await other.getByRole("menuitem", { name: "Delete" }).click();
      await other.getByRole("button", { name: "Delete", exact: true }).click();
      await page.getByText("What would you like to ask?").waitFor();
      await model.left;
      // Longer than the wait between two saves.
      await page.waitForTimeout(2500);
      await openList(page);
      await page.getByText("There is no conversation yet.").waitFor();
      expect(faults).toEqual([]);
    });

    test("a conversation remembers who answered and how it was asked", async () => {
      const model = await startModel();
      const { page, console, faults } = await open();
      await console.profiles.create(localConnection(model, "First"));
      await console.profiles.create(localConnection(model, "Second"));
      await page.goto(`${console.url}/chat`);
      await page.getByRole("button", { name: "System prompt and parameters" }).click();
      await page.getByRole("textbox", { name: "System prompt" }).fill("Answer in rhymes.");
      await page.keyboard.press("Escape");
      await ask(page, "In rhymes");
      await answered(page);
      await expect.poll(() => path(page)).not.toBe("/chat");
      const rhymes = path(page);
      await page.getByRole("link", { name: "Connections" }).first().click();
      await page.getByRole("article", { name: "Second" }).getByRole("link", { name: "Chat" }).click();
      await page.getByRole("button", { name: "New conversation" }).click();
      await page.getByRole("button", { name: "System prompt and parameters" }).click();
      await page.getByRole("textbox", { name: "System prompt" }).fill("");
      await page.keyboard.press("Escape");
      await ask(page, "Plainly");
      await answered(page);
      await page.goto(console.url + rhymes);
      await page.getByRole("button", { name: "Model: First / tiny-model" }).waitFor();
      await ask(page, "Again");
      await answered(page);
      expect(model.chats.at(-1)?.messages[0]).toEqual({ role: "system", content: "Answer in rhymes." });
      expect(faults).toEqual([]);
    });

    test("a conversation keeps its own settings while another one is shown", async () => {
      const model = await startModel();
      const { page, console, faults } = await open();
      await console.profiles.create(localConnection(model));
      await page.goto(`${console.url}/chat`);
      // A panel that was just opened does not listen to the keyboard at once.
      const closeSettings = async (): Promise<void> => {
        const isGone = (): Promise<boolean> =>
          page
            .getByRole("textbox", { name: "System prompt" })
            .waitFor({ state: "detached", timeout: 3_000 })
            .then(
              () => true,
              () => false,
            );
        do await page.keyboard.press("Escape");
        while (!(await isGone()));
      };
      const setSystem = async (text: string): Promise<void> => {
        await page.getByRole("button", { name: "System prompt and parameters" }).click();
        await page.getByRole("textbox", { name: "System prompt" }).fill(text);
        await closeSettings();
      };
      const show = async (title: string): Promise<void> => {
        await openList(page);
        await page.getByRole("link", { name: new RegExp(title) }).click();
        await page.locator('[data-role="user"]').getByText(title).waitFor();
      };
      const system = async (): Promise<string> => {
        await page.getByRole("button", { name: "System prompt and parameters" }).click();
        const text = await page.getByRole("textbox", { name: "System prompt" }).inputValue();
        await closeSettings();
        return text;
      };
      await setSystem("Plainly.");
      await ask(page, "A short one");
      await answered(page);
      await expect.poll(() => path(page)).not.toBe("/chat");
      await page.getByRole("button", { name: "New conversation" }).click();
      await page.getByText("What would you like to ask?").waitFor();
      await setSystem("In rhymes.");
      model.say("word ".repeat(200));
      model.pace(50);
      await ask(page, "A long one");
      await lastAnswer(page).getByText("word word").waitFor();
      await expect.poll(() => path(page)).not.toBe("/chat");
      await show("A short one");
      expect(await system()).toBe("Plainly.");
      // Still arriving.
      await show("A long one");
      expect(await system()).toBe("In rhymes.");
      await show("A short one");
      await openList(page);
      await page.getByText("Answering…").waitFor();
      await page.getByText("Answering…").waitFor({ state: "detached" });
      await page.keyboard.press("Escape");
      await show("A long one");
      expect(await system()).toBe("In rhymes.");
      expect(faults).toEqual([]);
    });

    test("a conversation that is not kept yet is kept after all others were deleted", async () => {
      const model = await startModel();
      const { page, console, faults } = await open();
      await console.profiles.create(localConnection(model));
      await page.goto(`${console.url}/chat`);
      await ask(page, "An old one");
      await answered(page);
      await expect.poll(() => path(page)).not.toBe("/chat");
      await page.getByRole("button", { name: "New conversation" }).click();
      await page.getByText("What would you like to ask?").waitFor();
      await openList(page);
      await page.getByRole("button", { name: "Delete all" }).click();
      await page.getByRole("dialog", { name: "Delete all conversations?" }).getByRole("button", { name: "Delete all" }).click();
      await page.getByText("There is no conversation yet.").waitFor();
      await page.keyboard.press("Escape");
      await ask(page, "A new one");
      await answered(page);
      await expect.poll(() => path(page)).not.toBe("/chat");
      await page.reload();
      await lastAnswer(page).getByText("Hello from this machine.").waitFor();
      expect(faults).toEqual([]);
    });

    test("what could not be saved because there was no space is saved when another conversation is deleted", async () => {
      const model = await startModel();
      const { page, console, faults } = await open();
      await console.profiles.create(localConnection(model));
      await page.goto(`${console.url}/chat`);
      await ask(page, "To be deleted");
      await answered(page);
      await expect.poll(() => path(page)).not.toBe("/chat");
      await page.getByRole("button", { name: "New conversation" }).click();
      await page.getByText("What would you like to ask?").waitFor();
      await refuseContents(page, true);
      await ask(page, "No space for this");
      await answered(page);
      await page.getByText("this browser has no space left for it").first().waitFor();
      // Longer than the wait between two saves.
      await page.waitForTimeout(2500);
      await refuseContents(page, false);
      await openList(page);
      await page.getByRole("button", { name: "Actions for To be deleted" }).click();
      await page.getByRole("menuitem", { name: "Delete" }).click();
      await page.getByRole("button", { name: "Delete", exact: true }).click();
      await expect.poll(() => titles(page)).toEqual(["No space for this"]);
      expect(faults).toEqual([]);
    });

    test("a content that cannot be stored leaves no entry behind", async () => {
      const model = await startModel();
      const { page, console, faults } = await open();
      await console.profiles.create(localConnection(model));
      await page.goto(`${console.url}/chat`);
      await refuseContents(page, true);
      await ask(page, "Hello?");
      await answered(page);
      await page.getByText("could not be kept").first().waitFor();
      expect(JSON.parse(await kept(page))).toEqual([[], []]);
      expect(faults).toEqual([]);
    });

    test("the page opens its database again after it was deleted", async () => {
      const model = await startModel();
      const { page, console, faults } = await open();
      await console.profiles.create(localConnection(model));
      await page.goto(`${console.url}/chat`);
      await ask(page, "Before");
      await answered(page);
      await expect.poll(() => path(page)).not.toBe("/chat");
      await page.evaluate(
        () =>
          new Promise<void>((resolve) => {
            indexedDB.deleteDatabase("lumiverse-conversations").onsuccess = () => resolve();
          }),
      );
      await page.getByRole("button", { name: "New conversation" }).click();
      await page.getByText("What would you like to ask?").waitFor();
      await ask(page, "After");
      await answered(page);
      await expect.poll(() => path(page)).not.toBe("/chat");
      await expect.poll(() => kept(page)).toContain("After");
      expect(faults).toEqual([]);
    });

    test("what is kept holds no key, whatever the answer and its error repeat", async () => {
      const key = "sk-or-v1-canary0123456789abcdef0123456789abcdef";
      const { page, console } = await open({
        vendor: async () => Response.json({ error: { message: `the key ${key} is wrong`, code: 401 } }, { status: 401 }),
      });
      await console.profiles.create({ name: "Router", provider: "openrouter", key, model: "a/b" });
      await page.goto(`${console.url}/chat`);
      await ask(page, "Hello?");
      await page.getByText("The answer failed").waitFor();
      await expect.poll(() => path(page)).not.toBe("/chat");
      await expect.poll(() => kept(page)).toContain("the key");
      const all = (await kept(page)) + (await page.evaluate(() => JSON.stringify({ ...localStorage })));
      expect(all).toContain("Hello?");
      expect(all).not.toContain("canary0123456789");
    });
  },
);
