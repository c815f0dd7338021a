/** Measures subjects in rounds, so that other load on the machine affects all of them equally. */
import type { Bench } from "../bench.ts";
import type { Child } from "../child.ts";
import type { Cell } from "../table.ts";

/** The answers of each subject, one per round, or the reason why it has none. */
export type Answers<T> = Map<string, T[] | { problem: string }>;

export async function inRounds<T>(
  bench: Bench,
  name: string,
  subjects: readonly string[],
  rounds: (subject: string) => number,
  ask: (child: Child, subject: string) => Promise<T>,
): Promise<Answers<T>> {
  const answers: Answers<T> = new Map();
  const children = new Map<string, Child>();
  for (const subject of subjects) {
    children.set(subject, await bench.runner(subject));
    answers.set(subject, []);
  }
  for (let round = 0; round < Math.max(...subjects.map(rounds)); round++) {
    for (const [subject, child] of children) {
      const list = answers.get(subject);
      if (!Array.isArray(list) || round >= rounds(subject)) continue;
      bench.progress(`${name}: ${subject}, round ${round + 1}`);
      try {
        list.push(await ask(child, subject));
      } catch (error) {
        answers.set(subject, { problem: error instanceof Error ? error.message : String(error) });
      }
    }
  }
  for (const child of children.values()) child.end();
  return answers;
}

/** The cells of one row, computed from the answers. */
export function cells<T>(answers: Answers<T>, figure: (list: T[]) => Cell): Record<string, Cell> {
  return Object.fromEntries([...answers].map(([subject, list]) => [subject, Array.isArray(list) ? figure(list) : list]));
}
