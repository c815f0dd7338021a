/** Chromium for the tests of the page. */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from "playwright-core";

const EXECUTABLE = process.env["LUMIVERSE_CHROMIUM"] ?? "/usr/bin/chromium";

/** Why the page cannot be tested here. */
export const missingBrowser: string | undefined = existsSync(EXECUTABLE)
  ? undefined
  : "no Chromium on this machine: apt-get install chromium";

export function launch(): Promise<Browser> {
  const args = [
    // Containers run as root, where Chromium's sandbox is not available.
    "--no-sandbox",
    "--disable-dev-shm-usage",
    // A name of this machine that the browser treats as another machine.
    "--host-resolver-rules=MAP console.test 127.0.0.1",
  ];
  return chromium.launch({ executablePath: EXECUTABLE, args });
}

export interface Visit {
  context: BrowserContext;
  page: Page;
  /** Errors of scripts, refusals by the content security policy, and requests to other hosts. */
  faults: string[];
}

/** A new visitor, whose page may load from its own server only. */
export async function visit(browser: Browser, origin: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, ...options });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("pageerror", (error) => void faults.push(`script: ${error.message}`));
  page.on("console", (message) => {
    // The page itself shows a refused request.
    if (message.type() === "error" && !/Failed to load resource/.test(message.text())) faults.push(`console: ${message.text()}`);
  });
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.origin !== origin && !["data:", "blob:"].includes(url.protocol) && !request.isNavigationRequest())
      faults.push(`request: ${url.href}`);
  });
  page.on("dialog", (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  return { context, page, faults };
}

/** Waits until nothing moves any more. Spinners move forever. */
export async function settled(page: Page): Promise<void> {
  await page.waitForFunction(() =>
    document
      .getAnimations()
      .every(({ playState, effect }) => playState !== "running" || effect?.getComputedTiming().iterations === Infinity),
  );
}

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Serious and critical findings of axe-core on the page as it is. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  // During a fade the contrast is lower.
  await settled(page);
  // The debugging protocol runs this script, so the content security policy does not apply to it.
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    const { axe } = window as unknown as {
      axe: { run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> };
    }; // loaded above
    const { violations } = await axe.run();
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
  });
}
