/** What is measured. Each subject is a module of its own, loaded in a process of its own. */
import type { Wire } from "./streams.ts";

/** What a subject read: the deltas as they came and the final response, as far as it offers both. */
export interface Reading {
  deltas: number;
  /** Of the final response. */
  characters: number;
  /** The final response itself: what a caller would keep. */
  response: unknown;
}
export interface Options {
  signal?: AbortSignal;
  /** Called at the first delta of text. */
  first?: () => void;
  /** The messages of the transcript, for subjects whose own shape of it is `{role, content}`. */
  messages?: readonly Line[];
}
export interface Line {
  role: "user" | "assistant";
  content: string;
}

export interface Subject {
  name: string;
  /** Streams a text answer from `base`. A wire that is missing here is one that it does not speak. */
  text: Partial<Record<Wire, (base: string, options: Options) => Promise<Reading>>>;
  /** Streams one tool call and returns the length of the note in its parsed arguments. */
  tool?: (base: string) => Promise<number>;
  /** One small whole answer: its text. */
  small?: (base: string, options: Options) => Promise<string>;
  /** Why it does not take part in a measure. */
  cannot?: { tool?: string; small?: string };
}

/** What everybody is asked where nothing else is said. */
export const question: readonly Line[] = [{ role: "user", content: "Tell me of the tide." }];

/** The one tool of the tool streams. */
export const noteTool: { name: string; description: string; parameters: Record<string, unknown> } = {
  name: "note",
  description: "Keeps a note.",
  parameters: { type: "object", properties: { note: { type: "string" } }, required: ["note"] },
};
/** Its stream of a wire; an error that says what it lacks. */
export function textOf(subject: Subject, wire: Wire): NonNullable<Subject["text"][Wire]> {
  const read = subject.text[wire];
  if (read === undefined) throw new Error("has no such wire");
  return read;
}

/** Clients are made once a base, as an application would. */
export function perBase<T>(make: (base: string) => T): (base: string) => T {
  const made = new Map<string, T>();
  return (base) => {
    let one = made.get(base);
    if (one === undefined) {
      one = make(base);
      made.set(base, one);
    }
    return one;
  };
}
