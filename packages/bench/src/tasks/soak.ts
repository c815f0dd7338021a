/** Thousands of finished and aborted streams. Reports what the process still has afterwards. */
import { getEventListeners } from "node:events";
import { type Subject, textOf } from "../subject.ts";
import { startAndAbort } from "./aborts.ts";
import { liveHeap, pause, runConcurrently } from "./heap.ts";

export interface SoakFigures {
  /** Additional bytes of heap. */
  heap: number;
  /** Listeners on the signal that all finished streams shared. */
  listeners: number;
  /** Additional timers that still run. */
  timers: number;
}

export async function soak(
  subject: Subject,
  { base, hang, streams }: { base: string; hang: string; streams: number },
): Promise<SoakFigures> {
  const read = textOf(subject, "chat");
  const { signal } = new AbortController();
  const round = async (times: number): Promise<void> => {
    await runConcurrently(times, 50, () => read(base, { signal }));
    await runConcurrently(times, 50, () => startAndAbort(read, hang).over);
    await pause(600);
  };
  await round(500);
  const timers = timersNow();
  const before = liveHeap();
  await round(streams);
  const heap = liveHeap() - before;
  return { heap, listeners: getEventListeners(signal, "abort").length, timers: Math.max(0, timersNow() - timers) };
}

function timersNow(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
}
