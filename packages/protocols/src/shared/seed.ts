import { type CheckedCall, LumiverseError, type Note, policyFor } from "@lumiverse/core/provider";

const BITS_31 = 2 ** 31;

/**
 * The seed for hosts that read it as a 32-bit integer and refuse a larger one. A larger seed, such as a time in milliseconds, is reduced to 31 bits, so that
 * different seeds stay different and the same seed stays the same.
 * @throws LumiverseError `unsupported` where the caller's policy for the seed is `error`
 */
export function seedOf32Bits(call: CheckedCall, notes: Note[]): number | undefined {
  const { seed } = call.request;
  if (seed === undefined || (seed >= -BITS_31 && seed < BITS_31)) return seed;
  const policy = policyFor(call.policy, "seed");
  if (policy === "send") return seed;
  if (policy === "error")
    throw new LumiverseError({ code: "unsupported", field: "seed", message: `seed is ${seed}; the host accepts 32-bit integers` });
  const reduced = Math.abs(seed % BITS_31);
  notes.push({ kind: "changed", field: "seed", message: `The seed ${seed} became ${reduced}: the host reads 32 bits.` });
  return reduced;
}
