/** So many slow streams at once: the memory they hold while all are open, and how late the event loop gets. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { type Subject, textOf } from "../subject.ts";
import { crowded, liveHeap, pause } from "./heap.ts";

export interface CrowdFigures {
  /** Bytes that the open streams add to the live heap. */
  heap: number;
  /** Bytes of the process at its largest. */
  rss: number;
  /** Milliseconds. */
  delay: { p99: number; max: number };
}

export async function crowd(
  subject: Subject,
  { base, short, streams }: { base: string; short: string; streams: number },
): Promise<CrowdFigures> {
  const read = textOf(subject, "chat");
  await crowded(streams / 4, 50, () => read(short, {}));
  const before = liveHeap();
  let rss = 0;
  const sampling = setInterval(() => {
    rss = Math.max(rss, process.memoryUsage.rss());
  }, 50);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  let begun = 0;
  let ended = 0;
  const begin = (): number => begun++;
  const all = Promise.all(Array.from({ length: streams }, () => read(base, { first: begin }).then(() => ended++)));
  const failed = all.catch(() => "failed" as const);
  while (begun < streams) if ((await Promise.race([failed, pause(5)])) === "failed") break;
  const heap = liveHeap() - before;
  if (ended > streams / 10) throw new Error(`${ended} of ${streams} streams had ended before the last began`);
  await all;
  delay.disable();
  clearInterval(sampling);
  return { heap, rss, delay: { p99: delay.percentile(99) / 1e6, max: delay.max / 1e6 } };
}
