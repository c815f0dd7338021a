/** Turns a refused request, or whatever was thrown while reading an answer, into the error that the caller receives. */
import { isLumiverseError, LumiverseError } from "../chat/errors.ts";
import { definedFields, isObject } from "../chat/json.ts";
import type { ChatRequest } from "../chat/request.ts";
import { messageOf } from "../chat/text.ts";
import type { Failure } from "../contract/http.ts";
import { isReportedFailure } from "../contract/reported-failure.ts";
import { retryAfterMs } from "../http/error-body.ts";
import { parseJson, readText } from "../http/read-text.ts";
import type { RequestLifetime } from "../http/request-lifetime.ts";
import { type Redact, redactJson } from "../http/secrets.ts";
import type { HttpCall } from "../http/send.ts";
import type { PreparedCall } from "../request/prepare.ts";
import { unwritablePath } from "../request/unwritable.ts";
import type { ConnectionState } from "./connection-state.ts";
import { keyHint, pathHint } from "./key-hints.ts";

/** Characters of an error body that are read. */
const LONGEST_ERROR_BODY = 1_000_000;

/** A response whose status is not a success, and the call that it answers. */
interface Refusal {
  response: Response;
  httpCall: HttpCall;
  lifetime: RequestLifetime;
  prepared: PreparedCall;
  state: ConnectionState;
}

export async function readRefusal({ response, httpCall, lifetime, prepared: { route, checked }, state }: Refusal): Promise<LumiverseError> {
  // Secrets are removed before a protocol quotes or cuts the text.
  const text = httpCall.redact(await readText(response, httpCall, lifetime, LONGEST_ERROR_BODY));
  // An escape such as \u002d shows a secret only once it is parsed.
  const json = redactJson(parseJson(text), httpCall.redact);
  const failure: Failure = { status: response.status, headers: response.headers, text, ...definedFields({ json }) };
  const error = route.protocol.parseError({ failure, call: checked });
  error.vendorFields = checked.request.vendorFields?.failure(json, error.message);
  error.status ??= failure.status;
  error.retryAfterMs ??= retryAfterMs(failure.headers, Date.now());
  if (error.code === "not-found") error.hint ??= pathHint(route.base);
  if (error.code === "authentication" && state.key === undefined) error.hint = `No key was sent. ${keyHint(state)}`;
  return error;
}

/** The call in which something was thrown. */
interface FailedCall {
  request: ChatRequest;
  prepared: PreparedCall | undefined;
  redact: Redact;
  /** The host had answered when it was thrown. */
  answered: boolean;
}

/** The error that something thrown stands for. */
export function toError(cause: unknown, { request, prepared, redact, answered }: FailedCall): LumiverseError {
  if (isLumiverseError(cause)) return cause;
  if (!answered) return unpreparable(cause, request);
  if (!isReportedFailure(cause) || prepared === undefined) return unreadable("the answer", cause);
  try {
    // The headers belong to a successful status, so a wait in them does not concern this failure.
    const { text, json, frame } = cause.failure;
    const { checked, route } = prepared;
    const clean = redactJson(json, redact);
    // Protocols quote the text where they find no message.
    const shown = redact(text) || (JSON.stringify(clean) ?? "");
    const failure: Failure = { status: cause.failure.status, text: shown, json: clean, headers: new Headers() };
    const error = route.protocol.parseError({ failure, call: checked });
    error.vendorFields = checked.request.vendorFields?.failure(redactJson(frame ?? json, redact), error.message);
    return error;
  } catch (broken) {
    return unreadable("the answer", broken);
  }
}

export function unreadable(what: string, cause: unknown): LumiverseError {
  // JSON.parse quotes a piece of its input, which can be a piece of a secret that is too short to be recognised.
  const isQuote = cause instanceof SyntaxError;
  return new LumiverseError({
    code: "malformed-response",
    message: `${what} could not be read: ${isQuote ? "it is not valid JSON" : messageOf(cause)}`,
    ...(isQuote ? {} : { cause }),
  });
}

/** The error for a request that breaks the code that prepares it, such as a schema that contains itself. */
export function unpreparable(cause: unknown, request: ChatRequest): LumiverseError {
  const field = isObject(request) ? unwritablePath(request) : undefined;
  const message = field === undefined ? messageOf(cause) : `${field} has no form in JSON: ${messageOf(cause)}`;
  return new LumiverseError({
    code: "invalid-request",
    message: `the request could not be prepared: ${message}`,
    cause,
    ...definedFields({ field }),
  });
}
