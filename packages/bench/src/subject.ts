/** The interface of a measured library. Each subject is one module, loaded in its own process. */
import type { Protocol } from "./streams.ts";

/** What a subject read: the deltas and the final response, if the library has both. */
export interface Reading {
  deltas: number;
  /** The length of the text in the final response. */
  characters: number;
  /** The final response, which an application would keep. */
  response: unknown;
}
export interface Options {
  signal?: AbortSignal;
  /** Called at the first delta of text. */
  first?: () => void;
  /** The messages of the conversation. */
  messages?: readonly Turn[];
}
export interface Turn {
  role: "user" | "assistant";
  content: string;
}

export interface Subject {
  name: string;
  /** Streams a text answer from `base`, for each protocol that the library supports. */
  text: Partial<Record<Protocol, (base: string, options: Options) => Promise<Reading>>>;
  /** Streams one tool call and returns the length of the note in its parsed arguments. */
  tool?: (base: string) => Promise<number>;
  /** Requests a small unstreamed answer and returns its text. */
  small?: (base: string, options: Options) => Promise<string>;
  /** Why the library is not measured in a task. */
  unsupported?: { tool?: string; small?: string };
}

/** The default messages. */
export const question: readonly Turn[] = [{ role: "user", content: "Tell me about the tide." }];

/** The tool in the tool streams. */
export const noteTool: { name: string; description: string; parameters: Record<string, unknown> } = {
  name: "note",
  description: "Saves a note.",
  parameters: { type: "object", properties: { note: { type: "string" } }, required: ["note"] },
};
/** The text stream of a protocol. @throws Error when the subject does not support it */
export function textOf(subject: Subject, protocol: Protocol): NonNullable<Subject["text"][Protocol]> {
  const read = subject.text[protocol];
  if (read === undefined) throw new Error("does not support the protocol");
  return read;
}

/** Creates one client per base URL, as an application would. */
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
