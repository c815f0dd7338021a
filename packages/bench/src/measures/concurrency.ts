import { type Bench, limit, us } from "../bench.ts";
import { median } from "../statistics.ts";
import type { Row } from "../table.ts";
import type { ConcurrencyFigures } from "../tasks/concurrency.ts";
import { type Answers, cells, inRounds } from "./rounds.ts";

const streams = 1_000;

/** Many slow streams at once. Each round has a new process, because a process keeps memory that it once used. */
export async function measureConcurrency(bench: Bench): Promise<Row[]> {
  const peers = bench.quick ? [] : bench.peers;
  const parameters = { base: bench.url("slow.10.500"), short: bench.url("text.chat.8.each"), streams };
  const answers: Answers<ConcurrencyFigures> = new Map();
  for (let round = 0; round < (bench.quick ? 1 : 2); round++) {
    const subjects = round === 0 ? [limit, us, ...peers] : [limit, us];
    const more = await inRounds(bench, {
      name: `concurrency ${round + 1}`,
      subjects,
      rounds: () => 1,
      ask: (child) => child.ask<ConcurrencyFigures>({ task: "concurrency", parameters }),
    });
    for (const [subject, list] of more) {
      const before = answers.get(subject);
      answers.set(subject, Array.isArray(list) && Array.isArray(before) ? [...before, ...list] : list);
    }
  }
  const of = (
    name: string,
    title: string,
    unit: Row["unit"],
    shows: Row["shows"],
    goal: number | undefined,
    pick: (one: ConcurrencyFigures) => number,
  ): Row => ({
    name: `concurrency.${name}`,
    title,
    unit,
    shows,
    ...(goal === undefined ? {} : { goal }),
    cells: cells(answers, (list) => ({ value: median(list.map(pick)) })),
  });
  return [
    of("heap", `live heap of ${streams} open streams`, "MB", "ratio", 1.1, (one) => one.heap / 1e6),
    of("rss", `largest process size, ${streams} open streams`, "MB", "ratio", 1.1, (one) => one.rss / 1e6),
    of("delay", `event-loop delay, 99th percentile, ${streams} open streams`, "ms", "difference", 1, (one) => one.delay.p99),
    of("delay.max", "longest event-loop delay (all streams start at once)", "ms", "ratio", undefined, (one) => one.delay.max),
  ];
}
