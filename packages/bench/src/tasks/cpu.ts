/** The CPU time of repeated calls, one after another. */
import type { Protocol } from "../streams.ts";
import { type Subject, type Turn, textOf } from "../subject.ts";

/** `text`: a text stream, read delta by delta or packet by packet. `tool`: a stream with a tool call. `small`: unstreamed answers, `atOnce` at the same time. */
export type Work =
  | { kind: "text"; protocol: Protocol; base: string; by?: "delta" | "packet" }
  | { kind: "tool"; base: string }
  | { kind: "small"; atOnce: number; base: string; messages?: number };

export interface CpuFigures {
  /** Milliseconds of CPU time (user and system) of this process. */
  cpu: number;
  /** What was read. A subject that read something else than the limit has no figure. */
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

/** Returns one run of the work. @throws Error when the subject does not support it */
export function prepare(subject: Subject, work: Work): () => Promise<string> {
  const { base } = work;
  if (work.kind === "text") {
    const read = textOf(subject, work.protocol, work.by);
    return async () => {
      const { deltas, text } = await read(base, {});
      // Looks at a character, because an engine may join the text only then.
      return `${deltas} deltas, ${text.length} characters, the last one is ${text.charCodeAt(text.length - 1)}`;
    };
  }
  if (work.kind === "tool") {
    const { tool } = subject;
    if (tool === undefined) throw new Error(subject.unsupported?.tool ?? "does not support the protocol");
    return async () => `${await tool(base)} characters`;
  }
  const { small } = subject;
  if (small === undefined) throw new Error(subject.unsupported?.small ?? "does not support the protocol");
  const options = work.messages === undefined ? {} : { messages: transcript(work.messages) };
  return async () => (await Promise.all(Array.from({ length: work.atOnce }, () => small(base, options))))[0] ?? "";
}

/** A conversation that ends with a turn of the user. */
function transcript(length: number): Turn[] {
  return Array.from({ length }, (_, i) => ({
    role: (length - i) % 2 === 1 ? "user" : "assistant",
    content: `Turn ${i}: the ferry leaves the quay when the tide has turned and the mist is gone.`,
  }));
}
