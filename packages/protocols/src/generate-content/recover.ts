/** Which refused calls are repeated, and without what. */
import { type Call, type LumiverseError, type Recovery, withDegradation } from "@lumiverse/core/provider";

/** Marks in `Call.degradations`: what a repeated call leaves out. */
export const DEGRADATIONS = { signatures: "signatures", penalties: "penalties" } as const;

/** The call to repeat after a refusal, or undefined when repeating it would not help. Each repair is tried once. */
export function recover<S>({ error, call }: { error: LumiverseError; call: Call<S> }): Recovery<S> | undefined {
  if (error.status !== 400) return undefined;
  // The signature was made under another key, route or model: "Corrupted thought signature", "Thought signature is not valid".
  if (/thought[ _]?signature/i.test(error.message) && !call.degradations.has(DEGRADATIONS.signatures))
    return {
      call: withDegradation(call, DEGRADATIONS.signatures),
      note: {
        kind: "recovered",
        field: "messages",
        message: "The vendor refused a thought signature. The call was repeated without signatures, with the vendor's placeholder.",
      },
    };
  if (/penalty is not enabled/i.test(error.message) && !call.degradations.has(DEGRADATIONS.penalties)) {
    const { frequencyPenalty: _, presencePenalty: __, ...request } = call.request;
    return {
      call: withDegradation({ ...call, request }, DEGRADATIONS.penalties),
      note: {
        kind: "recovered",
        field: "frequencyPenalty",
        message: "The model accepts no penalties. The call was repeated without them.",
      },
    };
  }
  return undefined;
}
