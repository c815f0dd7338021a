/**
 * Programs that tests run, each with a time limit. A program that hangs is killed with everything that it started, and fails one test by name. Without a limit, a
 * synchronous wait would block the time limits of Vitest as well, and so the whole run.
 */
import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}
export interface ProgramOptions extends Pick<SpawnOptions, "cwd" | "env" | "uid" | "gid"> {
  /** The text on standard input. Default: none. */
  input?: string;
  /** Milliseconds. The default is less than the time that a test has. */
  limitMs?: number;
}

const LIMIT_MS = 60_000;
/** On Windows there are no process groups. */
const hasGroups = process.platform !== "win32";

/** True if a program of this name is installed. */
export function hasProgram(name: string): boolean {
  return (process.env["PATH"] ?? "")
    .split(delimiter)
    .some((folder) => existsSync(join(folder, name)) || existsSync(join(folder, `${name}.exe`)));
}

/** Runs a program to its end. Its exit code and output are for the test to judge. */
export async function runProgram(
  program: string,
  args: readonly string[],
  { input, limitMs, ...options }: ProgramOptions = {},
): Promise<Ended> {
  const child = spawn(program, args, { ...options, detached: hasGroups, stdio: ["pipe", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  // A program can end before it has read its input.
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const code = await inTime(child, closed(child), limitMs).catch((cause: Error) => {
    throw new Error(`${cause.message}\n${stdout}${stderr}`, { cause });
  });
  return { code, stdout, stderr };
}

/** The same for code that cannot wait. */
export function runProgramSync(program: string, args: readonly string[], { limitMs = LIMIT_MS, ...options }: ProgramOptions = {}): Ended {
  const settings = { ...options, detached: hasGroups, encoding: "utf8", maxBuffer: 1e9, timeout: limitMs, killSignal: "SIGKILL" } as const;
  const { error, pid, status, stdout, stderr } = spawnSync(program, args, settings);
  if (error === undefined) return { code: status, stdout, stderr };
  if (pid !== 0) killGroup(pid);
  const what = pid === 0 ? `did not start: ${error.message}` : late(limitMs);
  throw new Error(`${commandOf([program, ...args])} ${what}\n${stdout ?? ""}${stderr ?? ""}`, { cause: error });
}

/** Runs a program that must succeed, and returns what it printed to stdout. */
export function outputOf(program: string, args: readonly string[], options: ProgramOptions = {}): string {
  const { code, stdout, stderr } = runProgramSync(program, args, options);
  if (code !== 0) throw new Error(`${commandOf([program, ...args])} ended with ${code}: ${stdout}${stderr}`);
  return stdout;
}

/** The exit code of a program, or null if a signal ended it, after all its output. Rejects if it could not be started. */
export function closed(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
}

/** Waits for what a program does. If that takes too long, it kills the program and rejects. */
export async function inTime<T>(child: ChildProcess, wait: Promise<T>, limitMs: number = LIMIT_MS): Promise<T> {
  const expired = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    if (child.pid !== undefined) killGroup(child.pid);
    child.kill("SIGKILL");
    expired.reject(new Error(`${commandOf(child.spawnargs)} ${late(limitMs)}`));
  }, limitMs);
  return await Promise.race([wait, expired.promise]).finally(() => clearTimeout(timer));
}

function killGroup(pid: number): void {
  try {
    if (hasGroups) process.kill(-pid, "SIGKILL");
  } catch {
    // It was started without a group of its own, or all of it has ended.
  }
}
function commandOf(words: readonly string[]): string {
  return words.join(" ").slice(0, 500);
}
function late(limitMs: number): string {
  return `did not end within ${limitMs / 1000} s and was killed`;
}
