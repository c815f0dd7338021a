/** Measures subjects in rounds, so that other load on the machine affects all of them equally. */
import type { Bench } from "../bench.ts";
import type { Child } from "../child.ts";
import { createRunners, type Runners } from "../runners.ts";
import type { Cell, Row } from "../table.ts";

/** The answers of each subject, one per round, or the reason why it has none. */
export type Answers<T> = Map<string, T[] | { problem: string }>;

export interface Rounds<T> {
  name: string;
  subjects: readonly string[];
  /** The number of rounds in which a subject takes part. */
  rounds: (subject: string) => number;
  ask: (child: Child, subject: string) => Promise<T>;
  /** Default: processes of these rounds alone. */
  runners?: Runners;
}

export async function inRounds<T>(bench: Bench, { name, subjects, rounds, ask, runners }: Rounds<T>): Promise<Answers<T>> {
  const answers: Answers<T> = new Map(subjects.map((subject) => [subject, []]));
  const processes = runners ?? createRunners(bench);
  for (let round = 0; round < Math.max(...subjects.map(rounds)); round++) {
    for (const [subject, list] of answers) {
      if (!Array.isArray(list) || round >= rounds(subject)) continue;
      bench.progress(`${name}: ${subject}, round ${round + 1}`);
      try {
        list.push(await ask(await processes.of(subject), subject));
      } catch (error) {
        answers.set(subject, { problem: error instanceof Error ? error.message : String(error) });
      }
    }
  }
  if (runners === undefined) processes.end();
  return answers;
}

/** A row without its cells, and how a cell is computed from the answers of a subject. */
export interface RowPlan<T> extends Omit<Row, "cells"> {
  figure: (list: T[]) => Cell;
}

export function rowsOf<T>(answers: Answers<T>, plans: readonly RowPlan<T>[]): Row[] {
  return plans.map(({ figure, ...row }) => ({ ...row, cells: cells(answers, figure) }));
}

/** The cells of one row, computed from the answers. */
export function cells<T>(answers: Answers<T>, figure: (list: T[]) => Cell): Record<string, Cell> {
  return Object.fromEntries([...answers].map(([subject, list]) => [subject, Array.isArray(list) ? figure(list) : list]));
}
