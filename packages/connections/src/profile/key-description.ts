import { isLumiverseError, type Provider } from "@lumiverse/core";
import { keyIssues } from "./validate.ts";

/** What a pasted key shows without a request to the vendor. */
export type KeyDescription =
  /** Facts that are not secret, such as `project` and `email` of a service account. */
  { details: Readonly<Record<string, string>>; problem?: undefined } | { problem: string; details?: undefined };

/** Reads a pasted key. The result never quotes it. */
export function describeKey(provider: Provider, key: string): KeyDescription {
  const [issue] = keyIssues(provider, key);
  if (issue !== undefined) return { problem: issue.message };
  try {
    return { details: provider.describeKey?.(key.trim()) ?? {} };
  } catch (cause) {
    if (!isLumiverseError(cause)) throw cause;
    return { problem: cause.message };
  }
}
