import { isLumiverseError, type Provider } from "@lumiverse/core";
import { keyDoubt, keyIssues } from "./validate.ts";

/** What a pasted key shows without a request to the vendor. */
export type KeyDescription =
  /**
   * `details`: facts that are not secret, such as `project` and `email` of a service account. `doubt`: why the key is probably a mistake, as what follows
   * "the key": `looks like an example that stands for a key`. It can be saved all the same.
   */
  | { details: Readonly<Record<string, string>>; doubt?: string; problem?: undefined }
  | { problem: string; doubt?: undefined; details?: undefined };

/** Reads a pasted key. The result never quotes it. */
export function describeKey(provider: Provider, key: string, isVendor: boolean): KeyDescription {
  const [issue] = keyIssues(provider, key, isVendor);
  if (issue !== undefined) return { problem: issue.message };
  try {
    const doubt = keyDoubt(provider, key);
    return { details: provider.describeKey?.(key.trim()) ?? {}, ...(doubt === undefined ? {} : { doubt }) };
  } catch (cause) {
    if (!isLumiverseError(cause)) throw cause;
    return { problem: cause.message };
  }
}
