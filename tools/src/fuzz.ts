import { runCommand } from "./command.ts";

/** Runs the fuzzer of packages/lab in a process of its own. It prints its seed, its progress and its faults. */
export function fuzz(options: { inputs: number; growth: number | "all"; seed?: number }, limitMs?: number): Promise<{ ok: boolean }> {
  const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const command = ["--conditions=@lumiverse/source", "packages/lab/src/fuzz-main.ts", ...flags];
  return runCommand("node", command, { show: true, ...(limitMs === undefined ? {} : { limitMs }) });
}
