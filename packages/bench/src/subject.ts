/** What is measured: each a module of its own, loaded in a process of its own. */
import type { Wire } from "./streams.ts";

export interface Subject {
  name: string;
  /** Streams a text answer from `base` and reads both its deltas and its final text; undefined: it has no such wire. */
  text?: (wire: Wire) => ((base: string) => Promise<{ deltas: number; characters: number }>) | undefined;
  /** Streams one tool call and returns the length of its arguments. */
  tool?: (base: string) => Promise<number>;
  /** One small whole answer. */
  small?: (base: string) => Promise<string>;
  /** Starts a stream and calls `first` at the first delta of text; resolves at the end. */
  first?: (base: string, first: () => void) => Promise<void>;
}
