import type { Charge } from "./counters.ts";

/** What a call may use, and the targets that may be asked for it. */
export interface Grant {
  charge: Charge;
  /** By the place of each target that the key can pay for: the output limit to send, or undefined where the request needs no other. Absent: all targets, unchanged. */
  outputs?: ReadonlyMap<number, number | undefined>;
}

/** What a call asks of its key's limits. */
export interface ChargeOffer {
  whole: Grant;
  /** The largest grant that costs at most that much, in billionths: with a lower output limit. Undefined when no useful answer is left. */
  within(cost: number): Grant | undefined;
}
