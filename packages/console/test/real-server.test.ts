/**
 * The page with a real server: llama.cpp's, which the script in LUMIVERSE_LLAMA installs and starts. Without the script, or if it cannot install the server, these
 * tests are visibly skipped.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { launch, missingBrowser, type Visit, visit } from "./browser.ts";
import { startConsole, type TestConsole } from "./console-server.ts";

const LLAMA = process.env["LUMIVERSE_LLAMA"];
const FOLDER = join(tmpdir(), "lumiverse-cli-llama");
let missing: string | undefined;
let server: ChildProcess | undefined;
let browser: Browser | undefined;
let served: TestConsole | undefined;
let visitor: Visit | undefined;

async function start(): Promise<number> {
  const free = createServer();
  await new Promise<void>((resolve) => free.listen(0, "127.0.0.1", resolve));
  const { port } = free.address() as AddressInfo; // listening on TCP
  await new Promise((resolve) => free.close(resolve));
  server = spawn("bash", [LLAMA ?? "", "start", FOLDER, String(port)], { stdio: "ignore" });
  for (let tries = 0; tries < 300; tries++) {
    const isHealthy = await fetch(`http://127.0.0.1:${port}/health`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isHealthy) return port;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("the server was not up after 30 s");
}

describe.skipIf(LLAMA === undefined || missingBrowser !== undefined)("the page with a real server", () => {
  beforeAll(async () => {
    browser = await launch();
    await promisify(execFile)("flock", [`${FOLDER}.lock`, "bash", LLAMA ?? "", "install", FOLDER]).catch((cause: unknown) => {
      missing = String(cause instanceof Error ? cause.message : cause).slice(0, 300);
    });
  }, 300_000);
  afterEach(async () => {
    server?.kill("SIGKILL");
    await visitor?.context.close();
    await served?.close();
  });
  afterAll(async () => browser?.close());

  test("a Custom connection by its address chats and stops; the killed server is diagnosed in one sentence", { timeout: 180_000 }, async ({
    skip,
  }) => {
    if (missing !== undefined) skip(`it cannot be installed here: ${missing}`);
    const port = await start();
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
    server?.kill("SIGKILL");
    await card.getByRole("button", { name: "Check" }).click();
    await page.getByText("What is wrong").waitFor();
    expect(await page.getByTestId("diagnosis").textContent()).toMatch(/nothing listens/i);
    expect(faults).toEqual([]);
  });
});
