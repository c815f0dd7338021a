/** Random numbers that a seed reproduces. */
import { random } from "@lumiverse/conformance/internals";

export interface Random {
  /** A whole number from 0 to `below` - 1. */
  below(below: number): number;
  /** True once in `n` on average. */
  oneIn(n: number): boolean;
  pick<T>(items: readonly T[]): T;
}

/** The same numbers for the same seed and input. */
export function createRandom(seed: number, input: number): Random {
  const next = random(Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(input + 1, 0xc2b2ae35));
  const below = (count: number): number => Math.floor(next() * count);
  return {
    below,
    oneIn: (n) => below(n) === 0,
    pick(items) {
      if (items.length === 0) throw new RangeError("there is nothing to pick from");
      return items[below(items.length)] as (typeof items)[number]; // the index is below the length
    },
  };
}
