/**
 * Packages one by one, each in a process of its own: what nock, a socket that was left open, or a written prototype leaves behind in one must say nothing about
 * the next. The program starts itself with one name and `--json`, and reads what that prints.
 */
import { spawn } from "node:child_process";

/** @param jobs how many run at the same time. @returns what each printed, by name, in the order of `names`. */
export async function apart(names: readonly string[], flags: readonly string[], jobs: number): Promise<[string, unknown][]> {
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
  // Exit code 1 with a result: something was found. Without: it broke.
  if (text === "") throw new Error(`${name}: nothing was printed (exit code ${code})`);
  return JSON.parse(text);
}
