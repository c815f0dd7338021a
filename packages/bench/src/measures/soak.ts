import { type Bench, limit, us } from "../bench.ts";
import type { Row } from "../table.ts";
import type { SoakFigures } from "../tasks/soak.ts";
import { socketsLeft } from "./aborts.ts";
import { cells, inRounds } from "./rounds.ts";

/** Thousands of finished and aborted streams. Peers are not measured, because a run takes long. */
export async function measureSoak(bench: Bench): Promise<Row[]> {
  const streams = bench.quick ? 500 : 10_000;
  const parameters = { base: bench.url("text.chat.5.64k"), hang: bench.url("hang"), streams };
  const answers = await inRounds(bench, {
    name: "soak",
    subjects: [limit, us],
    rounds: () => 1,
    ask: async (child) => {
      await socketsLeft(bench);
      const figures = await child.ask<SoakFigures>({ task: "soak", parameters });
      return { ...figures, sockets: await socketsLeft(bench) };
    },
  });
  const of = (
    name: string,
    title: string,
    unit: Row["unit"],
    shows: Row["shows"],
    goal: number,
    pick: (one: SoakFigures & { sockets: number }) => number,
  ): Row => ({
    name: `soak.${name}`,
    title,
    unit,
    shows,
    goal,
    cells: cells(answers, ([one]) => ({ value: one === undefined ? Number.NaN : pick(one) })),
  });
  return [
    of("sockets", `sockets open after ${streams} finished and ${streams} aborted streams`, "", "value", 0, (one) => one.sockets),
    of("listeners", "listeners left on their shared signal", "", "value", 0, (one) => one.listeners),
    of("timers", "timers left", "", "value", 0, (one) => one.timers),
    of("heap", "heap left", "kB", "value", 500, (one) => one.heap / 1000),
  ];
}
