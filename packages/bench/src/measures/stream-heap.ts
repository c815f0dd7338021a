import { type Bench, limit, us } from "../bench.ts";
import { median } from "../statistics.ts";
import type { Row } from "../table.ts";
import type { StreamHeapFigures } from "../tasks/stream-heap.ts";
import { inRounds, rowsOf } from "./rounds.ts";

const deltas = 50_000;

/** The heap during and after one long stream of about 290 kB of text. */
export async function measureStreamHeap(bench: Bench): Promise<Row[]> {
  const subjects = [limit, us, ...(bench.quick ? [] : bench.peers)];
  const parameters = { base: bench.url(`text.chat.${deltas}.64k`), short: bench.url("text.chat.2000.64k") };
  const answers = await inRounds(bench, {
    name: "stream-heap",
    subjects,
    rounds: (subject) => (subject === limit || subject === us ? (bench.quick ? 2 : 5) : 1),
    ask: (child) => child.ask<StreamHeapFigures>({ task: "streamHeap", parameters }),
  });
  const kB = (pick: (one: StreamHeapFigures) => number) => (list: StreamHeapFigures[]) => ({ value: median(list.map(pick)) / 1000 });
  return rowsOf(answers, [
    {
      name: "stream-heap.kept",
      title: `heap after ${deltas} deltas, response kept`,
      unit: "kB",
      shows: "ratio",
      goal: 1.05,
      figure: kB((one) => one.kept),
    },
    {
      name: "stream-heap.dropped",
      title: `heap after ${deltas} deltas, response dropped`,
      unit: "kB",
      shows: "value",
      goal: 64,
      figure: kB((one) => one.dropped),
    },
    {
      name: "stream-heap.peak",
      title: `largest heap, ${deltas} deltas`,
      unit: "kB",
      shows: "ratio",
      goal: 1.2,
      figure: kB((one) => one.peak),
    },
    {
      name: "stream-heap.live",
      title: `largest heap after a collection, ${deltas} deltas`,
      unit: "kB",
      shows: "ratio",
      goal: 1.2,
      figure: kB((one) => one.live),
    },
  ]);
}
