/** A person who walks through the page in Chromium. */
import type { ProfileInput } from "@lumiverse/connections";
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { launch, missingBrowser, type Visit, visit } from "./browser.ts";
import { buildPage } from "./build-page.ts";
import { startConsole, type TestConsole, type TestConsoleOptions } from "./console-server.ts";
import { type LocalModel, startLocalModel } from "./local-model.ts";

/** A console whose page is open. `faults`: what the page reported as wrong. */
export interface OpenedConsole {
  page: Page;
  console: TestConsole;
  faults: string[];
}

export interface Walks {
  /** A console that ends with the test. Its page is not open yet. */
  start(options?: TestConsoleOptions): Promise<TestConsole>;
  /** The page of a console, opened by the printed address. */
  enter(console: TestConsole, visitor?: BrowserContextOptions): Promise<Visit>;
  /** A new console whose page is open. */
  open(options?: TestConsoleOptions, visitor?: BrowserContextOptions): Promise<OpenedConsole>;
  /** A new visitor of the console, without a session. */
  stranger(console: TestConsole, visitor?: BrowserContextOptions): Promise<Visit>;
  /** A model server that ends with the test. */
  startModel(): Promise<LocalModel>;
}

/** Starts the browser before the tests of a file, and closes after each test what it has opened. */
export function walks(): Walks {
  let browser: Browser | undefined;
  const opened: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    await buildPage();
    if (missingBrowser === undefined) browser = await launch();
  }, 300_000);
  afterAll(async () => browser?.close());
  afterEach(async () => {
    for (const close of opened.splice(0).reverse()) await close();
  });
  const stranger: Walks["stranger"] = async (console, options) => {
    if (browser === undefined) throw new Error("no browser");
    const visitor = await visit(browser, console.url, options);
    opened.push(() => visitor.context.close());
    return visitor;
  };
  const start: Walks["start"] = async (options) => {
    const console = await startConsole(options);
    opened.push(() => console.close());
    return console;
  };
  const enter: Walks["enter"] = async (console, options) => {
    const visitor = await stranger(console, options);
    await visitor.page.goto(await console.openingAddress());
    await visitor.page.getByRole("link", { name: "Lumiverse" }).waitFor();
    return visitor;
  };
  return {
    start,
    enter,
    stranger,
    async open(options, visitorOptions) {
      const console = await start(options);
      const { page, faults } = await enter(console, visitorOptions);
      return { page, console, faults };
    },
    async startModel() {
      const model = await startLocalModel();
      opened.push(() => model.close());
      return model;
    },
  };
}

/** A connection to a model server of the test. */
export function localConnection({ url }: LocalModel, name = "Home"): ProfileInput {
  return { name, provider: "custom", baseURL: url, auth: "none" as const, model: "tiny-model", settings: { server: "llama.cpp" } };
}

export async function ask(page: Page, text: string): Promise<void> {
  await page.getByRole("textbox", { name: "Message" }).fill(text);
  await page.getByRole("button", { name: "Send" }).click();
}

export const lastAnswer = (page: Page): Locator => page.locator('[data-role="assistant"]').last();

/** Waits until the last answer has ended. */
export const answered = (page: Page): Promise<void> => lastAnswer(page).getByText("in all").waitFor();

/** What the browser keeps of all conversations, as JSON. */
export function keptConversations(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const result = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve) => {
        request.onsuccess = () => resolve(request.result);
      });
    const db = await result(indexedDB.open("lumiverse-conversations"));
    const all = await result(db.transaction("contents").objectStore("contents").getAll());
    db.close();
    return JSON.stringify(all);
  });
}

/** Opens a conversation in which "Question 0" and the following were asked and answered so many times. */
export async function openLongConversation(page: Page, url: string, times: number): Promise<void> {
  await page.goto(`${url}/chat`);
  await ask(page, "Question 0");
  await answered(page);
  await expect.poll(() => new URL(page.url()).pathname).not.toBe("/chat");
  const conversation = page.url();
  // The page writes a conversation that it shows, so another one is open while this one changes.
  await page.goto(`${url}/keys`);
  await repeatConversation(page, times);
  await page.goto(conversation);
  await page.getByText(`Question ${times - 1}`, { exact: true }).waitFor();
}

/** Repeats the question and the answer of the only kept conversation, until it has so many of them. */
async function repeatConversation(page: Page, times: number): Promise<void> {
  await page.evaluate(async (times) => {
    interface Kept {
      message: { id: string; role: string; content: unknown };
      parentId: string | null;
    }
    const result = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve) => {
        request.onsuccess = () => resolve(request.result);
      });
    const db = await result(indexedDB.open("lumiverse-conversations"));
    const [kept] = await result(db.transaction("contents").objectStore("contents").getAll());
    const pair: readonly Kept[] = kept.tree.messages;
    const messages: Kept[] = [];
    for (let index = 0; index < times; index++)
      for (const { message } of pair) {
        const content = message.role === "user" ? [{ type: "text", text: `Question ${index}` }] : message.content;
        messages.push({ message: { ...message, id: `${message.role}-${index}`, content }, parentId: messages.at(-1)?.message.id ?? null });
      }
    const tree = { headId: messages.at(-1)?.message.id, messages };
    await result(
      db
        .transaction("contents", "readwrite")
        .objectStore("contents")
        .put({ ...kept, tree }),
    );
    db.close();
  }, times);
}
