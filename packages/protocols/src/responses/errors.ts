import { type CheckedCall, type ErrorCode, type Failure, isHtml, isObject, LumiverseError } from "@lumiverse/core";
import { errorMessage, errorWords, isOverflow, statusCode } from "@lumiverse/core/wire";
import type { ErrorRule } from "../chat-completions/dialect.ts";
import type { ResponsesDialect } from "./dialect.ts";

/** What OpenAI's own codes mean, on both of its APIs; the status says less (a spent balance and a short burst are both 429). */
export const openaiErrors: readonly ErrorRule[] = [
  {
    code: ["insufficient_quota", "credit_balance_exhausted", "billing_hard_limit_reached", "billing_not_active"],
    is: "insufficient-balance",
    retryable: false,
    hint: "The account has no credit left, or its monthly limit is reached: see https://platform.openai.com/settings/organization/billing",
  },
  { code: "context_length_exceeded", is: "context-overflow" },
  { code: ["invalid_api_key", "account_deactivated", "organization_deactivated"], is: "authentication" },
  // xAI answers a bad key with 400 and no code.
  { text: "incorrect api key", is: "authentication" },
  { code: "model_not_found", is: "model-not-found", hint: "The model does not exist, or this key's project may not use it" },
  { code: ["rate_limit_exceeded", "slow_down"], is: "rate-limit" },
  // The flex tier is out of machines for the moment.
  { code: ["server_is_overloaded", "resource_unavailable", "overloaded", "overloaded_error"], is: "overloaded" },
  {
    code: ["content_filter", "content_policy_violation", "bio_policy", "cyber_policy", "moderation_blocked"],
    is: "content-filter",
    retryable: false,
  },
  { code: "invalid_prompt", text: ["flagged", "policy", "violat"], is: "content-filter", retryable: false },
  // The status says more than the type, which is server_error for all of them.
  { status: [503, 529], is: "overloaded" },
  { code: ["server_error", "vector_store_timeout", "internal_error"], is: "server" },
  {
    code: "unsupported_country_region_territory",
    is: "permission",
    hint: "The vendor does not serve the country from which this request came",
  },
  {
    code: "data_residency_mismatch",
    is: "configuration",
    hint: "The project is bound to a region: set baseURL to its host, such as https://eu.api.openai.com/v1",
  },
  {
    text: ["without its required following item", "without its required 'reasoning' item", "items are not persisted"],
    is: "invalid-request",
    hint: "The history holds half of a bound pair of items; start the turn again from the last user message",
  },
  {
    text: "function tools with reasoning_effort are not supported",
    is: "unsupported",
    hint: "This model takes tools and reasoning together on the Responses API alone: set api to responses, or reasoning to off",
  },
  {
    text: "must be verified",
    is: "permission",
    hint: "The vendor wants the organisation verified for this: https://platform.openai.com/settings/organization/general",
  },
  {
    code: [
      "unsupported_parameter",
      "unsupported_value",
      "invalid_value",
      "invalid_json_schema",
      "invalid_prompt",
      "missing_required_parameter",
    ],
    is: "invalid-request",
  },
];

/** A refused request. */
export function parseError(failure: Failure, call: CheckedCall, dialect: ResponsesDialect): LumiverseError {
  // The vendor's own word on retries goes before ours.
  const should = failure.headers.get("x-should-retry");
  const error = errorOf(isHtml(failure) ? "the host answered with an HTML page" : (failure.json ?? failure.text), dialect, {
    status: failure.status,
    ...(should === "true" || should === "false" ? { retryable: should === "true" } : {}),
  });
  if (error.code === "not-found" && call.baseURL !== undefined)
    error.hint ??= "This host may not serve the Responses API: try Chat Completions (with OpenAI: the setting api)";
  return error;
}

/** A failure as an error, from a refused request, an event, or a body with status 200. */
export function errorOf(json: unknown, dialect: ResponsesDialect, known: { status?: number; retryable?: boolean } = {}): LumiverseError {
  const { status } = known;
  const message = errorMessage(json)?.slice(0, 2000) ?? "the host gave no reason";
  const words = errorWords(json);
  const inner = isObject(json) && isObject(json["error"]) ? json["error"] : isObject(json) ? json : {};
  const rule = [...(dialect.errors ?? []), ...openaiErrors].find((one) => fits(one, status, words, message));
  const code: ErrorCode = rule?.is ?? (isOverflow(message, words) ? "context-overflow" : byStatus(status, words, message));
  const vendorCode = wordOf(inner["code"]) ?? wordOf(inner["type"]);
  const retryable = known.retryable ?? rule?.retryable;
  return new LumiverseError({
    code,
    message,
    ...(status === undefined ? {} : { status }),
    ...(vendorCode === undefined ? {} : { vendorCode }),
    ...(typeof inner["param"] === "string" ? { field: inner["param"] } : {}),
    ...(retryable === undefined ? {} : { retryable }),
    ...(rule?.hint === undefined ? {} : { hint: rule.hint }),
  });
}

const wordOf = (value: unknown): string | undefined =>
  typeof value === "number" ? String(value) : typeof value === "string" && value !== "error" ? value : undefined;

/** In mid-stream there is no status, but some hosts write it into the error's code. */
function byStatus(status: number | undefined, words: readonly string[], message: string): ErrorCode {
  if (status !== undefined && status >= 400) return status === 404 && /\bmodel\b/i.test(message) ? "model-not-found" : statusCode(status);
  for (const word of words) {
    const number = Number(word);
    if (number >= 400 && number < 600) return statusCode(number);
  }
  return words.includes("invalid_request_error") ? "invalid-request" : "server";
}

const list = <T>(value: T | readonly T[]): readonly T[] => (Array.isArray(value) ? value : [value as T]);

function fits(rule: ErrorRule, status: number | undefined, words: readonly string[], message: string): boolean {
  if (rule.status !== undefined && (status === undefined || !list<number>(rule.status).includes(status))) return false;
  if (rule.code !== undefined && !list<string>(rule.code).some((code) => words.includes(code.toLowerCase()))) return false;
  if (rule.text === undefined) return true;
  const lower = message.toLowerCase();
  return list<string>(rule.text).some((text) => lower.includes(text.toLowerCase()));
}
