import { type Bench, limit, us } from "../bench.ts";
import { median, spread } from "../statistics.ts";
import type { Row } from "../table.ts";
import { cells, inRounds } from "./rounds.ts";

/** Time to the first token, with a server that answers immediately. */
export async function measureFirst(bench: Bench): Promise<Row[]> {
  const peers = bench.quick ? [] : bench.peers;
  const parameters = { base: bench.url("text.chat.20.each"), times: 25 };
  const answers = await inRounds(bench, {
    name: "first-token",
    subjects: [limit, us, ...peers],
    rounds: (subject) => (peers.includes(subject) ? 6 : bench.quick ? 9 : 24),
    ask: (child) => child.ask<number[]>({ task: "first-token", parameters }),
  });
  // The first two rounds warm up.
  const figure = (lists: number[][]): { value: number; spread: number } => {
    const waits = lists.slice(2).flat();
    return { value: median(waits), spread: spread(waits) };
  };
  return [
    { name: "first-token", title: "time to the first token", unit: "ms", shows: "difference", goal: 0.15, cells: cells(answers, figure) },
  ];
}
