/** CPU time of one thing, done so many times one after another. */
import type { Wire } from "../streams.ts";
import { type Line, type Subject, textOf } from "../subject.ts";

/** `text`: a stream of one wire. `tool`: a stream with one tool call. `small`: whole answers, so many at once. */
export type Work =
  | { kind: "text"; wire: Wire; base: string }
  | { kind: "tool"; base: string }
  | { kind: "small"; atOnce: number; base: string; messages?: number };

export interface CpuFigures {
  /** Milliseconds of CPU, user and system, of this process. */
  cpu: number;
  /** What was read: the same for everybody, or the figure is worth nothing. */
  check: string;
}

export async function cpu(subject: Subject, { work, repeat }: { work: Work; repeat: number }): Promise<CpuFigures> {
  const run = prepare(subject, work);
  const before = process.cpuUsage();
  let check = "";
  for (let n = 0; n < repeat; n++) check = await run();
  const used = process.cpuUsage(before);
  return { cpu: (used.user + used.system) / 1000, check };
}

/** One run of it; throws with what the subject lacks. */
export function prepare(subject: Subject, work: Work): () => Promise<string> {
  const { base } = work;
  if (work.kind === "text") {
    const read = textOf(subject, work.wire);
    return async () => {
      const { deltas, characters } = await read(base, {});
      return `${deltas} deltas, ${characters} characters`;
    };
  }
  if (work.kind === "tool") {
    const { tool } = subject;
    if (tool === undefined) throw new Error(subject.cannot?.tool ?? "has no such wire");
    return async () => `${await tool(base)} characters`;
  }
  const { small } = subject;
  if (small === undefined) throw new Error(subject.cannot?.small ?? "has no such wire");
  const options = work.messages === undefined ? {} : { messages: transcript(work.messages) };
  return async () => (await Promise.all(Array.from({ length: work.atOnce }, () => small(base, options))))[0] ?? "";
}

/** A transcript that ends with the user's turn. */
function transcript(length: number): Line[] {
  return Array.from({ length }, (_, i) => ({
    role: (length - i) % 2 === 1 ? "user" : "assistant",
    content: `Turn ${i}: the ferry leaves the quay when the tide has turned and the mist is gone.`,
  }));
}
