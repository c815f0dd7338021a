/** Chromium, for the examples with a page. */
import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";
import { expect } from "vitest";

const CHROMIUM = process.env["LUMIVERSE_CHROMIUM"] ?? "/usr/bin/chromium";

export const HAS_CHROMIUM: boolean = existsSync(CHROMIUM);

export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
}

/** Opens a page, and fails when it reports an error. */
export async function visit(browser: Browser, url: string, use: (page: Page) => Promise<void>): Promise<void> {
  const page = await browser.newPage();
  page.setDefaultTimeout(10_000);
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(error.message));
  await page.goto(url);
  await use(page).catch(async (error) => {
    throw new Error(`the page shows: ${await page.textContent("body")}`, { cause: error });
  });
  expect(problems).toEqual([]);
  await page.close();
}
