/** Garbage collection on demand, for tests that measure memory. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
export const collectGarbage: () => void = runInNewContext("gc") as () => void; // the flag makes it

const ROUNDS = 6;
const PAUSE = 300;

/**
 * Bytes of the heap that stay in use. Timers, sockets and buffers of requests that are over are released within a second, and differ from one moment to the next by
 * some per cent of the heap. So this is the least of several measurements.
 */
export async function retainedHeap(): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
    collectGarbage();
    least = Math.min(least, process.memoryUsage().heapUsed);
  }
  return least;
}
