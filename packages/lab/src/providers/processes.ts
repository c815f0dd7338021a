/**
 * Runs this program once per package, each time in a new process, so that nock, open sockets or a changed prototype cannot affect the next package. Each process
 * gets one name and `--json`, and its output is parsed.
 */
import { runCommand } from "@lumiverse/tools/command";

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
  const args = [...process.execArgv, program, name, "--json", ...flags];
  const { output, problem } = await runCommand(process.execPath, args, { cwd: process.cwd(), show: "errors", limitMs: 3 * 3_600_000 });
  if (problem !== undefined) throw new Error(`${name}: ${problem}`);
  // A process that found problems fails, too, but it prints them. One that prints nothing is broken.
  if (output === "") throw new Error(`${name}: the process printed nothing`);
  return JSON.parse(output);
}

/** Ends this process with `process.exitCode` although sockets may be open, after everything that was printed has reached a pipe. */
export function exitWhenPrinted(): void {
  process.stdout.write("", () => process.exit());
}
