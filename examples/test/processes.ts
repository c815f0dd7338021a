/** Examples as processes of their own, with the replay server in place of every vendor. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { ReplayServer } from "@lumiverse/conformance";
import { expect } from "vitest";
import { freePort } from "../../packages/cli/test/free-port.ts";
import { inTime, runProgram } from "../../packages/core/test/support/programs.ts";
import { ask } from "../page.ts";

export const root: string = fileURLToPath(new URL("../..", import.meta.url));
export const node: string = join(root, "node_modules", ".bin", "node");
/** Every vendor's host is the replay server. */
export const FLAGS: readonly string[] = ["--conditions=@lumiverse/source", "--import", "./tools/src/offline.ts"];

export interface ExampleOptions {
  env?: Readonly<Record<string, string>>;
  /** The flags of Node. Default: FLAGS. */
  flags?: readonly string[];
}
/** What an example that is a server says when it listens. */
const LISTENS = /listening|^http:/;

export interface Started extends AsyncDisposable {
  /** The line that was waited for. */
  line: string;
}

/** Runs an example to its end with this text as its input, and returns what it printed. */
export async function runExample(file: string, { input, env, flags = FLAGS }: ExampleOptions & { input?: string } = {}): Promise<string> {
  const options = { cwd: root, env: { ...process.env, ...env }, limitMs: 100_000 };
  const { code, stdout, stderr } = await runProgram(node, [...flags, `examples/${file}`], {
    ...options,
    ...(input === undefined ? {} : { input }),
  });
  expect(code, stderr).toBe(0);
  return stdout;
}

/** Starts an example that is a server, on a free port, and waits until it listens. */
export async function serveExample(file: string, { env, flags = FLAGS }: ExampleOptions = {}): Promise<Started & { url: string }> {
  const port = await freePort();
  const started = await start(node, [...flags, `examples/${file}`], { env: { ...env, PORT: String(port) }, says: LISTENS });
  return { ...started, url: `http://127.0.0.1:${port}/` };
}

/** Starts a server and waits until it writes a line that fits. */
export async function start(
  program: string,
  args: readonly string[],
  { env = {}, says }: { env?: Readonly<Record<string, string>>; says: RegExp },
): Promise<Started> {
  const child = spawn(program, args, { cwd: root, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill("SIGKILL");
    await ended;
  };
  const line = new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      createInterface(stream).on("line", (text) => {
        output += `${text}\n`;
        if (says.test(text)) resolve(text);
      });
    child.once("error", reject);
    child.once("close", (code) => reject(new Error(`${program} ended with ${code}: ${output}`)));
  });
  return { line: await inTime(child, line), [Symbol.asyncDispose]: stop };
}

/** The environment of an example whose requests to Groq go to a replay server, by to-replay-server.js. */
export function replayed(vendor: ReplayServer): Record<string, string> {
  return { GROQ_API_KEY: "example-key-0001", REPLAY_SERVER: `${vendor.origin}/groq` };
}

/** Starts an example in Node that says when it listens. */
export function startExample(file: string, vendor: ReplayServer, env: Readonly<Record<string, string>> = {}): Promise<Started> {
  const flags = ["--conditions=@lumiverse/source", "--import", "./examples/test/to-replay-server.js"];
  return start(node, [...flags, `examples/${file}`], { env: { ...replayed(vendor), ...env }, says: LISTENS });
}

/** A runtime from npm, or undefined. The package's own command is made by an install script, and none runs here. */
export function runtime(name: "bun" | "deno" | "workerd"): string | undefined {
  const cpu = process.arch === "arm64" ? "arm64" : "x64";
  const platform = {
    bun: [`@oven/bun-${process.platform}-${cpu === "arm64" ? "aarch64" : "x64"}`, "bin/bun"],
    deno: [`@deno/${process.platform}-${cpu}${process.platform === "linux" ? "-glibc" : ""}`, "deno"],
    workerd: [`@cloudflare/workerd-${process.platform}-${cpu === "arm64" ? "arm64" : "64"}`, "bin/workerd"],
  } as const;
  const [name_, file] = platform[name];
  try {
    const own = createRequire(import.meta.url).resolve(`${name}/package.json`);
    const binary = join(dirname(createRequire(own).resolve(`${name_}/package.json`)), file);
    return existsSync(binary) ? binary : undefined;
  } catch {
    return undefined;
  }
}

/** Expects that an example that is a server streams the answer of a fixture to page.ts. */
export async function expectAnswer(url: string): Promise<void> {
  let shown = "";
  const asked = [
    { role: "system" as const, content: "You run a mill." },
    { role: "user" as const, content: "Is the wheel turning?" },
  ];
  const message = await ask(url, asked, (text) => {
    shown += text;
  });
  expect(shown).toBe("It turns.");
  expect(message).toMatchObject({ role: "assistant", content: [{ type: "text", text: "It turns." }] });
}
