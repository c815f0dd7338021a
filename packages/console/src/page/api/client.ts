/** Calls of the admin API. The session is a cookie that scripts cannot read. */
import type { FieldIssue } from "@lumiverse/connections";
import type { AdminErrorBody } from "@lumiverse/gateway/admin";

/** A request that the server refused (`status`), or that did not reach the server (status 0). */
export class ApiFailure extends Error {
  readonly status: number;
  readonly code: string;
  readonly hint: string | undefined;
  readonly issues: readonly FieldIssue[];
  readonly current: unknown;

  constructor(status: number, { code, message, hint, issues, current }: AdminErrorBody) {
    super(message);
    this.name = "ApiFailure";
    this.status = status;
    this.code = code;
    this.hint = hint;
    this.issues = issues ?? [];
    this.current = current;
  }
}

/** An event on `window`: a request needs a session, or the server refused a key or token. Its detail is a `SignedOut`. */
export const SIGNED_OUT = "lumiverse-signed-out";

export interface SignedOut {
  failure: ApiFailure;
  /** True when a key or a token was refused. */
  isRefusal: boolean;
}

export interface CallOptions {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  body?: unknown;
  signal?: AbortSignal;
}

/** Sends a request to the admin API and returns the JSON of the answer. @throws ApiFailure */
export async function call<T>(path: string, options: CallOptions = {}): Promise<T> {
  const response = await send(path, options);
  // The answer is not validated: the server and this page have the same version.
  return response.status === 204 ? (undefined as T) : ((await response.json()) as T);
}

/** Sends a request to the admin API and returns the response, for streams. @throws ApiFailure */
export async function send(path: string, { method = "GET", body, signal }: CallOptions = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(`/admin/v1/${path}`, {
      method,
      // The server refuses changes with another content type, because pages of other sites could send them.
      ...(method === "GET" ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body ?? {}) }),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (cause) {
    if (signal?.aborted === true) throw cause;
    throw new ApiFailure(0, { code: "network", message: "The gateway does not answer.", hint: "Is it still running?" });
  }
  if (response.ok) return response;
  const error = await failureOf(response);
  if (response.status === 401)
    window.dispatchEvent(new CustomEvent<SignedOut>(SIGNED_OUT, { detail: { failure: error, isRefusal: path === "session" } }));
  throw error;
}

async function failureOf(response: Response): Promise<ApiFailure> {
  const body = (await response.json().catch(() => undefined)) as { error?: AdminErrorBody } | undefined; // checked below
  const error = body?.error;
  if (typeof error?.message === "string") return new ApiFailure(response.status, { ...error, code: error.code ?? "server" });
  return new ApiFailure(response.status, { code: "server", message: `The gateway answered with status ${response.status}.` });
}
