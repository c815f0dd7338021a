/** Errors as the SDK's own classes. */
import {
  APICallError,
  InvalidArgumentError,
  InvalidPromptError,
  InvalidResponseDataError,
  LoadAPIKeyError,
  UnsupportedFunctionalityError,
} from "@ai-sdk/provider";
import { isLumiverseError, type LumiverseError } from "@lumiverse/core";

/** The failed call, for the fields of the SDK's error. */
export interface FailedCall {
  /** True when the SDK repeats failed calls, and not the connection. */
  mayRetry: boolean;
  /** The body that was sent. */
  body?: unknown;
  prompt?: unknown;
  signal?: AbortSignal | undefined;
}

/** What `APICallError.data` holds. */
export interface ApiCallErrorData {
  /** The error's code: a word to branch on. */
  code: LumiverseError["code"];
  provider: string | undefined;
  /** The vendor's own code or type. */
  vendorCode: string | undefined;
  /** Whether the same call may succeed later, whoever repeats it. */
  retryable: boolean;
  requestId: string | undefined;
  hint: string | undefined;
  attempts: LumiverseError["attempts"];
  notes: LumiverseError["notes"];
}

/** The error that a function of the SDK throws. The `LumiverseError` is its `cause`. Other errors are returned as they are. */
export function sdkError(error: unknown, call: FailedCall): unknown {
  if (!isLumiverseError(error)) return error;
  if (error.code === "aborted") return abortError(error, call.signal);
  if (isUnreadable(error)) return unreadable(error);
  const wasSent = error.attempts.length > 0;
  return (wasSent ? undefined : unsentError(error, call)) ?? apiCallError(error, call);
}

/** The caller's own reason, if the SDK recognises it as an abort. Otherwise an `AbortError`. */
function abortError(error: LumiverseError, signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  if (reason instanceof Error && (reason.name === "AbortError" || reason.name === "TimeoutError")) return reason;
  return withCause(new DOMException(error.message, "AbortError"), error);
}

/** True for an answer that was accepted and then broke off or made no sense. */
function isUnreadable({ code, status = 200 }: LumiverseError): boolean {
  return (code === "malformed-response" || code === "truncated") && status < 300;
}

function unreadable(error: LumiverseError): Error {
  const data = error.partial?.text ?? error.generation;
  return withCause(new InvalidResponseDataError({ data, message: messageOf(error) }), error);
}

/** The error for a mistake that was found before anything was sent. Undefined for other errors. */
function unsentError(error: LumiverseError, { prompt }: FailedCall): Error | undefined {
  const { code, field } = error;
  const message = messageOf(error);
  switch (code) {
    case "unsupported":
      return withCause(new UnsupportedFunctionalityError({ functionality: field ?? "this request", message }), error);
    case "authentication":
      return withCause(new LoadAPIKeyError({ message }), error);
    case "configuration":
      if (field === undefined) return withCause(new LoadAPIKeyError({ message }), error);
      return new InvalidArgumentError({ argument: field, message, cause: error });
    case "invalid-request":
      if (field?.startsWith("messages") === true) return new InvalidPromptError({ prompt, message, cause: error });
      return new InvalidArgumentError({ argument: field ?? "request", message, cause: error });
    default:
      return undefined;
  }
}

function apiCallError(error: LumiverseError, { mayRetry, body }: FailedCall): APICallError {
  const { code, provider, status, vendorCode, retryable, retryAfterMs, requestId, hint, attempts, notes } = error;
  const data: ApiCallErrorData = { code, provider, vendorCode, retryable, requestId, hint, attempts, notes };
  // Core keeps values of the response's headers, not the headers. The SDK reads them under these names.
  const responseHeaders: Record<string, string> = {
    ...(retryAfterMs === undefined ? {} : { "retry-after-ms": String(retryAfterMs) }),
    ...(requestId === undefined ? {} : { "x-request-id": requestId }),
  };
  return new APICallError({
    message: messageOf(error),
    url: attempts.at(-1)?.url ?? "",
    requestBodyValues: body,
    isRetryable: mayRetry && retryable,
    data,
    cause: error,
    ...(status === undefined || isOfAnswer(status, code) ? {} : { statusCode: status }),
    ...(Object.keys(responseHeaders).length === 0 ? {} : { responseHeaders }),
  });
}

/** True for a status that was received before the answer broke off or fell silent. In the error, it would look like the host's report of the failure. */
function isOfAnswer(status: number, code: LumiverseError["code"]): boolean {
  return status < 300 && (code === "timeout" || code === "network");
}

function messageOf({ message, hint }: LumiverseError): string {
  return hint === undefined ? message : `${message} (${hint})`;
}

/** Adds the cause to an error whose constructor accepts none. */
function withCause<E extends Error>(error: E, cause: LumiverseError): E {
  Object.defineProperty(error, "cause", { value: cause, enumerable: false, configurable: true, writable: true });
  return error;
}
