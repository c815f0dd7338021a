import type { Call, LumiverseError, Recovery } from "@lumiverse/core";

/** "Once more without": what refusals of this wire can be cured by. Each at most once a call, marked in `without`. */
export function recover<S>(error: LumiverseError, call: Call<S>): Recovery<S> | undefined {
  if (error.status !== 400) return undefined;
  // A signature made under another key, route or model: "Corrupted thought signature", "Thought signature is not valid".
  if (/thought[ _]?signature/i.test(error.message) && !call.without.has("signatures"))
    return {
      call: { ...call, without: new Set([...call.without, "signatures"]) },
      note: {
        kind: "recovered",
        field: "messages",
        message: "the vendor refused a thought signature: asked again without them, with its placeholder on tool calls",
      },
    };
  if (/penalty is not enabled/i.test(error.message) && !call.without.has("penalties")) {
    const { frequencyPenalty: _, presencePenalty: __, ...request } = call.request;
    return {
      call: { ...call, request, without: new Set([...call.without, "penalties"]) },
      note: { kind: "recovered", field: "frequencyPenalty", message: "the model takes no penalties: asked again without" },
    };
  }
  return undefined;
}
