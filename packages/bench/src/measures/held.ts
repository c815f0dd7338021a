import { type Bench, limit, us } from "../bench.ts";
import { median } from "../statistics.ts";
import type { Row } from "../table.ts";
import type { HeldFigures } from "../tasks/held.ts";
import { cells, inTurns } from "./turns.ts";

const deltas = 50_000;

/** The heap during and after one long stream. Its text is about 290 kB. */
export async function measureHeld(bench: Bench): Promise<Row[]> {
  const subjects = [limit, us, ...(bench.quick ? [] : bench.peers)];
  const parameters = { base: bench.url(`text.chat.${deltas}.64k`), short: bench.url("text.chat.2000.64k") };
  const answers = await inTurns(
    bench,
    "held",
    subjects,
    (subject) => (subject === limit || subject === us ? (bench.quick ? 2 : 5) : 1),
    (child) => child.ask<HeldFigures>({ task: "held", parameters }),
  );
  const kB = (pick: (one: HeldFigures) => number): Row["cells"] => cells(answers, (list) => ({ value: median(list.map(pick)) / 1000 }));
  return [
    {
      name: "held.kept",
      title: `heap after ${deltas} deltas, response kept`,
      unit: "kB",
      shows: "ratio",
      goal: 1.05,
      cells: kB((one) => one.kept),
    },
    {
      name: "held.dropped",
      title: `heap after ${deltas} deltas, response dropped`,
      unit: "kB",
      shows: "value",
      goal: 64,
      cells: kB((one) => one.dropped),
    },
    {
      name: "held.peak",
      title: `heap at its largest, ${deltas} deltas`,
      unit: "kB",
      shows: "ratio",
      goal: 1.5,
      cells: kB((one) => one.peak),
    },
  ];
}
