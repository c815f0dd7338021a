/** The interface of a measured library. Each subject is one module, loaded in its own process. */
import type { ChatRequest } from "@lumiverse/core";
import type { Protocol } from "./streams.ts";

/** What a subject read: the deltas and the final response, if the library has both. */
export interface Reading extends Final {
  deltas: number;
}
export interface Final {
  /** The text in the final response. */
  text: string;
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
  /** Streams a text answer from `base`, for each protocol that the library supports. A generator, because applications pass deltas on. */
  text: Partial<Record<Protocol, (base: string, options: Options) => AsyncGenerator<string, Final>>>;
  /** Streams a text answer and waits once per packet. The limit has no other way. */
  packets?: Partial<Record<Protocol, Read>>;
  /** Streams one tool call and returns the length of the note in its parsed arguments. */
  tool?: (base: string) => Promise<number>;
  /** Requests a small unstreamed answer and returns its text. */
  small?: (base: string, options: Options) => Promise<string>;
  /** Opens a new connection whose `fetch` answers at once. Only this library has it. */
  large?: (protocol: Protocol) => { send(request: ChatRequest): Promise<unknown>; explain(request: ChatRequest): Promise<unknown> };
  /** Only this library has it. */
  models?: (base: string, count: number) => Promise<ModelQuestions>;
  /** Why the library is not measured in a task. */
  unsupported?: { tool?: string; small?: string };
}

/** Questions about many models. Each returns the number of models that it found. */
export interface ModelQuestions {
  /** The live list of a vendor. */
  list(): Promise<number>;
  /** By capability, in a catalogue. */
  find(): Promise<number>;
  /** As in a model picker. */
  search(): Promise<number>;
}

/** The default messages. */
export const question: readonly Turn[] = [{ role: "user", content: "Tell me about the tide." }];

/** The tool in the tool streams. */
export const noteTool: { name: string; description: string; parameters: Record<string, unknown> } = {
  name: "note",
  description: "Saves a note.",
  parameters: { type: "object", properties: { note: { type: "string" } }, required: ["note"] },
};
/** Reads a text stream to its end. */
export type Read = (base: string, options: Options) => Promise<Reading>;

/** Reads the text stream of a protocol: delta by delta, or packet by packet. @throws Error when the subject does not support it */
export function textOf(subject: Subject, protocol: Protocol, by: "delta" | "packet" = "delta"): Read {
  const stream = by === "delta" ? subject.text[protocol] : undefined;
  const read = subject.packets?.[protocol];
  if (stream !== undefined) return (base, options) => readDeltas(stream(base, options), options);
  if (read !== undefined) return read;
  throw new Error(subject.text[protocol] === undefined ? "does not support the protocol" : "has no way to read packets");
}

async function readDeltas(stream: AsyncGenerator<string, Final>, { first }: Options): Promise<Reading> {
  for (let deltas = 0; ; ) {
    const { done, value } = await stream.next();
    if (done === true) return { deltas, ...value };
    if (value !== "" && deltas++ === 0) first?.();
  }
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
