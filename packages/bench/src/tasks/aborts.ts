/** Streams that are aborted at their first delta: when each was aborted, and what they leave behind. */
import { type Subject, textOf } from "../subject.ts";
import { crowded, liveHeap, pause } from "./heap.ts";

export interface AbortFigures {
  /** Nanoseconds of the machine's monotonic clock, as text: of those that are aborted one after another. */
  at: string[];
  /** Bytes of heap more than before. */
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
  await crowded(times, atOnce, async () => {
    at.push(String(await abort()));
    // One after another: each socket is closed before the next is opened.
    if (atOnce === 1) await pause(5);
  });
  // Sockets and streams let go of what they hold some turns later.
  await pause(400);
  return { at: atOnce === 1 ? at : [], heap: liveHeap() - before };
}

type Read = NonNullable<Subject["text"]["chat"]>;

/** `over`: the subject has given up, however it says so. */
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
