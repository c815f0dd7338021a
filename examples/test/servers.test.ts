/** Each example that is a server streams to page.ts. A runtime that is not installed is reported as skipped. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ReplayServer, replay } from "@lumiverse/conformance";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../../packages/cli/test/free-port.ts";
import { expectAnswer, replayed, root, runtime, start, startExample } from "./processes.ts";

let vendor: ReplayServer;
beforeAll(async () => {
  vendor = await replay({ fixtures: { groq: join(root, "providers/groq/fixtures") }, delayMs: 0 });
});
afterAll(() => vendor.close());

describe("Node", () => {
  test.each([
    ["server.ts", ""],
    ["hono/server.ts", "chat"],
    ["express.ts", "chat"],
  ])("%s streams, refuses a body that is not JSON, and lives on", async (file, path) => {
    const port = await freePort();
    await using _server = await startExample(file, vendor, { PORT: String(port) });
    const url = `http://127.0.0.1:${port}/${path}`;
    expect(await statusOfBrokenBody(url)).toBeGreaterThanOrEqual(400);
    await expectAnswer(url);
  });

  test("use-chat-server.ts refuses a body that is not JSON, and lives on", async () => {
    const port = await freePort();
    await using _server = await startExample("use-chat-server.ts", vendor, { PORT: String(port) });
    const url = `http://127.0.0.1:${port}/`;
    expect(await statusOfBrokenBody(url)).toBe(400);
    expect(await statusOfBrokenBody(url)).toBe(400);
  });
});

async function statusOfBrokenBody(url: string): Promise<number> {
  return (await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: "{" })).status;
}

describe("other runtimes", () => {
  const [bun, deno, workerd] = [runtime("bun"), runtime("deno"), runtime("workerd")];

  test.skipIf(bun === undefined)("bun.ts streams in Bun", async () => {
    const port = await freePort();
    const args = ["--conditions=@lumiverse/source", "--preload", "./examples/test/to-replay-server.js", "examples/bun.ts"];
    await using _server = await start(bun ?? "", args, { env: { ...replayed(vendor), PORT: String(port) }, says: /server/i });
    await expectAnswer(`http://127.0.0.1:${port}/`);
  });

  test.skipIf(deno === undefined)("deno.ts streams in Deno", async () => {
    const port = await freePort();
    const modules = ["--no-config", "--no-remote", "--node-modules-dir=manual", "--no-check", "--conditions=@lumiverse/source"];
    const args = [
      "serve",
      ...modules,
      "--allow-net",
      "--allow-env",
      "--host",
      "127.0.0.1",
      "--port",
      String(port),
      "examples/test/deno-main.ts",
    ];
    await using _server = await start(deno ?? "", args, { env: replayed(vendor), says: /Listening/ });
    await expectAnswer(`http://127.0.0.1:${port}/`);
  });

  test.skipIf(workerd === undefined)("worker/worker.ts streams in workerd", async () => {
    const folder = await mkdtemp(join(tmpdir(), "lumiverse-worker-"));
    try {
      await build({
        entryPoints: [join(root, "examples/worker/worker.ts")],
        outfile: join(folder, "worker.js"),
        inject: [join(root, "examples/test/to-replay-server.js")],
        define: { "globalThis.REPLAY_SERVER": JSON.stringify(replayed(vendor)["REPLAY_SERVER"]) },
        bundle: true,
        format: "esm",
        platform: "browser",
        conditions: ["@lumiverse/source"],
        logLevel: "silent",
      });
      await writeFile(join(folder, "config.capnp"), CONFIG);
      await using server = await start(workerd ?? "", ["serve", "--control-fd=1", join(folder, "config.capnp")], { says: /"listen"/ });
      await expectAnswer(`http://127.0.0.1:${JSON.parse(server.line).port}/`);
      expect((await fetch(`http://127.0.0.1:${JSON.parse(server.line).port}/`)).status).toBe(405);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

/** What `wrangler dev` writes from wrangler.jsonc, with the loopback network allowed. */
const CONFIG = `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "worker.js", esModule = embed "worker.js")],
      compatibilityDate = "2026-11-01",
      bindings = [(name = "GROQ_API_KEY", text = "example-key-0001")],
      globalOutbound = "local",
    )),
    (name = "local", network = (allow = ["local", "private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);`;
