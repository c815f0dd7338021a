/** What a refusal on the Messages wire means, in a response body and in the middle of a stream alike. */
import { type ErrorCode, type Failure, isHtml, isObject, LumiverseError } from "@lumiverse/core";
import { errorMessage, errorWords, isOverflow, statusCode } from "@lumiverse/core/wire";

/** By the vendor's `error.type`; the status is often 200 when the error is an event. */
const TYPES: Readonly<Record<string, readonly [ErrorCode, retryable?: boolean]>> = {
  invalid_request_error: ["invalid-request"],
  authentication_error: ["authentication"],
  billing_error: ["insufficient-balance"],
  permission_error: ["permission"],
  not_found_error: ["not-found"],
  conflict_error: ["server", true],
  request_too_large: ["invalid-request"],
  rate_limit_error: ["rate-limit"],
  api_error: ["server"],
  timeout_error: ["timeout", true],
  overloaded_error: ["overloaded"],
};

/** Texts inside `invalid_request_error` and its like that mean something else, and what to do. Tried in order. */
const TEXTS: readonly { text: RegExp; is?: ErrorCode; always?: true; hint: string }[] = [
  {
    text: /credit balance is too low|spend limit|usage limits?\b.*reached|out of extra usage/i,
    is: "insufficient-balance",
    hint: "Add credit or raise the spend limit in the vendor's console",
  },
  { text: /content filtering policy|usage polic(?:y|ies)/i, is: "content-filter", hint: "The vendor blocked this content" },
  { text: /^model: /i, is: "model-not-found", hint: "Check the model's id; models() lists what this key may use" },
  {
    text: /invalid `?signature`? in `?thinking`?/i,
    hint: 'The thinking belongs to another model, key or history; editedHistory: "drop_block" or "strip" leaves out what no longer fits',
  },
  {
    text: /prefix_mismatch_behavior|bound to a different conversation/i,
    hint: 'History was edited; set editedHistory to "drop_block" or "strip"',
  },
  {
    text: /does not support assistant (?:message )?prefill|must end with a user message/i,
    hint: 'Set prefill: "instruction" on the connection',
  },
  { text: /unexpected value.*anthropic-beta|anthropic-beta.*unexpected value/i, hint: "Take the value out of the setting betas" },
  {
    text: /maximum of 4 blocks with cache_control/i,
    hint: "parameters or hosted tools carry cache marks of their own; leave out some, or a breakpoint of promptCache",
  },
  { text: /cors requests?/i, hint: "Set browserAccess to call from a page" },
  // llama.cpp says it with 500.
  { text: /image input is not supported/i, is: "unsupported", always: true, hint: "The model on this server reads no images" },
];

export function errorOf(
  type: string | undefined,
  message: string,
  status: number | undefined,
  requestId?: string,
  again?: boolean,
): LumiverseError {
  const known = type === undefined ? undefined : TYPES[type];
  const retryable = again ?? known?.[1];
  let code: ErrorCode = known?.[0] ?? (status === undefined || status < 400 ? "server" : statusCode(status));
  let hint: string | undefined;
  for (const row of TEXTS) {
    if (!row.text.test(message)) continue;
    // A rate limit or an overload stays what it is, whatever its text says.
    if (row.is !== undefined && (row.always === true || code === "invalid-request" || code === "not-found" || code === "permission"))
      code = row.is;
    hint = row.hint;
    break;
  }
  if (code === "invalid-request" && type !== "request_too_large" && isOverflow(message, type === undefined ? [] : [type])) {
    code = "context-overflow";
    hint = "Shorten the conversation, or choose a model with a larger window";
  }
  if (type === "request_too_large" || status === 413)
    hint = "The body is over the vendor's limit (32 MB; less on other clouds): send fewer or smaller images and documents, or upload them";
  return new LumiverseError({
    code,
    message,
    ...(status === undefined ? {} : { status }),
    ...(type === undefined ? {} : { vendorCode: type }),
    ...(retryable === undefined ? {} : { retryable }),
    ...(hint === undefined ? {} : { hint }),
    ...(requestId === undefined ? {} : { requestId }),
  });
}

/** A refused request. Never throws: a page of HTML, an empty body and a foreign shape are refusals too. */
export function parseError(failure: Failure): LumiverseError {
  const { json, status } = failure;
  const type = errorType(json);
  const id = requestIdOf(json) ?? failure.headers.get("request-id") ?? undefined;
  const message = isHtml(failure)
    ? status === 413
      ? "the request is too large (the answer was a page, not JSON)"
      : `the host answered with a page, not JSON (HTTP ${status})`
    : (errorMessage(json) ??
      (failure.text.trim().slice(0, 500) ||
        (status < 400 ? "the vendor reported an error without a message" : `HTTP ${status} without a body`)));
  // The vendor says itself whether the same request may succeed.
  const again = failure.headers.get("x-should-retry");
  return errorOf(type, message, status, id, again === "true" ? true : again === "false" ? false : undefined);
}

function errorType(json: unknown): string | undefined {
  const words = errorWords(json);
  // `type: "error"` names the envelope, and other servers put the status beside the type.
  return words.find((word) => TYPES[word] !== undefined) ?? words.find((word) => word !== "error" && !/^\d+$/.test(word));
}
function requestIdOf(json: unknown): string | undefined {
  const id = isObject(json) ? json["request_id"] : undefined;
  return typeof id === "string" ? id : undefined;
}
