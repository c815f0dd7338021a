/** Runs inputs, each made from a seed and a number alone, so that one input can be repeated by itself. */
import { type Answer, mutateAnswer } from "./mutate-answer.ts";
import { anyValue, mutateJson } from "./mutate-json.ts";
import { type Fault, faultsOf } from "./oracle.ts";
import { createRandom, type Random } from "./random.ts";
import type { Seen, Subject } from "./subjects.ts";

/** A fault and the input that shows it. */
export interface FoundFault extends Fault {
  input: number;
  subject: string;
}

/** Makes and runs one input. */
export async function runInput(subjects: readonly Subject[], seed: number, input: number): Promise<FoundFault[]> {
  const { subject, answers, json, query } = inputOf(subjects, seed, input);
  const seen: Seen = { events: [], observations: [], secrets: [] };
  try {
    await subject.run({ answers, json, seen, query });
  } catch (error) {
    seen.error = error ?? "nothing was thrown";
  }
  return faultsOf(seen).map((fault) => ({ ...fault, input, subject: subject.name }));
}

/** The input of a number: a subject, and what its host answers. */
export function inputOf(
  subjects: readonly Subject[],
  seed: number,
  input: number,
): { subject: Subject; answers: readonly Answer[]; json: unknown; query: boolean } {
  const random = createRandom(seed, input);
  let subject = random.pick(subjects);
  // Picked again up to twice, because signed calls would take most of the time.
  for (let again = 0; subject.signs && again < 2; again++) subject = random.pick(subjects);
  const json = mutateJson(anyValue(random), random, random.below(3));
  return { subject, answers: mutatedAnswers(subject, random), json, query: random.oneIn(2) };
}

function mutatedAnswers({ answers, others }: Subject, random: Random): readonly Answer[] {
  if (answers.length === 0) return [];
  // Mostly the last answer, because the ones before it are token exchanges and probes.
  const at = random.oneIn(4) ? random.below(answers.length) : answers.length - 1;
  return answers.map((answer, index) => {
    if (index !== at) return answer;
    const base = others.length > 0 && random.oneIn(12) ? random.pick(others) : answer;
    return mutateAnswer(base, random);
  });
}
