import { isObject, type JsonObject } from "@lumiverse/core";

export interface TokenLogprob {
  token: string;
  logprob: number;
}
export interface Logprob extends TokenLogprob {
  top?: TokenLogprob[];
}

/** Log-probabilities of one chunk, added to those before. */
export function readLogprobs(result: JsonObject, into: Logprob[]): void {
  const { chosenCandidates, topCandidates } = result;
  if (!Array.isArray(chosenCandidates)) return;
  for (let i = 0; i < chosenCandidates.length; i++) {
    const chosen = tokenOf(chosenCandidates[i]);
    if (chosen === undefined) continue;
    const top: unknown = Array.isArray(topCandidates) ? topCandidates[i] : undefined;
    const list =
      isObject(top) && Array.isArray(top["candidates"]) ? top["candidates"].map(tokenOf).filter((one) => one !== undefined) : undefined;
    into.push(list === undefined ? chosen : { token: chosen.token, logprob: chosen.logprob, top: list });
  }
}
function tokenOf(value: unknown): TokenLogprob | undefined {
  if (!isObject(value)) return undefined;
  const { token, logProbability } = value;
  return typeof token === "string" && typeof logProbability === "number" ? { token, logprob: logProbability } : undefined;
}
