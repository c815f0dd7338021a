/** Errors of the admin API as JSON. */
import { type ConnectionsError, type FieldIssue, isConnectionsError, summaryOf } from "@lumiverse/connections";
import { type ErrorCode, isLumiverseError } from "@lumiverse/core";
import type { AdminErrorBody } from "./wire.ts";

/** An error of the admin API itself. */
export class AdminError extends Error {
  readonly status: number;
  readonly body: AdminErrorBody;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, body: AdminErrorBody, headers: Readonly<Record<string, string>> = {}) {
    super(body.message);
    this.name = "AdminError";
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

/** A request whose body or query has problems. */
export function badRequest(issues: readonly FieldIssue[]): AdminError {
  return new AdminError(400, { code: "invalid", message: summaryOf(issues), issues });
}

export function notFound(message: string): AdminError {
  return new AdminError(404, { code: "not-found", message });
}

const CONNECTIONS_STATUS: Readonly<Record<ConnectionsError["code"], number>> = {
  invalid: 400,
  "not-found": 404,
  conflict: 409,
  "key-required": 400,
  "key-missing": 409,
  "switched-off": 503,
  "vault-locked": 503,
  "secret-damaged": 500,
  "newer-schema": 500,
  unavailable: 503,
};

/** Statuses by the code of a call's error. The others are failures of the vendor or of the network. */
const CALL_STATUS: Partial<Record<ErrorCode, number>> = {
  "invalid-request": 400,
  configuration: 400,
  unsupported: 400,
  "not-found": 404,
  "model-not-found": 404,
  timeout: 504,
};

/** The answer to a failed request. An error from elsewhere gets a fixed text, because its own text may quote anything. */
export function errorResponse(cause: unknown, report: (cause: unknown) => void): Response {
  if (cause instanceof AdminError) return json(cause.status, cause.body, cause.headers);
  if (isConnectionsError(cause)) {
    const { code, message, hint, issues, current } = cause;
    return json(CONNECTIONS_STATUS[code], {
      code,
      message,
      ...(hint === undefined ? {} : { hint }),
      ...(issues.length === 0 ? {} : { issues }),
      ...(current === undefined ? {} : { current }),
    });
  }
  if (isLumiverseError(cause)) {
    const { code, message, hint, field } = cause;
    return json(CALL_STATUS[code] ?? 502, {
      code,
      message,
      ...(hint === undefined ? {} : { hint }),
      ...(field === undefined ? {} : { issues: [{ path: field, message }] }),
    });
  }
  report(cause);
  return json(500, { code: "server", message: "the server failed; its log says why" });
}

function json(status: number, error: AdminErrorBody, headers: Readonly<Record<string, string>> = {}): Response {
  return Response.json({ error }, { status, headers: { "cache-control": "no-store", ...headers } });
}
