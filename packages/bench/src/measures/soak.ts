import { type Bench, limit, us } from "../bench.ts";
import type { Row } from "../table.ts";
import type { SoakFigures } from "../tasks/soak.ts";
import { socketsLeft } from "./aborts.ts";
import { inRounds, rowsOf } from "./rounds.ts";

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
  const figure = (pick: (one: SoakFigures & { sockets: number }) => number) => {
    return ([one]: (SoakFigures & { sockets: number })[]) => ({ value: one === undefined ? Number.NaN : pick(one) });
  };
  return rowsOf(answers, [
    {
      name: "soak.sockets",
      title: `sockets open after ${streams} finished and ${streams} aborted streams`,
      unit: "",
      shows: "value",
      goal: 0,
      figure: figure((one) => one.sockets),
    },
    {
      name: "soak.listeners",
      title: "listeners left on their shared signal",
      unit: "",
      shows: "value",
      goal: 0,
      figure: figure((one) => one.listeners),
    },
    { name: "soak.timers", title: "timers left", unit: "", shows: "value", goal: 0, figure: figure((one) => one.timers) },
    { name: "soak.heap", title: "heap left", unit: "kB", shows: "value", goal: 500, figure: figure((one) => one.heap / 1000) },
  ]);
}
