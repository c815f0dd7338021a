import { isLumiverseError, LumiverseError, type LumiverseErrorOptions } from "@lumiverse/core";
import { isObject, wordOf } from "@lumiverse/core/provider";

/** The error itself, or a `server` error around what something else threw. */
export function toLumiverseError(cause: unknown): LumiverseError {
  if (isLumiverseError(cause)) return cause;
  return new LumiverseError({ code: "server", message: messageOf(cause), retryable: false, cause });
}

/** The message of whatever was thrown. Never throws itself, although its argument can have any getters. */
export function messageOf(cause: unknown): string {
  try {
    const message = isObject(cause) ? cause["message"] : cause;
    return typeof message === "string" ? message : wordOf(cause);
  } catch {
    return "an object that cannot be read";
  }
}

const OPTIONAL_FIELDS = [
  "provider",
  "status",
  "vendorCode",
  "retryAfterMs",
  "requestId",
  "partial",
  "hint",
  "generation",
  "field",
] as const satisfies readonly (keyof LumiverseErrorOptions)[];

/** The options that make the same error again, so that a changed copy can be thrown. */
export function optionsOf(error: LumiverseError): LumiverseErrorOptions {
  const { code, message, retryable, attempts, notes } = error;
  const given: LumiverseErrorOptions = { code, message, retryable, attempts, notes };
  for (const field of OPTIONAL_FIELDS) if (error[field] !== undefined) Object.assign(given, { [field]: error[field] });
  return given;
}
