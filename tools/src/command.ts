import { spawn } from "node:child_process";
import { root } from "./workspace.ts";

export interface Ran {
  ok: boolean;
  /** stdout and stderr, interleaved. Empty with `show`. */
  output: string;
}

/** Runs a program to its end. `show`: its output goes to the terminal. */
export function runCommand(
  program: string,
  args: readonly string[],
  options: { show?: boolean; cwd?: string; env?: Readonly<Record<string, string | undefined>> } = {},
): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: options.cwd ?? root,
      env: { ...process.env, ...options.env },
      stdio: options.show ? ["ignore", "inherit", "inherit"] : ["ignore", "pipe", "pipe"],
    });
    let output = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    child.on("error", (error) => resolve({ ok: false, output: `${program} did not start: ${error.message}` }));
    child.on("close", (code) => resolve({ ok: code === 0, output }));
  });
}

/** Runs `work` for each item, at most `atOnce` at the same time. The results have the order of the items. */
export async function inParallel<T, R>(items: readonly T[], atOnce: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let at = next++; at < items.length; at = next++) {
      const item = items[at];
      if (item !== undefined) results[at] = await work(item);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}
