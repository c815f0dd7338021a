import { type Bench, limit, us } from "../bench.ts";
import { createRunners, type Runners } from "../runners.ts";
import { median, spread } from "../statistics.ts";
import type { Row } from "../table.ts";
import type { AbortFigures } from "../tasks/aborts.ts";
import { pause } from "../tasks/heap.ts";
import { type Answers, inRounds, rowsOf } from "./rounds.ts";

/** The time from `abort()` until the server sees the socket close, and the sockets and heap that thousands of aborts leave. */
export async function measureAborts(bench: Bench): Promise<Row[]> {
  const times = bench.quick ? 200 : 2_000;
  const runners = createRunners(bench);
  const waits = await abortWaits(bench, runners);
  const left = await leftByAborts(bench, runners, times);
  runners.end();
  // A leak occurs in every round, so the smallest figure counts.
  const least = (pick: (one: Left) => number) => (list: Left[]) => ({ value: Math.min(...list.slice(1).map(pick)) });
  return [
    ...rowsOf(waits, [
      {
        name: "aborts.time",
        title: "abort to closed socket",
        unit: "ms",
        shows: "difference",
        goal: 0.2,
        // The first round warms up.
        figure: (lists) => ({ value: median(lists.slice(1).flat()), spread: spread(lists.slice(1).flat()) }),
      },
    ]),
    ...rowsOf(left, [
      {
        name: "aborts.sockets",
        title: `sockets open after ${times} aborts`,
        unit: "",
        shows: "value",
        goal: 0,
        figure: least((one) => one.sockets),
      },
      {
        name: "aborts.heap",
        title: `heap left by ${times} aborts`,
        unit: "kB",
        shows: "value",
        goal: 200,
        figure: least((one) => one.heap / 1000),
      },
    ]),
  ];
}

/** Milliseconds from each `abort()` until the server saw the socket close. */
function abortWaits(bench: Bench, runners: Runners): Promise<Answers<number[]>> {
  return inRounds(bench, {
    name: "aborts",
    ...subjectsAndRounds(bench, 6),
    runners,
    ask: async (child) => {
      await bench.server.ask({ task: "closes" });
      const parameters = { base: bench.url("hang"), times: 50, atOnce: 1 };
      const figures = await child.ask<AbortFigures>({ task: "aborts", parameters });
      const closed = await bench.server.ask<string[]>({ task: "closes" });
      if (closed.length !== figures.at.length) throw new Error(`the server saw ${closed.length} of ${figures.at.length} sockets close`);
      return figures.at.map((at, i) => Number(BigInt(closed[i] ?? 0) - BigInt(at)) / 1e6);
    },
  });
}

/** What aborted calls leave. */
interface Left {
  /** Bytes. */
  heap: number;
  /** Open sockets at the server. */
  sockets: number;
}

function leftByAborts(bench: Bench, runners: Runners, times: number): Promise<Answers<Left>> {
  return inRounds(bench, {
    name: `${times} aborts`,
    ...subjectsAndRounds(bench, 4),
    runners,
    ask: async (child) => {
      await socketsLeft(bench);
      const parameters = { base: bench.url("hang"), times, atOnce: 50 };
      const figures = await child.ask<AbortFigures>({ task: "aborts", parameters });
      return { heap: figures.heap, sockets: await socketsLeft(bench) };
    },
  });
}

/** All subjects. A quick run has half of the usual rounds and no peers. Peers take part in two rounds. */
function subjectsAndRounds(bench: Bench, usual: number): { subjects: string[]; rounds: (subject: string) => number } {
  return {
    subjects: [limit, us, ...(bench.quick ? [] : bench.peers)],
    rounds: (subject) => (subject === limit || subject === us ? usual / (bench.quick ? 2 : 1) : 2),
  };
}

/** The number of open sockets at the server, which closes idle ones first. */
export async function socketsLeft(bench: Bench): Promise<number> {
  let now = Number.NaN;
  for (let tries = 0; tries < 100; tries++) {
    now = await bench.server.ask<number>({ task: "sockets" });
    if (now === 0) break;
    await pause(50);
  }
  return now;
}
