import type { KeyVerdict, LumiverseError } from "@lumiverse/core/provider";

/** What a refusal says about the key. A host that complains about the balance, the model or the request has accepted the key first. */
export function keyVerdict(error: LumiverseError): KeyVerdict {
  const verdict: KeyVerdict = { key: "unknown", usable: "unknown", reason: error.message };
  if (error.hint !== undefined) verdict.hint = error.hint;
  switch (error.code) {
    case "authentication":
      return { ...verdict, key: "invalid", usable: false };
    case "insufficient-balance":
      return { ...verdict, key: "valid", usable: false };
    case "rate-limit":
    case "model-not-found":
    case "context-overflow":
    case "content-filter":
      return { ...verdict, key: "valid" };
    default:
      return verdict;
  }
}
