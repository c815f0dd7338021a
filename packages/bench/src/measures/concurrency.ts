import { type Bench, limit, us } from "../bench.ts";
import { median } from "../statistics.ts";
import type { Row } from "../table.ts";
import type { ConcurrencyFigures } from "../tasks/concurrency.ts";
import { type Answers, inRounds, rowsOf } from "./rounds.ts";

const streams = 1_000;

/** Many slow streams at once. Each round has a new process, because a process keeps memory that it once used. */
export async function measureConcurrency(bench: Bench): Promise<Row[]> {
  const answers = await concurrencyAnswers(bench);
  const figure = (pick: (one: ConcurrencyFigures) => number) => (list: ConcurrencyFigures[]) => ({ value: median(list.map(pick)) });
  return rowsOf(answers, [
    {
      name: "concurrency.heap",
      title: `live heap of ${streams} open streams`,
      unit: "MB",
      shows: "ratio",
      goal: 1.1,
      figure: figure((one) => one.heap / 1e6),
    },
    {
      name: "concurrency.rss",
      title: `largest process size, ${streams} open streams`,
      unit: "MB",
      shows: "ratio",
      goal: 1.1,
      figure: figure((one) => one.rss / 1e6),
    },
    {
      name: "concurrency.delay",
      title: `event-loop delay, 99th percentile, ${streams} open streams`,
      unit: "ms",
      shows: "difference",
      goal: 1,
      figure: figure((one) => one.delay.p99),
    },
    {
      name: "concurrency.delay.max",
      title: "longest event-loop delay (all streams start at once)",
      unit: "ms",
      shows: "ratio",
      figure: figure((one) => one.delay.max),
    },
  ]);
}

/** The answers of one round for peers and of two for the others. */
async function concurrencyAnswers(bench: Bench): Promise<Answers<ConcurrencyFigures>> {
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
  return answers;
}
