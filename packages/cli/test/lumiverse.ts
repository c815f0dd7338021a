/** Spawns the real command line in a folder of its own, with a third-party provider package installed there. */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const BIN = fileURLToPath(new URL("../src/bin.ts", import.meta.url));
const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const FLAGS = ["--conditions=@lumiverse/source", BIN];

export interface Result {
  code: number | null;
  stdout: string;
  stderr: string;
}
export interface How {
  cwd: string;
  env?: Record<string, string>;
  /** What is piped in; undefined: nothing is (as from `/dev/null`); null: a pipe that nobody closes. */
  stdin?: string | null;
  /** Ctrl-C, once stdout or stderr shows this. */
  interruptAt?: string;
  /** Ctrl-C, once this holds. */
  interruptWhen?: () => boolean;
  /** Seen with everything that came out so far. */
  watch?: (seen: string) => void;
}

export function lumiverse(args: readonly string[], how: How): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...FLAGS, ...args], {
      cwd: how.cwd,
      env: environment(how.env),
      stdio: [how.stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    let interrupted = false;
    const look = (): void => {
      how.watch?.(stdout + stderr);
      if (interrupted || how.interruptAt === undefined || !(stdout + stderr).includes(how.interruptAt)) return;
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
      if (how.interruptWhen?.() !== true) return;
      clearInterval(watching);
      child.kill("SIGINT");
    }, 20);
    child.on("error", reject);
    child.on("close", (code) => {
      clearInterval(watching);
      resolve({ code, stdout, stderr });
    });
    if (how.stdin !== null) child.stdin?.end(how.stdin);
  });
}

/** The same as one line for a shell. */
export function shellLine(args: readonly string[]): string {
  return [process.execPath, ...FLAGS, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
}

export function environment(extra: Record<string, string> = {}): Record<string, string> {
  return { PATH: `${dirname(process.execPath)}:${process.env["PATH"] ?? ""}`, HOME: tmpdir(), ...extra };
}

export interface Place {
  folder: string;
  /** Installs one more package, by its files. */
  add(name: string, files: Record<string, string>): void;
  remove(): void;
}

/** A folder in which the package `lumiverse-provider-testhost` is installed. */
export function place(): Place {
  const folder = mkdtempSync(join(tmpdir(), "lumiverse-cli-"));
  const modules = join(folder, "node_modules");
  mkdirSync(join(modules, "@lumiverse"), { recursive: true });
  for (const name of ["core", "protocols"]) symlinkSync(join(ROOT, "packages", name), join(modules, "@lumiverse", name), "dir");
  const made: Place = {
    folder,
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
import { defineProvider } from "@lumiverse/core";
import { chatRoute, modelList, modelsCheck } from "@lumiverse/protocols/chat-completions";
const base = process.env.TESTHOST_BASE ?? "http://127.0.0.1:9/v1";
const dialect = { reasoning: { read: ["reasoning_content"] } };
export const testhost = defineProvider({
  id: "testhost",
  name: "Test Host",
  docs: "https://docs.testhost.test",
  version: "2.0.0",
  credential: { kind: "api-key", required: false, env: "TESTHOST_API_KEY", page: "https://testhost.test/keys" },
  base,
  route: chatRoute({
    base,
    dialect,
    takes: { "input.image": true, "output.schema": true, "reasoning.off": false, maxOutputTokens: true, temperature: [0, 1], topK: false, stop: false, streaming: true },
    headers: ({ settings }) => (settings.team?.id === undefined ? {} : { "x-team": String(settings.team.id) + ":" + typeof settings.team.id }),
  }),
  settings: async () => ({ parse: (given) => given, fields: [{ path: "team.id", type: "string", title: "Team", order: 1 }] }),
  catalogue: async () => ({
    date: "2026-11-01",
    source: "invented",
    models: [
      { id: "gone", state: "deprecated", source: "invented" },
      { id: "fast", source: "invented", price: { input: 2, output: 10, currency: "USD" }, contextTokens: 128000 },
    ],
  }),
  operations: { check: modelsCheck(dialect), models: modelList() },
  signIn: {
    authorizeURL: ({ callback, challenge }) => new URL("https://testhost.test/auth?" + new URLSearchParams({ callback, challenge })),
    exchange: ({ code, verifier }) => ({ method: "POST", url: new URL("/oauth/exchange", base), body: { code, verifier } }),
    parse: ({ json }) => ({ key: json.key }),
  },
});
`;
