/** Lists, finds and searches many models. */
import type { Subject } from "../subject.ts";

/** Milliseconds of CPU time. */
export interface ModelsFigures {
  list: number;
  find: number;
  search: number;
}

export async function models(subject: Subject, { base, count }: { base: string; count: number }): Promise<ModelsFigures> {
  if (subject.models === undefined) throw new Error("lists no models");
  const questions = await subject.models(base, count);
  const cpuOf = async (work: () => Promise<number>): Promise<number> => {
    const before = process.cpuUsage();
    const found = await work();
    const { user, system } = process.cpuUsage(before);
    if (found !== count) throw new Error(`found ${found} of ${count} models`);
    return (user + system) / 1000;
  };
  return { list: await cpuOf(questions.list), find: await cpuOf(questions.find), search: await cpuOf(questions.search) };
}
