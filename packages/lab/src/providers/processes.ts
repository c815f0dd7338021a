/**
 * Runs this program once per package, each time in a new process, so that nock, open sockets or a changed prototype cannot affect the next package. Each process
 * gets one name and `--json`, and its output is parsed.
 */
import { spawn } from "node:child_process";

/** @param jobs number of processes at the same time. @returns the output of each process, in the order of `names` */
export async function runInProcesses(names: readonly string[], flags: readonly string[], jobs: number): Promise<[string, unknown][]> {
  const printed = new Map<string, unknown>();
  const left = [...names];
  const work = async (): Promise<void> => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) printed.set(name, await one(name, flags));
  };
  await Promise.all(Array.from({ length: Math.max(1, jobs) }, work));
  return names.map((name) => [name, printed.get(name)]);
}

async function one(name: string, flags: readonly string[]): Promise<unknown> {
  const [program = ""] = process.argv.slice(1);
  const child = spawn(process.execPath, [...process.execArgv, program, name, "--json", ...flags], { stdio: ["ignore", "pipe", "inherit"] });
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  const code = await new Promise<number | null>((resolve, reject) => child.once("error", reject).once("close", resolve));
  const text = Buffer.concat(chunks).toString("utf8");
  // Exit code 1 with output means that problems were found. Without output, the process failed.
  if (text === "") throw new Error(`${name}: the process printed nothing (exit code ${code})`);
  return JSON.parse(text);
}

/** Ends this process with `process.exitCode` although sockets may be open, after everything that was printed has reached a pipe. */
export function exitWhenPrinted(): void {
  process.stdout.write("", () => process.exit());
}
