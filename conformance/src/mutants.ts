/** Every mutant: at least one for each rule of the suite and for each fault (test/mutants.test.ts counts). */
import type { Mutant } from "./mutant.ts";
import { callingMutants } from "./mutants-calling.ts";
import { caseMutants } from "./mutants-cases.ts";
import { readingMutants } from "./mutants-reading.ts";
import { sendingMutants } from "./mutants-sending.ts";

export const mutants: readonly Mutant[] = [...readingMutants, ...sendingMutants, ...callingMutants, ...caseMutants];
