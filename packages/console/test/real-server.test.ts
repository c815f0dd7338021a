/**
 * The page with a real server: llama.cpp's, which the script in LUMIVERSE_LLAMA installs and starts. Without the script, or if it cannot install the server, these
 * tests are visibly skipped.
 */
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { installLocalServer, LLAMA, type LocalServer, runLocalServer } from "../../../examples/test/local-server.ts";
import { launch, missingBrowser, type Visit, visit } from "./browser.ts";
import { startConsole, type TestConsole } from "./console-server.ts";

let missing: string | undefined;
let server: LocalServer | undefined;
let browser: Browser | undefined;
let served: TestConsole | undefined;
let visitor: Visit | undefined;

describe.skipIf(LLAMA === undefined || missingBrowser !== undefined)("the page with a real server", () => {
  beforeAll(async () => {
    browser = await launch();
    missing = await installLocalServer();
  }, 300_000);
  afterEach(async () => {
    server?.process.kill("SIGKILL");
    await visitor?.context.close();
    await served?.close();
  });
  afterAll(async () => browser?.close());

  test("a Custom connection by its address chats and stops; the killed server is diagnosed in one sentence", { timeout: 180_000 }, async ({
    skip,
  }) => {
    if (missing !== undefined) skip(`it cannot be installed here: ${missing}`);
    server = await runLocalServer();
    const { port } = new URL(server.url);
    served = await startConsole();
    visitor = await visit(browser as Browser, served.url); // launched above
    const { page, faults } = visitor;
    await page.goto(await served.openingAddress());
    await page.getByRole("link", { name: "Lumiverse" }).waitFor();
    await page.goto(`${served.url}/connections/new/custom`);
    await page.getByRole("textbox", { name: "API URL" }).fill(`localhost:${port}/v1/chat/completions`);
    await page.getByTestId("addresses").getByText(`:${port}/v1/chat/completions`).waitFor();
    await page.getByRole("button", { name: "Models" }).click();
    await page.getByRole("dialog").getByText("tiny").click();
    await page.getByRole("button", { name: "Save" }).click();
    const card = page.getByRole("article", { name: "Custom" });
    await card.getByRole("link", { name: "Chat" }).click();
    await page.getByRole("button", { name: "System prompt and parameters" }).click();
    await page.getByRole("textbox", { name: "Longest answer, in tokens" }).fill("40");
    await page.keyboard.press("Escape");
    await page.getByRole("textbox", { name: "Message" }).fill("Hello?");
    await page.getByRole("button", { name: "Send" }).click();
    await page
      .locator('[data-role="assistant"]')
      .last()
      .getByText(/\d+ in, \d+ out/)
      .waitFor();
    await page.getByRole("link", { name: "Connections" }).first().click();
    await card.getByRole("button", { name: "Check" }).click();
    await page.getByText("All is well").waitFor();
    await page.keyboard.press("Escape");
    server?.process.kill("SIGKILL");
    await card.getByRole("button", { name: "Check" }).click();
    await page.getByText("What is wrong").waitFor();
    expect(await page.getByTestId("diagnosis").textContent()).toMatch(/nothing listens/i);
    expect(faults).toEqual([]);
  });
});
