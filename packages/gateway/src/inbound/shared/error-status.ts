import type { ErrorCode, LumiverseError } from "@lumiverse/core";

/** The HTTP status of an error by its code. */
const STATUS: { readonly [C in ErrorCode]: number } = {
  authentication: 401,
  permission: 403,
  "insufficient-balance": 402,
  "rate-limit": 429,
  overloaded: 503,
  "context-overflow": 400,
  "content-filter": 400,
  "invalid-request": 400,
  "invalid-generation": 502,
  unsupported: 400,
  "model-not-found": 404,
  "not-found": 404,
  timeout: 504,
  network: 502,
  aborted: 499,
  truncated: 502,
  "malformed-response": 502,
  server: 502,
  configuration: 500,
};

/** Codes for which a client accepts several statuses, and which statuses of theirs are kept. */
const KEPT: { readonly [C in ErrorCode]?: (status: number) => boolean } = {
  "invalid-request": (status) => status >= 400 && status < 500,
  overloaded: isFailure,
  timeout: isFailure,
  server: isFailure,
  configuration: (status) => status === 503, // of the gateway itself: a connection that cannot be used now
};

/** True for statuses after which clients try again. */
function isFailure(status: number): boolean {
  return status >= 500 || status === 408 || status === 409 || status === 429;
}

/**
 * The status of an answer that reports an error. A refusal that is passed on in the words of a vendor of the client's protocol keeps its status. Another error
 * keeps a status that fits its code, so that a client neither repeats what is refused for good nor gives up what can succeed later.
 */
export function statusOf({ code, status = 0, vendorFields }: LumiverseError): number {
  const isKept = vendorFields === undefined ? KEPT[code]?.(status) === true : status >= 400;
  return isKept ? status : STATUS[code];
}

/** The headers of an answer that reports an error. */
export function errorHeaders({ retryAfterMs }: LumiverseError): Record<string, string> {
  return retryAfterMs === undefined ? {} : { "retry-after": String(Math.ceil(retryAfterMs / 1000)) };
}
