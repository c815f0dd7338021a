/** All mutants: at least one for each rule of the suite and each fault (test/mutants.test.ts checks it). */

import { askingMutants } from "./asking-mutants.ts";
import { callMutants } from "./call-mutants.ts";
import { callingMutants } from "./calling-mutants.ts";
import { caseMutants } from "./case-mutants.ts";
import { contentMutants } from "./content-mutants.ts";
import { disguiseMutants } from "./disguise-mutants.ts";
import { formMutants } from "./form-mutants.ts";
import type { Mutant } from "./mutant.ts";
import { readingMutants } from "./reading-mutants.ts";
import { sendingMutants } from "./sending-mutants.ts";

/** All mutants. */
export const mutants: readonly Mutant[] = [
  ...readingMutants,
  ...disguiseMutants,
  ...formMutants,
  ...callMutants,
  ...sendingMutants,
  ...contentMutants,
  ...askingMutants,
  ...callingMutants,
  ...caseMutants,
];
