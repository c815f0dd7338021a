/** One subject, one measure, one process: warms up, then prints a line of figures for each run that the parent asks for. */

import { type Wire, wires } from "./streams.ts";
import type { Subject } from "./subject.ts";

export interface Ask {
  measure: string;
  base: string;
}
export interface Figures {
  /** Milliseconds of CPU (user and system) of this process. */
  cpu: number;
  /** Milliseconds on the clock. */
  wall: number;
  /** What was read, to be the same for all. */
  check: string;
  first?: number;
}

const { subject } = (await import(process.argv[2] ?? "")) as { subject: Subject };

async function once(measure: string, base: string): Promise<{ check: string; first?: number } | undefined> {
  const [kind, second] = measure.split(".");
  if (kind === "text") {
    const run = subject.text?.(wires.find((wire) => wire === second) as Wire);
    if (run === undefined) return undefined;
    const { deltas, characters } = await run(base);
    return { check: `${deltas} deltas, ${characters} characters` };
  }
  if (kind === "tool") return subject.tool === undefined ? undefined : { check: `${await subject.tool(base)} characters` };
  if (kind === "small") {
    const { small } = subject;
    if (small === undefined) return undefined;
    const texts = await Promise.all(Array.from({ length: Number(second ?? 1) }, () => small(base)));
    return { check: texts[0] ?? "" };
  }
  if (kind === "first") {
    if (subject.first === undefined) return undefined;
    const started = performance.now();
    let first = 0;
    await subject.first(base, () => {
      first = performance.now() - started;
    });
    return { check: "first", first };
  }
  return undefined;
}

process.on("message", async ({ measure, base }: Ask) => {
  try {
    const cpu = process.cpuUsage();
    const started = performance.now();
    const result = await once(measure, base);
    const used = process.cpuUsage(cpu);
    const figures: Figures | undefined =
      result === undefined ? undefined : { cpu: (used.user + used.system) / 1000, wall: performance.now() - started, ...result };
    process.send?.({ figures });
  } catch (error) {
    process.send?.({ error: error instanceof Error ? `${error.message}` : String(error) });
  }
});
process.on("disconnect", () => process.exit(0));
process.send?.({ ready: true });
