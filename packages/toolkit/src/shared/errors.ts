import { isLumiverseError, LumiverseError, type LumiverseErrorOptions } from "@lumiverse/core";

/** The error itself, or a `server` error around what something else threw. */
export function toLumiverseError(cause: unknown): LumiverseError {
  if (isLumiverseError(cause)) return cause;
  return new LumiverseError({ code: "server", message: messageOf(cause), retryable: false, cause });
}

export function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** The options that make the same error again, so that a changed copy can be thrown. */
export function optionsOf(error: LumiverseError): LumiverseErrorOptions {
  const { code, message, retryable, attempts, notes } = error;
  const given: LumiverseErrorOptions = { code, message, retryable, attempts, notes };
  if (error.provider !== undefined) given.provider = error.provider;
  if (error.status !== undefined) given.status = error.status;
  if (error.vendorCode !== undefined) given.vendorCode = error.vendorCode;
  if (error.retryAfterMs !== undefined) given.retryAfterMs = error.retryAfterMs;
  if (error.requestId !== undefined) given.requestId = error.requestId;
  if (error.partial !== undefined) given.partial = error.partial;
  if (error.hint !== undefined) given.hint = error.hint;
  if (error.generation !== undefined) given.generation = error.generation;
  if (error.field !== undefined) given.field = error.field;
  return given;
}
