/** Slow streams at the same time: their memory while all are open, and the delay of the event loop. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { type Subject, textOf } from "../subject.ts";
import { liveHeap, pause, runConcurrently } from "./heap.ts";

export interface ConcurrencyFigures {
  /** Bytes of live heap of the open streams. */
  heap: number;
  /** The largest size of the process in bytes. */
  rss: number;
  /** Milliseconds. */
  delay: { p99: number; max: number };
}

export async function concurrency(
  subject: Subject,
  { base, short, streams }: { base: string; short: string; streams: number },
): Promise<ConcurrencyFigures> {
  const read = textOf(subject, "chat");
  await runConcurrently(streams / 4, 50, () => read(short, {}));
  const before = liveHeap();
  let rss = 0;
  const sampling = setInterval(() => {
    rss = Math.max(rss, process.memoryUsage.rss());
  }, 50);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  let started = 0;
  let ended = 0;
  const onFirst = (): number => started++;
  const all = Promise.all(Array.from({ length: streams }, () => read(base, { first: onFirst }).then(() => ended++)));
  const failed = all.catch(() => "failed" as const);
  while (started < streams) if ((await Promise.race([failed, pause(5)])) === "failed") break;
  const heap = liveHeap() - before;
  if (ended > streams / 10) throw new Error(`${ended} of ${streams} streams ended before the last one started`);
  await all;
  delay.disable();
  clearInterval(sampling);
  return { heap, rss, delay: { p99: delay.percentile(99) / 1e6, max: delay.max / 1e6 } };
}
