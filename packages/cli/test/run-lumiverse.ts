/** Runs the real command line in a temporary folder where a third-party provider package is installed. */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { closed, inTime } from "../../core/test/support/programs.ts";

const BIN = fileURLToPath(new URL("../src/bin.ts", import.meta.url));
const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const FLAGS = ["--conditions=@lumiverse/source", BIN];

export interface Result {
  code: number | null;
  stdout: string;
  stderr: string;
}
export interface RunOptions {
  cwd: string;
  env?: Record<string, string>;
  /** The text on standard input. Undefined: `/dev/null`. Null: a pipe that stays open and silent. */
  stdin?: string | null;
  /** A file descriptor to which stdout goes. */
  stdout?: number;
  /** Sends SIGINT when stdout or stderr contains this text. */
  interruptAt?: string;
  /** Sends SIGINT, or another `signal`, when this returns true. */
  interruptWhen?: () => boolean;
  signal?: NodeJS.Signals;
  /** Called with the output so far, each time there is more. */
  watch?: (seen: string) => void;
  /** Milliseconds after which it is killed. Default 80 s, which is less than the time that a test has. */
  limitMs?: number;
}

export async function lumiverse(args: readonly string[], options: RunOptions): Promise<Result> {
  const child = spawn(process.execPath, [...FLAGS, ...args], {
    cwd: options.cwd,
    // Saved connections of one test are not those of another.
    env: environment({ XDG_DATA_HOME: join(options.cwd, ".data"), ...options.env }),
    stdio: [options.stdin === undefined ? "ignore" : "pipe", options.stdout ?? "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  let interrupted = false;
  const look = (): void => {
    options.watch?.(stdout + stderr);
    if (interrupted || options.interruptAt === undefined || !(stdout + stderr).includes(options.interruptAt)) return;
    interrupted = true;
    child.kill("SIGINT");
  };
  child.stdout?.on("data", (piece) => {
    stdout += piece;
    look();
  });
  child.stderr?.on("data", (piece) => {
    stderr += piece;
    look();
  });
  const watching = setInterval(() => {
    if (options.interruptWhen?.() !== true) return;
    clearInterval(watching);
    child.kill(options.signal ?? "SIGINT");
  }, 20);
  if (options.stdin !== null) child.stdin?.end(options.stdin);
  try {
    const code = await inTime(child, closed(child), options.limitMs ?? 80_000);
    return { code, stdout, stderr };
  } finally {
    clearInterval(watching);
  }
}

/** The same command as one line for a shell. */
export function shellLine(args: readonly string[]): string {
  return [process.execPath, ...FLAGS, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
}

export function environment(extra: Record<string, string> = {}): Record<string, string> {
  return { PATH: `${dirname(process.execPath)}:${process.env["PATH"] ?? ""}`, HOME: tmpdir(), NODE_COMPILE_CACHE: COMPILED, ...extra };
}
/** The next process reads what one has compiled, which is a sixth of its start. */
const COMPILED = join(tmpdir(), "lumiverse-cli-compiled");

export interface TestFolder {
  path: string;
  /** Installs another package from its files. */
  add(name: string, files: Record<string, string>): void;
  remove(): void;
}

/** A folder in which the package `lumiverse-provider-testhost` is installed. */
export function testFolder(): TestFolder {
  const folder = mkdtempSync(join(tmpdir(), "lumiverse-cli-"));
  const modules = join(folder, "node_modules");
  mkdirSync(join(modules, "@lumiverse"), { recursive: true });
  for (const name of ["core", "protocols"]) symlinkSync(join(ROOT, "packages", name), join(modules, "@lumiverse", name), "dir");
  const made: TestFolder = {
    path: folder,
    add(name, files) {
      for (const [path, text] of Object.entries(files)) {
        const file = join(modules, name, path);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, text);
      }
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
  made.add("lumiverse-provider-testhost", { "package.json": manifestText("lumiverse-provider-testhost"), "lib/main.js": PROVIDER });
  return made;
}

export function manifestText(name: string): string {
  const exports = { ".": { types: "./lib/main.d.ts", import: "./lib/main.js" } };
  return JSON.stringify({ name, version: "2.0.0", type: "module", keywords: ["lumiverse-provider"], exports });
}

const PROVIDER = `
import { annotations, defineSettings } from "@lumiverse/core/settings";
import { chatProvider } from "@lumiverse/protocols/chat-completions";
const base = process.env.TESTHOST_BASE ?? "http://127.0.0.1:9/v1";
export const testhost = chatProvider({
  id: "testhost",
  name: "Test Host",
  docs: "https://docs.testhost.test",
  version: "2.0.0",
  credential: { kind: "api-key", required: false, env: "TESTHOST_API_KEY", page: "https://testhost.test/keys" },
  base,
  dialect: { reasoning: { fields: ["reasoning_content"] } },
  capabilities: { "input.image": true, "output.schema": true, "reasoning.off": false, maxOutputTokens: true, temperature: [0, 1], topK: false, stop: false, streaming: true },
  headers: ({ settings }) => (settings.team?.id === undefined ? {} : { "x-title": String(settings.team.id) + ":" + typeof settings.team.id }),
  settings: async () => ({ settings: defineSettings({
    validator: { "~standard": { version: 1, vendor: "by hand", validate: ({ team, style, token }) =>
      style === undefined || ["plain", "warm"].includes(style) ? { value: JSON.parse(JSON.stringify({ team, style, token })) } : { issues: [{ path: ["style"], message: "bad" }] } } },
    schema: {
      type: "object",
      additionalProperties: false,
      properties: {
        team: { type: "object", properties: { id: { type: "string", ...annotations({ title: "Team", section: "Team", order: 1 }) } } },
        style: { type: "string", enum: ["plain", "warm"], ...annotations({ title: "Style", section: "Style", help: "How it sounds." }) },
        token: { type: "string", ...annotations({ title: "Token", section: "Style", secret: true }) },
      },
    },
  }) }),
  catalogue: async () => ({ catalogue: {
    date: "2026-11-01",
    source: "invented",
    models: [
      { id: "gone", state: "deprecated", source: "invented" },
      { id: "fast", source: "invented", price: { input: 2, output: 10, currency: "USD" }, contextTokens: 128000 },
    ],
  } }),
  signIn: {
    authorizeURL: ({ callback, challenge }) => new URL("https://testhost.test/auth?" + new URLSearchParams({ callback, challenge })),
    exchange: ({ code, verifier }) => ({ method: "POST", url: new URL("/oauth/exchange", base), body: { code, verifier } }),
    parse: ({ json }) => ({ key: json.key }),
  },
});
`;
