/** What a subject's process can be asked to do. Which parameters a task takes is known where the order is written. */
import type { Subject } from "./subject.ts";
import { aborts } from "./tasks/aborts.ts";
import { cpu } from "./tasks/cpu.ts";
import { crowd } from "./tasks/crowd.ts";
import { first } from "./tasks/first.ts";
import { held } from "./tasks/held.ts";
import { profile } from "./tasks/profile.ts";
import { soak } from "./tasks/soak.ts";

export const tasks: Record<string, (subject: Subject, parameters: never) => Promise<unknown>> = {
  aborts,
  cpu,
  crowd,
  first,
  held,
  profile,
  soak,
};
