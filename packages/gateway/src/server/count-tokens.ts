import type { ChatRequest, Connection } from "@lumiverse/core";
import type { Target } from "../routing/target.ts";
import { estimateTokens } from "../tokens/estimate.ts";

/** Milliseconds that a vendor has to count. Clients wait for the count before they send a request. */
const TIMEOUT = 5000;

/** The tokens of a request: by the vendor's counter where it has one that answers, otherwise by an estimate. */
export async function countTokens(
  connection: Connection,
  request: ChatRequest,
  { model, profile }: Target,
  signal: AbortSignal,
): Promise<{ tokens: number; from: "vendor" | "estimate" }> {
  // A counter takes what makes a prompt, not every field of a call.
  const { spelling, vendorFields, parameters, ...asked } = request;
  try {
    const tokens = await connection.countTokens({ ...asked, model }, { signal, timeouts: { total: TIMEOUT } });
    if (Number.isFinite(tokens) && tokens > 0) return { tokens, from: "vendor" };
  } catch {
    // A vendor without a counter, or one that does not answer: a client without a count compacts its context too late.
  }
  return { tokens: estimateTokens(request, { model, provider: profile.provider }), from: "estimate" };
}
