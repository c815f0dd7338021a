/** Aborts streams at their first delta. Reports the time of each abort and the heap that they leave. */
import { type Read, type Subject, textOf } from "../subject.ts";
import { liveHeap, pause, runConcurrently } from "./heap.ts";

export interface AbortFigures {
  /** The time of each abort, in nanoseconds of the monotonic clock, as text. Empty for concurrent aborts. */
  at: string[];
  /** Additional bytes of heap. */
  heap: number;
}

export async function aborts(
  subject: Subject,
  { base, times, atOnce }: { base: string; times: number; atOnce: number },
): Promise<AbortFigures> {
  const read = textOf(subject, "chat");
  const abort = async (): Promise<bigint> => {
    const { at, over } = startAndAbort(read, base);
    await over;
    return at();
  };
  const before = liveHeap();
  const at: string[] = [];
  await runConcurrently(times, atOnce, async () => {
    at.push(String(await abort()));
    // Each socket closes before the next one opens.
    if (atOnce === 1) await pause(5);
  });
  // Sockets and streams release their memory later.
  await pause(400);
  return { at: atOnce === 1 ? at : [], heap: liveHeap() - before };
}

/** `over` resolves when the subject has stopped, with or without an error. */
export function startAndAbort(read: Read, base: string): { at: () => bigint; over: Promise<void> } {
  let at = 0n;
  const controller = new AbortController();
  const first = (): void => {
    at = process.hrtime.bigint();
    controller.abort();
  };
  const over = read(base, { signal: controller.signal, first }).then(
    () => {},
    (error: unknown) => {
      if (!controller.signal.aborted) throw error;
    },
  );
  return { at: () => at, over };
}
