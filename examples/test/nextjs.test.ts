/** The Next.js example: built and started by Next itself, over the built packages, because Next does not know this repository's sources. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { delimiter, dirname, join } from "node:path";
import { type ReplayServer, replay } from "@lumiverse/conformance";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../../packages/cli/test/free-port.ts";
import { runProgram } from "../../packages/core/test/support/programs.ts";
import { ask } from "../page.ts";
import { HAS_CHROMIUM, launchChromium, visit } from "./browser.ts";
import { node, replayed, root, type Started, start } from "./processes.ts";

const NEXT = join(root, "examples/node_modules/next/dist/bin/next");
const APP = join(root, "examples/nextjs");
const ENV: Readonly<Record<string, string>> = {
  PATH: `${dirname(node)}${delimiter}${process.env["PATH"] ?? ""}`,
  NODE_ENV: "production", // Vitest's own is `test`
  NEXT_TELEMETRY_DISABLED: "1",
  TURBO_TELEMETRY_DISABLED: "1",
};
const QUESTION = { role: "user" as const, content: "Is the wheel turning?" };

let vendor: ReplayServer;
beforeAll(async () => {
  vendor = await replay({ fixtures: { groq: join(root, "providers/groq/fixtures") }, delayMs: 0 });
  const build = async (program: string, args: readonly string[]): Promise<void> => {
    const { code, stdout, stderr } = await runProgram(program, args, { cwd: root, env: { ...process.env, ...ENV }, limitMs: 280_000 });
    expect(code, `${stdout}${stderr}`).toBe(0);
  };
  const packages = ["core", "protocols", "groq", "toolkit"].map((name) => `--filter=@lumiverse/${name}`);
  await build(join(root, "node_modules/.bin/turbo"), ["run", "build", ...packages, "--output-logs=errors-only", "--no-update-notifier"]);
  await build(node, [NEXT, "build", APP]);
}, 300_000);
afterAll(() => vendor.close());

/** Starts the built application. Its requests to Groq go to `server`. */
async function startApp(server: Readonly<Record<string, string>>): Promise<Started & { url: string }> {
  const port = await freePort();
  const preload = `--import=${new URL("to-replay-server.js", import.meta.url).href}`;
  const env = { ...ENV, ...server, NODE_OPTIONS: preload };
  const started = await start(node, [NEXT, "start", APP, "--port", String(port), "--hostname", "127.0.0.1"], { env, says: /Ready/ });
  return { ...started, url: `http://127.0.0.1:${port}/` };
}

test("the route streams, and refuses a body that is not JSON", async () => {
  await using app = await startApp(replayed(vendor));
  let shown = "";
  const messages = [{ role: "system" as const, content: "You run a mill." }, QUESTION];
  const message = await ask(`${app.url}chat`, messages, (text) => {
    shown += text;
  });
  expect(message).toMatchObject({ role: "assistant", content: [{ type: "text", text: shown }] });
  expect(shown).toBe("It turns.");
  expect((await fetch(`${app.url}chat`, { method: "POST", body: "{" })).status).toBe(400);
  expect(await (await fetch(app.url)).text()).toContain("<form");
}, 60_000);

test("a client that leaves closes the vendor's socket", async () => {
  const { promise: closed, resolve: close } = Promise.withResolvers<void>();
  const chunk = { id: "c1", model: "m", choices: [{ index: 0, delta: { content: "It " }, finish_reason: null }] };
  const slow = createServer((_, response) => {
    response.on("close", close);
    response.writeHead(200, { "content-type": "text/event-stream" }).write(`data: ${JSON.stringify(chunk)}\n\n`);
  });
  await new Promise<void>((resolve) => slow.listen(0, "127.0.0.1", resolve));
  const { port } = slow.address() as AddressInfo; // listening on TCP
  try {
    await using app = await startApp({ GROQ_API_KEY: "example-key-0001", REPLAY_SERVER: `http://127.0.0.1:${port}` });
    const leaving = new AbortController();
    const { body } = await fetch(`${app.url}chat`, { method: "POST", body: JSON.stringify([QUESTION]), signal: leaving.signal });
    await body?.getReader().read();
    leaving.abort();
    await closed;
  } finally {
    slow.closeAllConnections();
    slow.close();
  }
}, 60_000);

describe.skipIf(!HAS_CHROMIUM)("in Chromium", () => {
  test("the page shows the question and the answer, twice", async () => {
    await using app = await startApp(replayed(vendor));
    const browser = await launchChromium();
    try {
      await visit(browser, app.url, async (page) => {
        for (const [turn, answer] of ["Es dreht sich — 水車.", "It turns."].entries()) {
          await page.fill("input", QUESTION.content);
          await page.press("input", "Enter");
          await page.locator("pre", { hasText: answer }).waitFor();
          expect((await page.textContent("pre"))?.split(QUESTION.content)).toHaveLength(turn + 2);
        }
      });
    } finally {
      await browser.close();
    }
  }, 60_000);
});
