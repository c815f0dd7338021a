/** The heap of one long stream: its peak, and the rest after the stream with and without the response. */
import { GCProfiler } from "node:v8";
import { type Subject, textOf } from "../subject.ts";
import { liveHeap, pause } from "./heap.ts";

/** Bytes in addition to the heap before the stream. */
export interface StreamHeapFigures {
  peak: number;
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
  const peak = await peakOf(async () => {
    box.response = (await read(base, {})).response;
  });
  // Sockets and streams release their memory later.
  await pause(200);
  const kept = liveHeap() - before;
  delete box.response;
  await pause(200);
  return { peak, kept, dropped: liveHeap() - before };
}

/** The largest growth of the heap in bytes while `work` runs. The heap is largest before a collection. */
async function peakOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.memoryUsage().heapUsed;
  const collections = new GCProfiler();
  collections.start();
  await work();
  const { statistics } = collections.stop();
  return Math.max(process.memoryUsage().heapUsed, ...statistics.map((one) => one.beforeGC.heapStatistics.usedHeapSize)) - before;
}
