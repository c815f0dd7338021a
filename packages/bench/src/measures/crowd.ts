import { type Bench, limit, us } from "../bench.ts";
import { median } from "../statistics.ts";
import type { Row } from "../table.ts";
import type { CrowdFigures } from "../tasks/crowd.ts";
import { type Answers, cells, inTurns } from "./turns.ts";

const streams = 1_000;

/** Many slow streams at once. A process each round, because memory remembers. */
export async function measureCrowd(bench: Bench): Promise<Row[]> {
  const peers = bench.quick ? [] : bench.peers;
  const parameters = { base: bench.url("slow.10.500"), short: bench.url("text.chat.8.each"), streams };
  const answers: Answers<CrowdFigures> = new Map();
  for (let round = 0; round < (bench.quick ? 1 : 2); round++) {
    const subjects = round === 0 ? [limit, us, ...peers] : [limit, us];
    const more = await inTurns(
      bench,
      `crowd ${round + 1}`,
      subjects,
      () => 1,
      (child) => child.ask<CrowdFigures>({ task: "crowd", parameters }),
    );
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
    pick: (one: CrowdFigures) => number,
  ): Row => ({
    name: `crowd.${name}`,
    title,
    unit,
    shows,
    ...(goal === undefined ? {} : { goal }),
    cells: cells(answers, (list) => ({ value: median(list.map(pick)) })),
  });
  return [
    of("heap", `live heap that ${streams} open streams add`, "MB", "ratio", 1.15, (one) => one.heap / 1e6),
    of("rss", `process at its largest, ${streams} open streams`, "MB", "ratio", 1.15, (one) => one.rss / 1e6),
    of("delay", `event-loop delay, 99th percentile, ${streams} open streams`, "ms", "difference", 1, (one) => one.delay.p99),
    of("delay.max", "event-loop delay, longest (all begin at once)", "ms", "ratio", undefined, (one) => one.delay.max),
  ];
}
