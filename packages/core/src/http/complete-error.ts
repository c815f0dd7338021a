import type { LumiverseError } from "../chat/errors.ts";
import { type Redact, redactError } from "./secrets.ts";

/** Makes an error fit to leave the library: it names its provider, and secrets are removed from it. */
export function completeError(error: LumiverseError, provider: string, redact: Redact): LumiverseError {
  error.provider ??= provider;
  const prefix = `${provider}: `;
  if (!error.message.startsWith(prefix)) error.message = prefix + error.message;
  return redactError(error, redact);
}
