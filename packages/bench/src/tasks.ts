/** The tasks of a subject's process. The measures define the parameters of each task. */
import type { Subject } from "./subject.ts";
import { aborts } from "./tasks/aborts.ts";
import { concurrency } from "./tasks/concurrency.ts";
import { cpu } from "./tasks/cpu.ts";
import { firstToken } from "./tasks/first-token.ts";
import { models } from "./tasks/models.ts";
import { profile } from "./tasks/profile.ts";
import { rendering } from "./tasks/rendering.ts";
import { soak } from "./tasks/soak.ts";
import { streamHeap } from "./tasks/stream-heap.ts";

export const tasks: Record<string, (subject: Subject, parameters: never) => Promise<unknown>> = {
  aborts,
  cpu,
  concurrency,
  "first-token": firstToken,
  streamHeap,
  models,
  profile,
  rendering,
  soak,
};
