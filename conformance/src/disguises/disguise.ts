/**
 * A disguise writes an answer the way some host writes it: with heartbeats, with an early finish reason, with empty values in unused fields. The content
 * is the same, so the answer must be the same.
 */
import type { StreamEvent } from "./stream-events.ts";

/** One disguise of a streamed answer. */
export interface Disguise {
  id: string;
  /** Describes what the host does, in a sentence. */
  title: string;
  /** Changes the events of an answer. Undefined if the protocol, or this answer, has no such form. */
  apply(events: readonly StreamEvent[], protocol: string): StreamEvent[] | undefined;
  /** The answer loses its usage, which must then not be called exact. Default: the usage stays the same. */
  losesUsage?: true;
}

/** Protocols by the form of their answers. */
export type ByProtocol<T> = Readonly<Partial<Record<string, T>>>;
