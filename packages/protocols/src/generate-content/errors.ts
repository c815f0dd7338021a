/** What a refusal of the generateContent protocol means, as a response or as a chunk of a stream. */
import {
  definedFields,
  type ErrorCode,
  errorMessage,
  errorWords,
  type Failure,
  isHtml,
  isObject,
  type JsonObject,
  LumiverseError,
  type Message,
  ownValue,
  readNumber,
} from "@lumiverse/core/provider";
import { isTooLong, meaningOf } from "../shared/errors.ts";
import { envelopeError } from "../shared/failure-envelopes.ts";
import { isFilledText } from "../shared/json-values.ts";
import { templateError } from "../shared/template-errors.ts";

/** Interprets a refused request. `messages` are those of the request: a prompt that is larger than the quota of a minute is an overflow. Never throws. */
export function parseError(failure: Failure, messages: readonly Message[]): LumiverseError {
  // The stream endpoint and the OpenAI-compatible layer wrap the error in a list.
  const json: unknown = Array.isArray(failure.json) ? failure.json[0] : failure.json;
  const reported = envelopeError(json, failure.status);
  if (reported !== undefined) return reported;
  const error = isObject(json) ? json["error"] : undefined;
  if (isObject(error)) return interpretError({ error, messages, httpStatus: failure.status });
  const isPage = isHtml(failure);
  const text =
    errorMessage(json)?.slice(0, MAX_MESSAGE) ?? (isPage ? "the host answered with an HTML page" : failure.text.trim().slice(0, 500));
  const meaning = byTemplate(failure.status, text) ?? bySentence(failure.status, text);
  if (meaning !== undefined) return new LumiverseError({ ...meaning, message: text, status: failure.status });
  return new LumiverseError({
    code: meaningOf({ status: failure.status, words: errorWords(json), message: text }),
    message: text === "" ? `HTTP ${failure.status} without a body` : text,
    status: failure.status,
    ...(isPage ? { hint: "Check the base URL: something other than the API answers there" } : {}),
  });
}

/** Characters of a vendor's message that are kept. */
const MAX_MESSAGE = 2000;

interface ErrorContext {
  /** The `error` object of a body or chunk. */
  error: JsonObject;
  messages: readonly Message[];
  httpStatus: number;
}

/** The vendor's status is coarse (a wrong key is a 400), so the reason in the details comes first, then the quota, the sentence and the status. */
export function interpretError({ error, messages, httpStatus: status }: ErrorContext): LumiverseError {
  const details = Array.isArray(error["details"]) ? error["details"].filter(isObject) : [];
  // The sentences below are searched with patterns whose cost grows faster than the text.
  const message = errorMessage(error)?.slice(0, MAX_MESSAGE) ?? "the vendor gave no message";
  const word = typeof error["status"] === "string" ? error["status"] : undefined;
  const reason = details.map((detail) => detail["reason"]).find((value) => typeof value === "string");
  const meaning =
    byTemplate(status, message) ??
    byReason(reason) ??
    byQuota(status, message, details, messages) ??
    bySentence(status, message) ??
    byStatus(status, word, message, errorWords(error));
  const vendorCode = reason ?? word;
  return new LumiverseError({
    code: meaning.code,
    message,
    status,
    ...definedFields({ vendorCode, retryable: meaning.retryable, hint: meaning.hint }),
    ...retryAfter(message, details),
    ...fieldOf(details),
  });
}

/** Local servers that speak this protocol report exceptions of the chat template as failures of their own. */
function byTemplate(status: number, message: string): Meaning | undefined {
  const rule = templateError(status, message);
  return rule === undefined ? undefined : { code: rule.is, retryable: false, ...definedFields({ hint: rule.hint }) };
}

interface Meaning {
  code: ErrorCode;
  retryable?: boolean;
  hint?: string;
}

/** `google.rpc.ErrorInfo.reason`, as seen in refusals and listed at https://cloud.google.com/apis/design/errors */
const REASONS: Readonly<Record<string, Meaning>> = {
  API_KEY_INVALID: {
    code: "authentication",
    hint: "Create a key at https://aistudio.google.com/apikey (this vendor answers a wrong key with 400)",
  },
  API_KEY_EXPIRED: { code: "authentication", hint: "Renew the key at https://aistudio.google.com/apikey" },
  ACCESS_TOKEN_EXPIRED: { code: "authentication" },
  ACCESS_TOKEN_TYPE_UNSUPPORTED: { code: "authentication", hint: "This kind of key is not accepted in the Authorization header" },
  CREDENTIALS_MISSING: { code: "authentication" },
  ACCOUNT_STATE_INVALID: { code: "authentication", hint: "The service account is disabled or deleted" },
  SERVICE_DISABLED: {
    code: "permission",
    hint: "Enable the API in the Google Cloud console for the key's project, then wait a few minutes",
  },
  API_KEY_SERVICE_BLOCKED: {
    code: "permission",
    hint: "The key's restrictions exclude this API. Edit the key in the Google Cloud console",
  },
  API_KEY_HTTP_REFERRER_BLOCKED: { code: "permission", hint: "The key is restricted to other websites" },
  API_KEY_IP_ADDRESS_BLOCKED: { code: "permission", hint: "The key is restricted to other IP addresses" },
  API_KEY_ANDROID_APP_BLOCKED: { code: "permission", hint: "The key is restricted to an app" },
  API_KEY_IOS_APP_BLOCKED: { code: "permission", hint: "The key is restricted to an app" },
  CONSUMER_SUSPENDED: { code: "permission", hint: "The project of this key is suspended" },
  CONSUMER_INVALID: { code: "permission", hint: "The project does not exist, or the key cannot use it" },
  USER_PROJECT_DENIED: { code: "permission", hint: "The account may not bill its calls to this quota project" },
  IAM_PERMISSION_DENIED: {
    code: "permission",
    hint: "Give the service account the role Vertex AI User (roles/aiplatform.user) in this project",
  },
  BILLING_DISABLED: { code: "insufficient-balance", hint: "Enable billing for the project" },
};
function byReason(reason: string | undefined): Meaning | undefined {
  return ownValue(REASONS, reason);
}

/** A used-up quota. Only the quota of a minute is worth a retry, and not for a prompt that is larger than the quota. */
function byQuota(status: number, message: string, details: readonly JsonObject[], messages: readonly Message[]): Meaning | undefined {
  if (status !== 429) return undefined;
  for (const detail of details) {
    const violations = Array.isArray(detail["violations"]) ? detail["violations"].filter(isObject) : [];
    for (const { quotaMetric, quotaId, quotaValue } of violations) {
      if (typeof quotaId === "string" && quotaId.includes("PerDay"))
        return {
          code: "rate-limit",
          retryable: false,
          hint: "The model's quota for today is used up. It is renewed at midnight Pacific time; a paid tier has more",
        };
      if (quotaValue === "0" || /limit: 0\b/.test(message))
        return {
          code: "rate-limit",
          retryable: false,
          hint: "The key's tier has no quota for this model. Enable billing, or choose another model",
        };
      const limit = readNumber(quotaValue);
      if (
        typeof quotaMetric === "string" &&
        quotaMetric.includes("input_token_count") &&
        limit > 0 &&
        estimatedTokens(messages) >= limit * 0.8
      )
        return {
          code: "context-overflow",
          retryable: false,
          hint: `The prompt alone is about as large as this key's quota of ${limit} input tokens per minute`,
        };
    }
  }
  return /limit: 0\b/.test(message)
    ? { code: "rate-limit", retryable: false, hint: "The key's tier has no quota for this model" }
    : undefined;
}

/** Four characters per token, text only: enough to tell a huge prompt from a busy minute. */
function estimatedTokens(messages: readonly Message[]): number {
  return characters(messages) / 4;
}

function characters(messages: readonly Message[]): number {
  let total = 0;
  for (const { content } of messages) {
    if (typeof content === "string") {
      total += content.length;
      continue;
    }
    for (const part of content) {
      if (part.type === "text") total += part.text.length;
      else if (part.type === "tool-result")
        total += typeof part.content === "string" ? part.content.length : characters([{ role: "user", content: part.content }]);
    }
  }
  return total;
}

/** Sentences that say more than the status does. The first match counts. */
const SENTENCES: readonly { text: RegExp; meaning: Meaning }[] = [
  {
    text: /api key (?:not valid|expired|not found)|pass a valid api key/i,
    meaning: {
      code: "authentication",
      hint: "Create a key at https://aistudio.google.com/apikey (this vendor answers a wrong key with 400)",
    },
  },
  {
    text: /reported as leaked/i,
    meaning: { code: "authentication", hint: "Google blocked this key because it was found in public. Create a new one" },
  },
  {
    text: /multiple authentication credentials/i,
    meaning: { code: "authentication", hint: "Send only x-goog-api-key, without an Authorization header" },
  },
  {
    text: /user location is not supported/i,
    meaning: { code: "permission", hint: "The Gemini API is not available in this country. Vertex AI may be" },
  },
  {
    text: /enable billing|billing (?:account (?:for|is|has)|is disabled|to be enabled)|prepay|spending cap/i,
    meaning: { code: "insufficient-balance", hint: "Enable billing for the project, or add credit" },
  },
  {
    text: /thought[ _]?signature/i,
    meaning: { code: "invalid-request", hint: "A signed part comes from another model or key. Remove its replay payload" },
  },
  {
    text: /too many states for serving/i,
    meaning: { code: "invalid-request", hint: "The output schema is too complex. Use fewer enums, shorter lists or less nesting" },
  },
  {
    text: /URL_ROBOTED/,
    meaning: { code: "invalid-request", hint: "A URL in the request leads to a page that forbids robots. Send its bytes instead" },
  },
  { text: /model output must contain|malformed function call/i, meaning: { code: "invalid-generation" } },
];
function bySentence(status: number, message: string): Meaning | undefined {
  if (status <= 400 && isTooLong({ status, message, words: [] }))
    return { code: "context-overflow", hint: "Shorten the conversation, or choose a model with a larger context window" };
  if (status >= 500 || (status === 429 && !/prepay|spending cap/i.test(message))) return undefined;
  return SENTENCES.find(({ text }) => text.test(message))?.meaning;
}

function byStatus(status: number, word: string | undefined, message: string, words: readonly string[]): Meaning {
  if (word === "RESOURCE_EXHAUSTED") return { code: "rate-limit" };
  if (word === "UNAVAILABLE" || status === 503) return { code: "overloaded" };
  if (word === "DEADLINE_EXCEEDED" || status === 504)
    return { code: "timeout", hint: "The vendor's own time limit was reached. A shorter prompt or less reasoning helps" };
  // The vendor cancelled the call, not the caller.
  if (word === "CANCELLED" || status === 499) return { code: "server", retryable: true };
  if (word === "UNAUTHENTICATED") return { code: "authentication" };
  if (word === "PERMISSION_DENIED") return { code: "permission" };
  if (status === 404)
    return /models?[/ ]|publisher model/i.test(message)
      ? {
          code: "model-not-found",
          hint: "models() lists the models of this key. On Vertex AI newer models are available only in the region global",
        }
      : { code: "not-found" };
  return { code: meaningOf({ status, words, message }) };
}

/** How long to wait. The vendor sends no header for it, but `RetryInfo` in the details or a sentence. */
function retryAfter(message: string, details: readonly JsonObject[]): { retryAfterMs?: number } {
  const delay = details.map((detail) => detail["retryDelay"]).find((value) => typeof value === "string");
  const ms = durationMs(delay) ?? durationMs(/retry in ((?:\d{1,12}(?:\.\d{1,12})?(?:ms|h|m|s)){1,8})/i.exec(message)?.[1]);
  return ms === undefined ? {} : { retryAfterMs: ms };
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds of a duration such as `1m2.5s`. */
function durationMs(text: string | undefined): number | undefined {
  let total: number | undefined;
  for (const [, value, unit] of text?.slice(0, 100).matchAll(/(\d{1,12}(?:\.\d{1,12})?)(ms|h|m|s)/g) ?? [])
    total = (total ?? 0) + Number(value) * (UNITS[unit ?? ""] ?? 0);
  return total === undefined || !Number.isFinite(total) ? undefined : Math.ceil(total);
}

/** The field that the vendor names as wrong. */
function fieldOf(details: readonly JsonObject[]): { field?: string } {
  for (const detail of details) {
    const violations = detail["fieldViolations"];
    const first: unknown = Array.isArray(violations) ? violations[0] : undefined;
    if (isObject(first) && isFilledText(first["field"])) return { field: first["field"] };
  }
  return {};
}
