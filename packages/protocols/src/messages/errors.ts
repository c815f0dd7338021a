/** What a refusal of the Messages protocol means, as a response or as an event of a stream. https://platform.claude.com/docs/en/api/errors */
import {
  definedFields,
  type ErrorCode,
  errorMessage,
  errorWords,
  type Failure,
  isHtml,
  isObject,
  LumiverseError,
  ownValue,
  ReportedFailure,
} from "@lumiverse/core/provider";
import { isTooLong, meaningOf } from "../shared/errors.ts";
import { envelopeError, isBareFailure, isFailureEnvelope, statedStatus } from "../shared/failure-envelopes.ts";
import { isFilled } from "../shared/json-values.ts";
import { templateError } from "../shared/template-errors.ts";

/** An error event, or an error body that came with HTTP 200, for a reader to throw. Undefined when the JSON is not an error. */
export function reportedFailure(json: unknown): ReportedFailure | undefined {
  if (!isObject(json)) return undefined;
  const isError =
    json["type"] === "error" ||
    isFilled(json["error"]) ||
    // Z.AI answers a refused key with `{ success: false, code, msg }`.
    (json["content"] === undefined && isBareFailure(json)) ||
    isFailureEnvelope(json);
  return isError ? new ReportedFailure({ status: statedStatus(json) ?? 200, text: "", json }) : undefined;
}

/** By the vendor's `error.type`. In a stream the HTTP status is 200, so the type comes first. */
const TYPES: Readonly<Record<string, { code: ErrorCode; retryable?: boolean }>> = {
  invalid_request_error: { code: "invalid-request" },
  authentication_error: { code: "authentication" },
  billing_error: { code: "insufficient-balance" },
  permission_error: { code: "permission" },
  not_found_error: { code: "not-found" },
  conflict_error: { code: "server", retryable: true },
  request_too_large: { code: "invalid-request" },
  rate_limit_error: { code: "rate-limit" },
  api_error: { code: "server" },
  timeout_error: { code: "timeout", retryable: true },
  overloaded_error: { code: "overloaded" },
};

/** Sentences that say more than the type does. The first match counts. */
const SENTENCES: readonly { text: RegExp; code?: ErrorCode; anyType?: true; hint: string }[] = [
  {
    text: /credit balance is too low|spend limit|usage limits?\b.*reached|reached\b.*\busage limit|out of extra usage/i,
    code: "insufficient-balance",
    hint: "Add credit or raise the spend limit in the vendor's console",
  },
  { text: /content filtering policy|usage polic(?:y|ies)/i, code: "content-filter", hint: "The vendor blocked this content" },
  {
    text: /^model: |\bmodel\b.{1,200}\bnot (?:found|exist)/i,
    code: "model-not-found",
    hint: "Check the model's id; models() lists what this key may use",
  },
  {
    text: /invalid `?signature`? in `?thinking`?|prefix_mismatch_behavior|bound to a different conversation/i,
    hint: 'The thinking belongs to another model, key or history. Set editedHistory to "drop_block" or "strip" to leave it out',
  },
  {
    text: /does not support assistant (?:message )?prefill|must end with a user message/i,
    hint: 'Set unsupported: { prefill: "drop" } on the connection to request the beginning in words',
  },
  { text: /unexpected value.*anthropic-beta|anthropic-beta.*unexpected value/i, hint: "Remove the value from the setting betas" },
  {
    text: /maximum of 4 blocks with cache_control/i,
    hint: "parameters or hosted tools contain cache breakpoints of their own. Remove some of them, or a breakpoint of promptCache",
  },
  { text: /cors requests?/i, hint: "Set browserAccess to call the vendor from a browser" },
  // llama.cpp reports this with status 500.
  { text: /image input is not supported/i, code: "unsupported", anyType: true, hint: "The model on this server does not accept images" },
];

/** Interprets a refused request. Never throws, because an HTML page, an empty body and an unknown shape are refusals too. */
export function parseError(failure: Failure): LumiverseError {
  const { json, status, headers } = failure;
  const reported = envelopeError(json, status);
  if (reported !== undefined) return reported;
  const type = errorType(json);
  const known = ownValue(TYPES, type);
  const message = messageOf(failure);
  const { code, hint } = interpret(type, known?.code ?? meaningOf({ status, words: errorWords(json), message }), message, status);
  // The vendor's own word on whether the same request may succeed.
  const shouldRetry = headers.get("x-should-retry");
  const retryable = shouldRetry === "true" ? true : shouldRetry === "false" ? false : known?.retryable;
  const requestId = requestIdOf(json) ?? headers.get("request-id") ?? undefined;
  return new LumiverseError({
    code,
    message,
    status,
    ...definedFields({ vendorCode: type, retryable, hint, requestId }),
  });
}

function interpret(
  type: string | undefined,
  byType: ErrorCode,
  message: string,
  status: number,
): { code: ErrorCode; hint: string | undefined } {
  // Local servers report exceptions of the chat template as failures of their own.
  const template = templateError(status, message);
  if (template !== undefined) return { code: template.is, hint: template.hint };
  let code = byType;
  const sentence = SENTENCES.find(({ text }) => text.test(message));
  let hint = sentence?.hint;
  // A rate limit or an overload keeps its code whatever its message says.
  if (
    sentence?.code !== undefined &&
    (sentence.anyType === true || code === "invalid-request" || code === "not-found" || code === "permission")
  )
    code = sentence.code;
  const words = type === undefined ? [] : [type];
  if (code === "invalid-request" && type !== "request_too_large" && isTooLong({ status, message, words })) {
    code = "context-overflow";
    hint = "Shorten the conversation, or choose a model with a larger context window";
  }
  if (type === "request_too_large" || status === 413)
    hint = "The body is over the vendor's limit (32 MB; less on other clouds). Send fewer or smaller images and documents, or upload them";
  return { code, hint };
}

/** Characters of a vendor's message that are kept. */
const MAX_MESSAGE = 2000;

function messageOf(failure: Failure): string {
  const { json, status, text } = failure;
  if (isHtml(failure))
    return status === 413
      ? "the request is too large (the host answered with an HTML page)"
      : `the host answered with an HTML page instead of JSON (HTTP ${status})`;
  // The sentences below are searched with patterns whose cost grows faster than the text.
  const message = errorMessage(json)?.slice(0, MAX_MESSAGE) ?? text.trim().slice(0, 500);
  if (message !== "") return message;
  return status < 400 ? "the vendor reported an error without a message" : `HTTP ${status} without a body`;
}

function errorType(json: unknown): string | undefined {
  const words = errorWords(json);
  // `type: "error"` names the envelope, and other servers add the status to the words.
  return words.find((word) => Object.hasOwn(TYPES, word)) ?? words.find((word) => word !== "error" && !/^\d+$/.test(word));
}

function requestIdOf(json: unknown): string | undefined {
  const id = isObject(json) ? json["request_id"] : undefined;
  return typeof id === "string" ? id : undefined;
}
