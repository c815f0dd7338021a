import type { Call } from "../contract/call.ts";

/** The call with one more mark in `degradations`: what `recover` returns for a call that is repeated without a feature. */
export function withDegradation<C extends Pick<Call, "degradations">>(call: C, mark: string): C {
  return { ...call, degradations: new Set([...call.degradations, mark]) };
}
