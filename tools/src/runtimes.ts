// Runs the packed packages in every runtime that users have: three versions of Node, Bun, Deno, workerd and Chromium. Each imports them, as an ES module and by `require`
// where it has `require`, and streams one answer of a server on loopback.
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { runCommand } from "./command.ts";
import { entryPoints, providersOf } from "./consumer.ts";
import type { Check } from "./results.ts";
import type { Tarball } from "./tarballs.ts";
import { root } from "./workspace.ts";

/** `app`: a folder where every tarball is installed. */
export async function checkRuntimes(tarballs: readonly Tarball[], app: string): Promise<Check[]> {
  const vendor = await startVendor();
  const address = `http://127.0.0.1:${(vendor.address() as AddressInfo).port}`; // listening on TCP
  try {
    const answer = await writePrograms(tarballs, app, `${address}/v1`);
    const checks: Check[] = [];
    for (const runtime of COMMANDS)
      for (const [system, file] of PROGRAMS) checks.push(await runProgram(runtime, `${runtime.name}, ${system}`, file, app, answer));
    checks.push(await checkWorkerd(app, answer));
    checks.push(await checkChromium(app, `${address}/page`, answer));
    return checks;
  } finally {
    vendor.closeAllConnections();
    vendor.close();
  }
}

interface Runtime {
  name: string;
  /** Undefined: it is not installed. */
  program: string | undefined;
  args?: readonly string[];
}

const PROGRAMS = [
  ["import", "runtime.mjs"],
  ["require", "runtime.cjs"],
] as const;

const COMMANDS: readonly Runtime[] = [
  { name: "Node 22", program: binary("node-22", "bin/node") },
  { name: "Node 24", program: join(root, "node_modules/node/bin/node") },
  { name: "Node 26", program: binary("node-26", "bin/node") },
  { name: "Bun", program: npmBinary("bun", `@oven/bun-${process.platform}-${cpu("x64", "aarch64")}`, "bin/bun"), args: ["run"] },
  {
    name: "Deno",
    program: npmBinary("deno", `@deno/${process.platform}-${cpu("x64", "arm64")}${process.platform === "linux" ? "-glibc" : ""}`, "deno"),
    args: ["run", "--no-remote", "--node-modules-dir=manual", "--allow-all"],
  },
];
const WORKERD = npmBinary("workerd", `@cloudflare/workerd-${process.platform}-${cpu("64", "arm64")}`, "bin/workerd");
const CHROMIUM = process.env["LUMIVERSE_CHROMIUM"] ?? "/usr/bin/chromium";

/** An answer as Chat Completions streams it. Pages may call the server, and its page loads the bundle. */
async function startVendor(): Promise<Server> {
  const chunk = (delta: object, finish: string | null = null): string =>
    `data: ${JSON.stringify({ id: "c1", model: "m-1", choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
  const server = createServer((request, response) => {
    response.setHeader("access-control-allow-origin", "*").setHeader("access-control-allow-headers", "*");
    if (request.method === "OPTIONS") return void response.writeHead(204).end();
    if (request.url === "/page")
      return void response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>…</title>");
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(chunk({ role: "assistant", content: "It " }));
    response.end(`${chunk({ content: "turns." }, "stop")}data: [DONE]\n\n`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

/** Streams an answer of the server and returns its text. */
const chat = (vendor: string): string => `async function chat({ connect, registry }) {
  const stream = connect("groq", { apiKey: "example-key-0001", baseURL: ${JSON.stringify(vendor)} })
    .stream({ model: "m-1", messages: [{ role: "user", content: "Is the wheel turning?" }] });
  let text = "";
  for await (const event of stream) if (event.type === "text") text += event.text;
  if (text !== (await stream.response()).text) throw new Error("the events and the response differ");
  return text + " " + registry().list().length;
}
`;

/** @returns what each program prints when all is well: the answer and the number of registered providers */
async function writePrograms(tarballs: readonly Tarball[], app: string, vendor: string): Promise<string> {
  const providers = providersOf(tarballs).map(({ of }) => of.manifest.name);
  const list = JSON.stringify(entryPoints(tarballs));
  await writeFile(
    join(app, "runtime.mjs"),
    `${chat(vendor)}for (const name of ${list}) await import(name);\nconsole.log(await chat(await import("@lumiverse/core")));\n`,
  );
  await writeFile(
    join(app, "runtime.cjs"),
    `${chat(vendor)}for (const name of ${list}) require(name);\nchat(require("@lumiverse/core")).then(console.log);\n`,
  );
  const bundled = (last: string): string =>
    `${providers.map((name) => `import ${JSON.stringify(name)};`).join("\n")}\nimport { connect, registry } from "@lumiverse/core";\n${chat(vendor)}${last}`;
  const last = {
    "runtime-worker.js": "export default { async test() { console.log(await chat({ connect, registry })); } };",
    "runtime-page.js": "globalThis.answer = chat({ connect, registry });",
  };
  for (const [name, code] of Object.entries(last))
    await build({
      stdin: { contents: bundled(code), resolveDir: app },
      outfile: join(app, name),
      bundle: true,
      format: "esm",
      platform: "browser",
      logLevel: "silent",
    });
  return `It turns. ${providers.length}`;
}

async function runProgram({ program, args = [] }: Runtime, what: string, file: string, app: string, answer: string): Promise<Check> {
  const name = `${what}: every entry point loads and an answer streams`;
  if (program === undefined) return { name, skipped: "the runtime is not installed" };
  const ran = await runCommand(program, [...args, file], { cwd: app });
  return ran.ok && ran.output.includes(answer) ? { name } : { name, problem: ran.output.slice(-4000) };
}

async function checkWorkerd(app: string, answer: string): Promise<Check> {
  const name = "workerd: every provider registers and an answer streams";
  if (WORKERD === undefined) return { name, skipped: "the runtime is not installed" };
  const config = `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "main", esModule = embed "runtime-worker.js")],
      compatibilityDate = "2026-11-01",
      globalOutbound = "local",
    )),
    (name = "local", network = (allow = ["local", "private"])),
  ],
);`;
  await writeFile(join(app, "runtime.capnp"), config);
  const ran = await runCommand(WORKERD, ["test", join(app, "runtime.capnp")], { cwd: app });
  return ran.ok && ran.output.includes(answer) ? { name } : { name, problem: ran.output.slice(-4000) };
}

async function checkChromium(app: string, page: string, answer: string): Promise<Check> {
  const name = "Chromium: every provider registers and an answer streams";
  if (!existsSync(CHROMIUM)) return { name, skipped: `there is no ${CHROMIUM}; LUMIVERSE_CHROMIUM names another` };
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
  try {
    const tab = await browser.newPage();
    await tab.goto(page);
    await tab.addScriptTag({ path: join(app, "runtime-page.js"), type: "module" });
    // A module runs some time after it was added.
    await tab.waitForFunction("globalThis.answer !== undefined");
    const shown = await tab.evaluate<unknown>("globalThis.answer");
    return shown === answer ? { name } : { name, problem: `the page says ${JSON.stringify(shown)}` };
  } catch (error) {
    return { name, problem: String(error) };
  } finally {
    await browser.close();
  }
}

function cpu(x64: string, arm64: string): string {
  return process.arch === "arm64" ? arm64 : x64;
}

function binary(alias: string, file: string): string | undefined {
  const path = join(root, "tools/node_modules", alias, file);
  return existsSync(path) ? path : undefined;
}

/** The binary of a runtime that npm delivers in a package for each platform. The runtime's own command is a link that its install script makes, and none runs here. */
function npmBinary(name: string, platformPackage: string, file: string): string | undefined {
  try {
    const runtime = createRequire(import.meta.url).resolve(`${name}/package.json`);
    const path = join(dirname(createRequire(runtime).resolve(`${platformPackage}/package.json`)), file);
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}
