/** The heap of one long stream: its peak, and the rest after the stream with and without the response. */
import { GCProfiler } from "node:v8";
import { type Subject, textOf } from "../subject.ts";
import { liveHeap, pause } from "./heap.ts";

/** Bytes in addition to the heap before the stream. */
export interface StreamHeapFigures {
  /** Before a collection. V8 lets the young generation grow by what survived since the process has started, so it has steps: 9, 17, 33 MB. */
  peak: number;
  /** After a collection of the young generation: what the stream itself holds. */
  live: number;
  kept: number;
  dropped: number;
}

export async function streamHeap(subject: Subject, { base, short }: { base: string; short: string }): Promise<StreamHeapFigures> {
  const read = textOf(subject, "chat");
  // Warms up, because code that is compiled during the measurement would count.
  for (let n = 0; n < 15; n++) await peakOf(() => read(short, {}));
  await pause(200);
  const before = liveHeap();
  // A field can be deleted. A variable can keep its value until the function returns.
  const box: { response?: unknown } = {};
  const { peak, live } = await peakOf(async () => {
    box.response = (await read(base, {})).response;
  });
  // Sockets and streams release their memory later.
  await pause(200);
  const kept = liveHeap() - before;
  delete box.response;
  await pause(200);
  return { peak, live, kept, dropped: liveHeap() - before };
}

/** The largest growth of the heap in bytes while `work` runs: before a collection, where it is largest, and after one. */
async function peakOf(work: () => Promise<unknown>): Promise<{ peak: number; live: number }> {
  const before = process.memoryUsage().heapUsed;
  const collections = new GCProfiler();
  collections.start();
  await work();
  const { statistics } = collections.stop();
  const peak = Math.max(process.memoryUsage().heapUsed, ...statistics.map((one) => one.beforeGC.heapStatistics.usedHeapSize)) - before;
  const live = Math.max(before, ...statistics.map((one) => one.afterGC.heapStatistics.usedHeapSize)) - before;
  return { peak, live };
}
