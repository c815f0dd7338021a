/** Milliseconds from the call to the first text delta, for short streams one after another. */
import { type Subject, textOf } from "../subject.ts";

export async function firstToken(subject: Subject, { base, times }: { base: string; times: number }): Promise<number[]> {
  const read = textOf(subject, "chat");
  const waits: number[] = [];
  for (let n = 0; n < times; n++) {
    const started = performance.now();
    await read(base, { first: () => waits.push(performance.now() - started) });
  }
  return waits;
}
