/** CPU time as a ratio to the limit: text streams, tool calls, small answers. */
import { type Bench, limit, us } from "../bench.ts";
import type { Child } from "../child.ts";
import { median, spread } from "../statistics.ts";
import { protocols } from "../streams.ts";
import type { Cell, Row } from "../table.ts";
import type { CpuFigures, Work } from "../tasks/cpu.ts";

export interface CpuMeasure {
  name: string;
  title: string;
  work: (url: Bench["url"]) => Work;
  /** The largest acceptable ratio. */
  goal: number;
  /** Repetitions in one run, so that the clock is precise enough. */
  repeat: number;
  /** When peers are measured: always, only in a full run, or never. */
  peers: "always" | "full" | "never";
}

const deltas = 10_000;
export const textMeasures: readonly CpuMeasure[] = protocols.flatMap((protocol) => [
  {
    name: `packets.${protocol}.64k`,
    title: `${deltas} deltas, ${protocol}, 64 KB packets, read by packet`,
    work: (url) => ({ kind: "text", protocol, by: "packet", base: url(`text.${protocol}.${deltas}.64k`) }),
    goal: protocol === "chat" || protocol === "messages" ? 1 : 1.1,
    repeat: 1,
    peers: "never",
  },
  {
    name: `text.${protocol}.64k`,
    title: `${deltas} deltas, ${protocol}, 64 KB packets`,
    work: (url) => ({ kind: "text", protocol, base: url(`text.${protocol}.${deltas}.64k`) }),
    goal: 1.3,
    repeat: 1,
    peers: protocol === "chat" ? "always" : "full",
  },
  {
    name: `text.${protocol}.each`,
    title: `${deltas} deltas, ${protocol}, one per packet`,
    work: (url) => ({ kind: "text", protocol, base: url(`text.${protocol}.${deltas}.each`) }),
    goal: 1,
    repeat: 1,
    peers: protocol === "chat" ? "full" : "never",
  },
]);
const tool = (name: string, title: string, characters: number): CpuMeasure => ({
  name,
  title,
  work: (url) => ({ kind: "tool", base: url(`tool.${characters}.64k`) }),
  goal: 1,
  repeat: Math.max(1, 200_000 / characters),
  // Peers need up to four seconds per megabyte.
  peers: characters < 1_000_000 ? "full" : "never",
});
const small = (atOnce: number, title: string): CpuMeasure => ({
  name: `small.${atOnce}`,
  title,
  work: (url) => ({ kind: "small", atOnce, base: url("small") }),
  goal: 1.15,
  repeat: atOnce === 1 ? 100 : 4,
  peers: "full",
});
export const toolMeasures: readonly CpuMeasure[] = [
  tool("tool.10k", "tool call, 10 KB of arguments", 10_000),
  tool("tool.100k", "tool call, 100 KB of arguments", 100_000),
  tool("tool.1m", "tool call, 1 MB of arguments", 1_000_000),
];
export const smallMeasures: readonly CpuMeasure[] = [small(1, "a small unstreamed answer"), small(64, "64 small answers at once")];
export const cpuMeasures: readonly CpuMeasure[] = [...textMeasures, ...toolMeasures, ...smallMeasures];

/** Starts one process per subject and measures them in rounds, so that other load on the machine affects all subjects equally. */
export async function measureCpu(bench: Bench, measure: CpuMeasure): Promise<Row> {
  const peers = measure.peers === "always" || (measure.peers === "full" && !bench.quick) ? bench.peers : [];
  const subjects = [limit, us, ...peers];
  const runs = new Map<string, Runs>();
  for (const subject of subjects) runs.set(subject, { child: await bench.runner(subject), ratios: [], cpu: [] });
  const order = { task: "cpu", parameters: { work: measure.work(bench.url), repeat: measure.repeat } };
  const least = bench.quick ? 5 : 17;
  const most = bench.quick ? 5 : 33;
  const warmUp = bench.quick ? 3 : 12;
  let check: string | undefined;
  for (let round = 0; round < warmUp + most; round++) {
    bench.progress(`${measure.name}: ${round < warmUp ? "warming up" : `round ${round - warmUp + 1}`}`);
    let base = Number.NaN;
    for (const [subject, run] of runs) {
      if (run.problem !== undefined || !runsInRound(subject, round - warmUp, run)) continue;
      const figures = await ask(run, order);
      if (figures === undefined) continue;
      check ??= figures.check;
      if (figures.check !== check) run.problem = `read ${figures.check}, and the limit read ${check}`;
      if (subject === limit) base = figures.cpu;
      if (round < warmUp) continue;
      run.cpu.push(figures.cpu);
      run.ratios.push(figures.cpu / base);
    }
    const ratios = runs.get(us)?.ratios ?? [];
    if (ratios.length >= least && spread(ratios) < Math.abs(median(ratios) - measure.goal)) break;
  }
  for (const run of runs.values()) run.child.end();
  const cells: Record<string, Cell> = {};
  const limitCpu = median(runs.get(limit)?.cpu ?? []);
  for (const [subject, run] of runs) cells[subject] = cellOf(subject, run, limitCpu);
  return { name: measure.name, title: measure.title, unit: "ms", shows: "ratio", goal: measure.goal, cells };
}

interface Runs {
  child: Child;
  cpu: number[];
  /** Ratios to the limit in the same round. */
  ratios: number[];
  problem?: string;
}
/** Peers warm up for two rounds, and then run in every second round until they have used 0.9 s. Negative rounds are warm-up. */
function runsInRound(subject: string, round: number, { cpu }: Runs): boolean {
  if (subject === limit || subject === us || round === -2 || round === -1) return true;
  return round >= 0 && round % 2 === 0 && (cpu.length < 2 || cpu.reduce((sum, one) => sum + one, 0) < 900);
}
async function ask(run: Runs, order: object): Promise<CpuFigures | undefined> {
  try {
    return await run.child.ask<CpuFigures>(order);
  } catch (error) {
    run.problem = error instanceof Error ? error.message : String(error);
    return undefined;
  }
}
/** The median of the ratios, converted to milliseconds. The ratios of one round share the noise of that round. */
function cellOf(subject: string, run: Runs, limitCpu: number): Cell {
  if (run.problem !== undefined) return { problem: run.problem };
  if (subject === limit) return { value: limitCpu, spread: spread(run.cpu) };
  return { value: median(run.ratios) * limitCpu, spread: spread(run.ratios) * limitCpu };
}
