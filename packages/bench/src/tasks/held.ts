/** What one long stream does to the heap: at its largest, after it with the response kept, and with the response dropped. */
import { GCProfiler } from "node:v8";
import { type Subject, textOf } from "../subject.ts";
import { liveHeap, pause } from "./heap.ts";

/** Bytes more than before the stream. */
export interface HeldFigures {
  peak: number;
  kept: number;
  dropped: number;
}

export async function held(subject: Subject, { base, short }: { base: string; short: string }): Promise<HeldFigures> {
  const read = textOf(subject, "chat");
  // Code that is compiled meanwhile would count as held.
  for (let n = 0; n < 15; n++) await watched(() => read(short, {}));
  await pause(200);
  const before = liveHeap();
  // A field, so that it can be let go: a variable may stay alive for as long as its function does.
  const box: { response?: unknown } = {};
  const peak = await watched(async () => {
    box.response = (await read(base, {})).response;
  });
  // Sockets and streams let go of what they hold some turns later.
  await pause(200);
  const kept = liveHeap() - before;
  delete box.response;
  await pause(200);
  return { peak, kept, dropped: liveHeap() - before };
}

/** Bytes by which the heap grows at most while `work` runs: it is largest right before a collection. */
async function watched(work: () => Promise<unknown>): Promise<number> {
  const before = process.memoryUsage().heapUsed;
  const collections = new GCProfiler();
  collections.start();
  await work();
  const { statistics } = collections.stop();
  return Math.max(process.memoryUsage().heapUsed, ...statistics.map((one) => one.beforeGC.heapStatistics.usedHeapSize)) - before;
}
