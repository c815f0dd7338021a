/** Runtimes other than Node, where they are installed, and how each starts a server from one bundled file. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { build } from "esbuild";
import { inTime } from "../../../core/test/support/programs.ts";

export interface Runtime {
  name: string;
  /** Undefined: it is not installed. */
  binary: string | undefined;
  /** The module that serves an app, given the path of the app's module as a literal. `VENDOR` is the vendor's base URL. */
  entry: (app: string) => string;
  /** Extra files, and the arguments that start the entry. */
  start: (folder: string) => { files?: Record<string, string>; args: string[] };
  /** The port in a line of output. */
  port: (line: string) => number | undefined;
}

const PRINTED = (line: string): number | undefined => {
  const port = /^port (\d+)/.exec(line)?.[1];
  return port === undefined ? undefined : Number(port);
};

export const RUNTIMES: readonly Runtime[] = [
  {
    name: "Bun",
    binary: binaryOf("bun", `@oven/bun-${process.platform}-${arch("x64", "aarch64")}`, "bin/bun"),
    entry: (app) => `
      import { createApp } from ${app};
      const server = Bun.serve({ port: 0, hostname: "127.0.0.1", idleTimeout: 0, fetch: (await createApp(Bun.env.VENDOR)).fetch });
      console.log("port " + server.port);`,
    start: (folder) => ({ args: ["run", join(folder, "main.mjs")] }),
    port: PRINTED,
  },
  {
    name: "Deno",
    binary: binaryOf("deno", `@deno/${process.platform}-${arch("x64", "arm64")}${process.platform === "linux" ? "-glibc" : ""}`, "deno"),
    entry: (app) => `
      import { createApp } from ${app};
      const onListen = ({ port }) => console.log("port " + port);
      Deno.serve({ port: 0, hostname: "127.0.0.1", onListen }, (await createApp(Deno.env.get("VENDOR"))).fetch);`,
    start: (folder) => ({ args: ["run", "--no-config", "--no-remote", "--allow-net", "--allow-env", join(folder, "main.mjs")] }),
    port: PRINTED,
  },
  {
    name: "workerd",
    binary: binaryOf("workerd", `@cloudflare/workerd-${process.platform}-${arch("64", "arm64")}`, "bin/workerd"),
    entry: (app) => `
      import { createApp } from ${app};
      let app;
      export default { fetch: async (request, env, ctx) => (await (app ??= createApp(env.VENDOR))).fetch(request, ctx) };`,
    start: (folder) => ({
      files: {
        "config.capnp": `
          using Workerd = import "/workerd/workerd.capnp";
          const config :Workerd.Config = (
            services = [
              (name = "main", worker = (
                modules = [(name = "main.mjs", esModule = embed "main.mjs")],
                compatibilityDate = "2026-11-01",
                bindings = [(name = "VENDOR", fromEnvironment = "VENDOR")],
                globalOutbound = "local",
              )),
              (name = "local", network = (allow = ["local", "private"])),
            ],
            sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
          );`,
      },
      args: ["serve", "--control-fd=1", join(folder, "config.capnp")],
    }),
    port: (line) => {
      const { event, port } = line.startsWith("{") ? JSON.parse(line) : {};
      return event === "listen" ? Number(port) : undefined;
    },
  },
];

function arch(x64: string, arm64: string): string {
  return process.arch === "arm64" ? arm64 : x64;
}

/**
 * The binary of a runtime that npm delivers in a package for each platform. The runtime's own command is a link that its install script makes, and no install
 * script runs here.
 */
function binaryOf(name: string, platformPackage: string, file: string): string | undefined {
  try {
    const runtime = createRequire(import.meta.url).resolve(`${name}/package.json`);
    const binary = join(dirname(createRequire(runtime).resolve(`${platformPackage}/package.json`)), file);
    return existsSync(binary) ? binary : undefined;
  } catch {
    return undefined;
  }
}

export interface RunningApp extends AsyncDisposable {
  url: string;
}

/**
 * Bundles an app, starts it, and waits until it listens.
 * @param app a module with `createApp(vendor)`. Default: the one beside this file
 */
export async function startApp(runtime: Runtime, vendor: string, app: URL = new URL("app.ts", import.meta.url)): Promise<RunningApp> {
  if (runtime.binary === undefined) throw new Error(`${runtime.name} is not installed`);
  const folder = await mkdtemp(join(tmpdir(), "lumiverse-runtime-"));
  await build({
    stdin: { contents: runtime.entry(JSON.stringify(app.pathname)), resolveDir: import.meta.dirname, loader: "js" },
    outfile: join(folder, "main.mjs"),
    bundle: true,
    format: "esm",
    platform: "browser",
    conditions: ["@lumiverse/source"],
    // Packages that look for Node or for a page must find neither.
    define: { "globalThis.process": "undefined", "self.location.href": '"file:///main.mjs"' },
    external: ["node:*", "fs", "path", "crypto"],
    logLevel: "silent",
  });
  const { files = {}, args } = runtime.start(folder);
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const child = spawn(runtime.binary, args, { env: { ...process.env, VENDOR: vendor }, stdio: ["ignore", "pipe", "pipe"] });
  const stop = async (): Promise<void> => {
    await ended(child);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const port = await inTime(child, portOf(child, child.stdout, child.stderr, runtime));
    return { url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function portOf(child: ChildProcess, stdout: Readable, stderr: Readable, { name, port }: Runtime): Promise<number> {
  let complaint = "";
  stderr.on("data", (text) => {
    complaint += String(text);
  });
  child.once("error", (error) => {
    complaint += error.message;
  });
  for await (const line of createInterface(stdout)) {
    const found = port(line);
    if (found !== undefined) return found;
  }
  throw new Error(`${name} did not start: ${complaint}`);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await exit;
}
