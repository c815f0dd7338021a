import type { ErrorCode, LumiverseError } from "@lumiverse/core";

/** The HTTP status of an error, where the vendor's own does not fit: another protocol, or no vendor was asked. */
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

/** Errors of which clients know several statuses: the vendor's own is kept. */
const KEPT: ReadonlySet<ErrorCode> = new Set(["invalid-request", "overloaded", "timeout", "server"]);

/** The status of an answer that reports an error. A refusal by a vendor of the client's protocol keeps its status. */
export function statusOf({ code, status, vendorFields }: LumiverseError): number {
  const isKept = vendorFields !== undefined || KEPT.has(code);
  return isKept && status !== undefined && status >= 400 ? status : STATUS[code];
}

/** The headers of an answer that reports an error. */
export function errorHeaders({ retryAfterMs }: LumiverseError): Record<string, string> {
  return retryAfterMs === undefined ? {} : { "retry-after": String(Math.ceil(retryAfterMs / 1000)) };
}
