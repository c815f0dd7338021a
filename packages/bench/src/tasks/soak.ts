/** Thousands of streams that end and thousands that are aborted: what the process holds afterwards. */
import { getEventListeners } from "node:events";
import { type Subject, textOf } from "../subject.ts";
import { startAndAbort } from "./aborts.ts";
import { crowded, liveHeap, pause } from "./heap.ts";

export interface SoakFigures {
  /** Bytes of heap more than before. */
  heap: number;
  /** On the one signal that all finished streams were given. */
  listeners: number;
  /** Timers that still run, beyond those of before. */
  timers: number;
}

export async function soak(
  subject: Subject,
  { base, hang, streams }: { base: string; hang: string; streams: number },
): Promise<SoakFigures> {
  const read = textOf(subject, "chat");
  const { signal } = new AbortController();
  const round = async (times: number): Promise<void> => {
    await crowded(times, 50, () => read(base, { signal }));
    await crowded(times, 50, () => startAndAbort(read, hang).over);
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
