import {
  type CheckedCall,
  type ErrorCode,
  type Failure,
  isHtml,
  isObject,
  type JsonObject,
  LumiverseError,
  type Message,
} from "@lumiverse/core";
import { isOverflow, statusCode } from "@lumiverse/core/wire";

/** What a refused request means. The vendor's status is coarse (a bad key is a 400), so the reason word in the details comes first. */
export function parseError(failure: Failure, call: CheckedCall): LumiverseError {
  // The stream endpoint and the compatibility layer wrap the error in a list.
  const json: unknown = Array.isArray(failure.json) ? failure.json[0] : failure.json;
  const error = isObject(json) ? json["error"] : undefined;
  if (isObject(error)) return errorOf(error, call, failure.status);
  const text =
    typeof error === "string" ? error : isHtml(failure) ? "a web page came in place of an answer" : failure.text.trim().slice(0, 500);
  return new LumiverseError({
    code: statusCode(failure.status),
    message: text === "" ? `HTTP ${failure.status} without a body` : text,
    status: failure.status,
    ...(isHtml(failure) ? { hint: "Check the base URL: a page answered, not the API" } : {}),
  });
}

/** The `error` object of a body, or of a chunk in mid-stream (then without an HTTP status). */
export function errorOf(error: JsonObject, call: Pick<CheckedCall, "messages">, httpStatus?: number): LumiverseError {
  const details = Array.isArray(error["details"]) ? error["details"].filter(isObject) : [];
  const message = typeof error["message"] === "string" ? error["message"] : "the vendor gave no message";
  const status = httpStatus ?? (typeof error["code"] === "number" ? error["code"] : 500);
  const word = typeof error["status"] === "string" ? error["status"] : undefined;
  const reason = details.map((detail) => detail["reason"]).find((one) => typeof one === "string");
  const facts = { status, word, reason, message, details, call };
  const verdict = byReason(facts) ?? byQuota(facts) ?? byText(facts) ?? byStatus(facts);
  return new LumiverseError({
    code: verdict.code,
    message,
    status,
    ...((reason ?? word) === undefined ? {} : { vendorCode: (reason ?? word) as string }),
    ...(verdict.retryable === undefined ? {} : { retryable: verdict.retryable }),
    ...(verdict.hint === undefined ? {} : { hint: verdict.hint }),
    ...waiting(message, details),
    ...fieldOf(details),
  });
}

interface ErrorFacts {
  status: number;
  word: string | undefined;
  reason: string | undefined;
  message: string;
  details: readonly JsonObject[];
  call: Pick<CheckedCall, "messages">;
}
interface Verdict {
  code: ErrorCode;
  retryable?: boolean;
  hint?: string;
}

/** `google.rpc.ErrorInfo.reason`, as seen in refusals and listed at https://cloud.google.com/apis/design/errors. */
const REASONS: Readonly<Record<string, Verdict>> = {
  API_KEY_INVALID: {
    code: "authentication",
    hint: "Make a key at https://aistudio.google.com/apikey; a 400 is how this vendor says that a key is wrong",
  },
  API_KEY_EXPIRED: { code: "authentication", hint: "Renew the key at https://aistudio.google.com/apikey" },
  ACCESS_TOKEN_EXPIRED: { code: "authentication" },
  ACCESS_TOKEN_TYPE_UNSUPPORTED: { code: "authentication", hint: "This kind of key does not go into the Authorization header here" },
  CREDENTIALS_MISSING: { code: "authentication" },
  ACCOUNT_STATE_INVALID: { code: "authentication", hint: "The service account is disabled or deleted" },
  SERVICE_DISABLED: {
    code: "permission",
    hint: "Enable the API in the Google Cloud console for the key's project, then wait a few minutes",
  },
  API_KEY_SERVICE_BLOCKED: {
    code: "permission",
    hint: "The key's restrictions leave out this API: edit the key in the Google Cloud console",
  },
  API_KEY_HTTP_REFERRER_BLOCKED: { code: "permission", hint: "The key is restricted to other web sites" },
  API_KEY_IP_ADDRESS_BLOCKED: { code: "permission", hint: "The key is restricted to other addresses" },
  API_KEY_ANDROID_APP_BLOCKED: { code: "permission", hint: "The key is restricted to an app" },
  API_KEY_IOS_APP_BLOCKED: { code: "permission", hint: "The key is restricted to an app" },
  CONSUMER_SUSPENDED: { code: "permission", hint: "The project of this key is suspended" },
  CONSUMER_INVALID: { code: "permission", hint: "The project does not exist, or the key can't use it" },
  USER_PROJECT_DENIED: { code: "permission", hint: "The account may not charge its calls to that quota project" },
  IAM_PERMISSION_DENIED: {
    code: "permission",
    hint: "Give the service account the role Vertex AI User (roles/aiplatform.user) in this project",
  },
  BILLING_DISABLED: { code: "insufficient-balance", hint: "Enable billing for the project" },
};
function byReason({ reason }: ErrorFacts): Verdict | undefined {
  return reason !== undefined && Object.hasOwn(REASONS, reason) ? REASONS[reason] : undefined;
}

/** A spent quota: by the minute it comes back, by the day it is not worth waiting, and a prompt larger than a minute's tokens never fits. */
function byQuota({ status, message, details, call }: ErrorFacts): Verdict | undefined {
  if (status !== 429) return undefined;
  for (const detail of details) {
    const violations = Array.isArray(detail["violations"]) ? detail["violations"].filter(isObject) : [];
    for (const { quotaMetric, quotaId, quotaValue } of violations) {
      if (typeof quotaId === "string" && quotaId.includes("PerDay"))
        return {
          code: "rate-limit",
          retryable: false,
          hint: "The day's quota of this model is spent: it comes back at midnight Pacific time; a paid tier has more",
        };
      if (quotaValue === "0" || /limit: 0\b/.test(message))
        return {
          code: "rate-limit",
          retryable: false,
          hint: "This key's tier has no quota for the model: enable billing, or choose another model",
        };
      const limit = Number(quotaValue);
      if (
        typeof quotaMetric === "string" &&
        quotaMetric.includes("input_token_count") &&
        limit > 0 &&
        promptTokens(call.messages) >= limit * 0.8
      )
        return {
          code: "context-overflow",
          retryable: false,
          hint: `The prompt alone is about as large as the ${limit} input tokens a minute that this key has`,
        };
    }
  }
  return /limit: 0\b/.test(message)
    ? { code: "rate-limit", retryable: false, hint: "This key's tier has no quota for the model" }
    : undefined;
}
/** Four characters a token, text alone: enough to tell a huge prompt from a busy minute. */
function promptTokens(messages: readonly Message[]): number {
  let characters = 0;
  for (const { content } of messages) {
    if (typeof content === "string") characters += content.length;
    else
      for (const part of content) {
        if (part.type === "text") characters += part.text.length;
        else if (part.type === "tool-result")
          characters +=
            typeof part.content === "string" ? part.content.length : promptTokens([{ role: "user", content: part.content }]) * 4;
      }
  }
  return characters / 4;
}

/** Sentences that say more than their status does. */
const TEXTS: readonly { text: RegExp; is: Verdict }[] = [
  {
    text: /api key (?:not valid|expired|not found)|pass a valid api key/i,
    is: { code: "authentication", hint: "Make a key at https://aistudio.google.com/apikey" },
  },
  {
    text: /reported as leaked/i,
    is: { code: "authentication", hint: "Google blocked this key because it was found in public: make a new one" },
  },
  {
    text: /multiple authentication credentials/i,
    is: { code: "authentication", hint: "Send the key alone: no Authorization header beside x-goog-api-key" },
  },
  {
    text: /user location is not supported/i,
    is: { code: "permission", hint: "The Gemini API is not offered in this country; Vertex AI may be" },
  },
  {
    text: /enable billing|billing (?:account|is disabled|to be enabled)|prepayment credits/i,
    is: { code: "insufficient-balance", hint: "Enable billing for the key's project" },
  },
  {
    text: /thought[ _]?signature/i,
    is: { code: "invalid-request", hint: "A signed part was made by another model or key: leave its replay payload out" },
  },
  {
    text: /too many states for serving/i,
    is: { code: "invalid-request", hint: "The output schema is too complex: fewer enums, shorter lists, less nesting" },
  },
  {
    text: /URL_ROBOTED/,
    is: { code: "invalid-request", hint: "The page behind a URL of the request forbids robots: send its bytes instead" },
  },
  { text: /model output must contain|malformed function call/i, is: { code: "invalid-generation" } },
];
function byText({ status, message }: ErrorFacts): Verdict | undefined {
  if (status === 400 && isOverflow(message, []))
    return { code: "context-overflow", hint: "Shorten the conversation, or choose a model with a larger context" };
  if (status >= 500 || status === 429) return undefined;
  return TEXTS.find(({ text }) => text.test(message))?.is;
}

function byStatus({ status, word, message }: ErrorFacts): Verdict {
  if (word === "RESOURCE_EXHAUSTED") return { code: "rate-limit" };
  if (word === "UNAVAILABLE" || status === 503) return { code: "overloaded" };
  if (word === "DEADLINE_EXCEEDED" || status === 504)
    return { code: "timeout", hint: "The vendor ran out of time: a shorter prompt or less reasoning helps" };
  // 499: the vendor cancelled it, not the caller.
  if (word === "CANCELLED" || status === 499) return { code: "server", retryable: true };
  if (word === "UNAUTHENTICATED") return { code: "authentication" };
  if (word === "PERMISSION_DENIED") return { code: "permission" };
  if (status === 404)
    return /models?[/ ]|publisher model/i.test(message)
      ? { code: "model-not-found", hint: "List the models of this key; on Vertex AI newer models are served in the region `global` alone" }
      : { code: "not-found" };
  return { code: statusCode(status) };
}

/** No header says how long to wait (core reads those): `RetryInfo` does, or the sentence. */
function waiting(message: string, details: readonly JsonObject[]): { retryAfterMs?: number } {
  const delay = details.map((detail) => detail["retryDelay"]).find((one) => typeof one === "string");
  const ms = durationMs(delay) ?? durationMs(/retry in ((?:[\d.]+(?:ms|h|m|s))+)/i.exec(message)?.[1]);
  return ms === undefined ? {} : { retryAfterMs: ms };
}
const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
function durationMs(text: string | undefined): number | undefined {
  let total: number | undefined;
  for (const [, value, unit] of text?.matchAll(/([\d.]+)(ms|h|m|s)/g) ?? [])
    total = (total ?? 0) + Number(value) * (UNITS[unit ?? ""] ?? 0);
  return total === undefined || !Number.isFinite(total) ? undefined : Math.ceil(total);
}

function fieldOf(details: readonly JsonObject[]): { field?: string } {
  for (const detail of details) {
    const violations = detail["fieldViolations"];
    const first: unknown = Array.isArray(violations) ? violations[0] : undefined;
    if (isObject(first) && typeof first["field"] === "string" && first["field"] !== "") return { field: first["field"] };
  }
  return {};
}
