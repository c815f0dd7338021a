/** CPU time as a ratio to the limit: text streams, tool calls, small answers. */
import { type Bench, limit, us } from "../bench.ts";
import type { Child } from "../child.ts";
import { createRunners, type Runners } from "../runners.ts";
import { median, medianError, spread } from "../statistics.ts";
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

/** Milliseconds after which a measure stops warming up (`warmUp`), and after which it adds no round (`whole`), even on a busy machine. */
const LONGEST = { full: { warmUp: 4_000, whole: 12_000 }, quick: { warmUp: 800, whole: 2_500 } } as const;
const ROUNDS = { full: { warmUp: 12, least: 9, most: 33 }, quick: { warmUp: 4, least: 5, most: 9 } } as const;
/** A figure needs no further rounds when its error is below this share of it. */
const EXACT = 0.02;

/**
 * Measures the subjects in rounds, so that other load on the machine affects all of them equally. The limit and this library have a process for each measure,
 * because code that has read another protocol is slower. A peer keeps one process for all measures.
 */
export async function measureCpu(bench: Bench, measure: CpuMeasure, peerRunners: Runners): Promise<Row> {
  const peers = measure.peers === "always" || (measure.peers === "full" && !bench.quick) ? bench.peers : [];
  const own = createRunners(bench);
  const runs = new Map<string, Runs>();
  for (const subject of [limit, us, ...peers])
    runs.set(subject, { child: await (peers.includes(subject) ? peerRunners : own).of(subject), ratios: [], cpu: [] });
  const order = { task: "cpu", parameters: { work: measure.work(bench.url), repeat: measure.repeat } };
  const rounds = ROUNDS[bench.quick ? "quick" : "full"];
  const longest = LONGEST[bench.quick ? "quick" : "full"];
  let check: string | undefined;
  const inRound = async (title: string, measured: number | undefined): Promise<void> => {
    bench.progress(`${measure.name}: ${title}`);
    let base = Number.NaN;
    for (const [subject, run] of runs) {
      if (run.problem !== undefined || (peers.includes(subject) && !peerTakesPart(run, measured))) continue;
      const figures = await ask(run, order);
      if (figures === undefined) continue;
      check ??= figures.check;
      if (figures.check !== check) run.problem = `read ${figures.check}, and the limit read ${check}`;
      if (subject === limit) base = figures.cpu;
      if (measured === undefined) continue;
      run.cpu.push(figures.cpu);
      run.ratios.push(figures.cpu / base);
    }
  };
  const started = performance.now();
  for (let n = 1; n <= rounds.warmUp && (n < 4 || performance.now() - started < longest.warmUp); n++)
    await inRound("warming up", undefined);
  for (let n = 0; n < rounds.most; n++) {
    await inRound(`round ${n + 1}`, n);
    const ratios = runs.get(us)?.ratios ?? [];
    if (ratios.length < rounds.least) continue;
    if (medianError(ratios) < EXACT * median(ratios) || performance.now() - started > longest.whole) break;
  }
  own.end();
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
  /** The peer has warmed up. */
  isWarm?: true;
  problem?: string;
}

/** Milliseconds of CPU time after which a peer has no further round: its figure is many times the limit's, and need not be exact. */
const PEER_CPU = 600;

/** Peers warm up in one round, and then take part in every second one until they have used up their time, but at least in two. */
function peerTakesPart(run: Runs, measured: number | undefined): boolean {
  if (measured === undefined) {
    const isFirst = run.isWarm !== true;
    run.isWarm = true;
    return isFirst;
  }
  return measured % 2 === 0 && (run.cpu.length < 2 || run.cpu.reduce((sum, one) => sum + one, 0) < PEER_CPU);
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
