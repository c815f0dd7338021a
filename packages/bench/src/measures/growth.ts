import { type Bench, limit, us } from "../bench.ts";
import { slope } from "../statistics.ts";
import type { Row } from "../table.ts";
import type { CpuFigures, Work } from "../tasks/cpu.ts";
import { cells, inRounds } from "./rounds.ts";

interface Growth {
  name: string;
  title: string;
  /** None is small, because the fixed cost of a call would hide the growth. */
  sizes: readonly number[];
  work: (url: Bench["url"], size: number) => Work;
}
const growths: readonly Growth[] = [
  {
    name: "growth.events",
    title: "exponent, 10,000 to 50,000 deltas",
    sizes: [10_000, 20_000, 50_000],
    work: (url, size) => ({ kind: "text", protocol: "chat", base: url(`text.chat.${size}.64k`) }),
  },
  {
    name: "growth.arguments",
    title: "exponent, 1 MB to 10 MB of tool arguments",
    sizes: [1_000_000, 3_000_000, 10_000_000],
    work: (url, size) => ({ kind: "tool", base: url(`tool.${size}.64k`) }),
  },
  {
    name: "growth.messages",
    title: "exponent, 1,000 to 5,000 messages",
    sizes: [1_000, 2_500, 5_000],
    work: (url, size) => ({ kind: "small", atOnce: 1, base: url("small"), messages: size }),
  },
];

/** The exponent of CPU time of this library and the limit: 1 is linear, 2 quadratic, and below 1 the fixed cost of a call dominates. */
export async function measureGrowth(bench: Bench, isSelected: (name: string) => boolean): Promise<Row[]> {
  const rows: Row[] = [];
  for (const growth of growths) if (isSelected(growth.name)) rows.push(await measureOne(bench, growth));
  return rows;
}

async function measureOne(bench: Bench, { name, title, sizes, work }: Growth): Promise<Row> {
  const largest = sizes.at(-1) ?? 1;
  const answers = await inRounds(bench, {
    name,
    subjects: [limit, us],
    rounds: () => (bench.quick ? 3 : 6),
    ask: async (child) => {
      const costs: number[] = [];
      for (const size of sizes) {
        // Small sizes are repeated, so that the clock is precise enough and the code is warm.
        const repeat = Math.min(20, Math.ceil(largest / size / 5));
        const figures = await child.ask<CpuFigures>({ task: "cpu", parameters: { work: work(bench.url, size), repeat } });
        costs.push(figures.cpu / repeat);
      }
      return costs;
    },
  });
  // The first two rounds warm up. The smallest figure of the others counts, because other load only adds time.
  const exponent = (rounds: number[][]): { value: number } => {
    const points = sizes.map((size, i) => [size, Math.min(...rounds.slice(2).map((costs) => costs[i] ?? Number.NaN))] as const);
    return { value: slope(points) };
  };
  return { name, title, unit: "exponent", shows: "value", goal: 1.1, cells: cells(answers, exponent) };
}
