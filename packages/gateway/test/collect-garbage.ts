/** Garbage collection on demand, for tests that measure memory. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
export const collectGarbage: () => void = runInNewContext("gc") as () => void; // the flag makes it
