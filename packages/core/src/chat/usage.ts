export interface Cost {
  /** In units of the currency, such as dollars. */
  amount: number;
  /** ISO 4217, such as `USD`. */
  currency: string;
  /** `provider`: the vendor reported it. `catalogue`: computed from the dated price list. */
  from: "provider" | "catalogue";
  /** ISO date of the price list. */
  date?: string;
}

/** Token counts in disjoint buckets whose sum is billed. A count that the vendor did not report is `undefined`, never 0. */
export interface Usage {
  /** Prompt tokens that were neither read from nor written to a cache. */
  input?: number;
  cacheRead?: number;
  cacheWrite?: number;
  /** The part of `cacheWrite` that was written for an hour, where the vendor tells it apart. */
  cacheWrite1h?: number;
  /** All generated tokens, reasoning included. */
  output?: number;
  /** The part of `output` that was reasoning. */
  reasoning?: number;
  /** `exact`: the vendor's final count. `partial`: the last count seen of a call that did not end. `unknown`: none was reported. */
  completeness: "exact" | "partial" | "unknown";
  cost?: Cost;
  /** A charge that these counts do not cover, such as a pass of another model. No cost is computed then. */
  otherCharges?: string;
}
