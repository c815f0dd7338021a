import { type Bench, limit, us } from "../bench.ts";
import { createRunners } from "../runners.ts";
import { median, spread } from "../statistics.ts";
import type { Row } from "../table.ts";
import type { AbortFigures } from "../tasks/aborts.ts";
import { pause } from "../tasks/heap.ts";
import { cells, inRounds } from "./rounds.ts";

/** The time from `abort()` until the server sees the socket close, and the sockets and heap that thousands of aborts leave. */
export async function measureAborts(bench: Bench): Promise<Row[]> {
  const subjects = [limit, us, ...(bench.quick ? [] : bench.peers)];
  const base = bench.url("hang");
  const times = bench.quick ? 200 : 2_000;
  const rounds = (usual: number, subject: string): number => (subject === limit || subject === us ? usual / (bench.quick ? 2 : 1) : 2);
  const runners = createRunners(bench);
  const waits = await inRounds(bench, {
    name: "aborts",
    subjects,
    rounds: (subject) => rounds(6, subject),
    runners,
    ask: async (child) => {
      await bench.server.ask({ task: "closes" });
      const figures = await child.ask<AbortFigures>({ task: "aborts", parameters: { base, times: 50, atOnce: 1 } });
      const closed = await bench.server.ask<string[]>({ task: "closes" });
      if (closed.length !== figures.at.length) throw new Error(`the server saw ${closed.length} of ${figures.at.length} sockets close`);
      return figures.at.map((at, i) => Number(BigInt(closed[i] ?? 0) - BigInt(at)) / 1e6);
    },
  });
  const left = await inRounds(bench, {
    name: `${times} aborts`,
    subjects,
    rounds: (subject) => rounds(4, subject),
    runners,
    ask: async (child) => {
      await socketsLeft(bench);
      const figures = await child.ask<AbortFigures>({ task: "aborts", parameters: { base, times, atOnce: 50 } });
      return { heap: figures.heap, sockets: await socketsLeft(bench) };
    },
  });
  runners.end();
  // The first round warms up.
  const wait = (lists: number[][]): { value: number; spread: number } => {
    const all = lists.slice(1).flat();
    return { value: median(all), spread: spread(all) };
  };
  // A leak occurs in every round, so the smallest figure counts.
  const least = (pick: (one: { heap: number; sockets: number }) => number): Row["cells"] =>
    cells(left, (list) => ({ value: Math.min(...list.slice(1).map(pick)) }));
  return [
    { name: "aborts.time", title: "abort to closed socket", unit: "ms", shows: "difference", goal: 0.2, cells: cells(waits, wait) },
    {
      name: "aborts.sockets",
      title: `sockets open after ${times} aborts`,
      unit: "",
      shows: "value",
      goal: 0,
      cells: least((one) => one.sockets),
    },
    {
      name: "aborts.heap",
      title: `heap left by ${times} aborts`,
      unit: "kB",
      shows: "value",
      goal: 200,
      cells: least((one) => one.heap / 1000),
    },
  ];
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
