import { type ErrorCode, type ErrorFacts, type Failure, isHtml, isObject, LumiverseError } from "@lumiverse/core";
import { errorMessage, errorWords, isOverflow, statusCode } from "@lumiverse/core/wire";
import type { Dialect, ErrorRule } from "./dialect.ts";

/** What most OpenAI-shaped hosts mean by their words, tried after the host's own table. */
const COMMON: readonly ErrorRule[] = [
  { code: ["insufficient_quota", "insufficient_balance", "payment_required", "billing_hard_limit_reached"], is: "insufficient-balance" },
  { code: ["invalid_api_key", "incorrect_api_key_error", "invalid_authentication_error", "authentication_error"], is: "authentication" },
  { code: ["model_not_found", "model_not_available"], is: "model-not-found" },
  { code: ["content_filter", "content_policy_violation", "responsibleaipolicyviolation", "moderation_blocked"], is: "content-filter" },
  { code: ["rate_limit_exceeded", "rate_limit_error", "too_many_requests"], is: "rate-limit" },
  { code: ["overloaded", "overloaded_error", "engine_overloaded_error", "service_unavailable", "capacity_exceeded"], is: "overloaded" },
  { status: [400, 404], text: ["model not found", "unknown model", "invalid model", "model does not exist"], is: "model-not-found" },
];

/** What a refused request means: the host's table first, then what is common, then the status. Never throws. */
export function readFailure(
  failure: Pick<Failure, "status" | "text" | "json"> & { headers?: Headers },
  dialect: Pick<Dialect, "errors" | "explainError">,
): LumiverseError {
  const { status, json } = failure;
  const words = errorWords(json);
  const said = errorMessage(json) ?? (isHtml(failure) ? undefined : failure.text.trim().slice(0, 500) || undefined);
  const text = said?.toLowerCase() ?? "";
  const rule = dialect.errors?.find((one) => applies(one, status, words, text)) ?? (isOverflow(said ?? "", words) ? OVERFLOW : undefined);
  const known = rule ?? COMMON.find((one) => applies(one, status, words, text));
  const error = isObject(json) && isObject(json["error"]) ? json["error"] : isObject(json) ? json : NOTHING;
  const facts: ErrorFacts = {
    code: known?.is ?? codeOf(status),
    message: said ?? (isHtml(failure) ? `an HTML page instead of an answer (HTTP ${status})` : `HTTP ${status} without a message`),
    status,
  };
  if (known?.retryable !== undefined) facts.retryable = known.retryable;
  if (known?.hint !== undefined) facts.hint = known.hint;
  if (known?.waitMs !== undefined && !WAITS.some((name) => failure.headers?.has(name))) facts.retryAfterMs = known.waitMs;
  const vendorCode = error["code"] ?? error["type"];
  if (typeof vendorCode === "string" || typeof vendorCode === "number") facts.vendorCode = String(vendorCode);
  if (typeof error["param"] === "string" && error["param"] !== "None") facts.field = error["param"]; // LiteLLM writes Python's None
  if (typeof error["failed_generation"] === "string") facts.generation = error["failed_generation"];
  const place = placeOf(json);
  if (place !== undefined) {
    facts.field ??= place;
    facts.message += ` (${place})`;
  }
  dialect.explainError?.(facts, json);
  return new LumiverseError(facts);
}

/** Where a validator found the fault: `detail: [{ loc: ["body", "seed"], msg }]`, under `message` too (Mistral), of hosts written with FastAPI. */
function placeOf(json: unknown): string | undefined {
  if (!isObject(json)) return undefined;
  const message = json["message"];
  const detail = json["detail"] ?? (isObject(message) ? message["detail"] : message);
  const first: unknown = Array.isArray(detail) ? detail[0] : undefined;
  const loc = isObject(first) ? first["loc"] : undefined;
  if (!Array.isArray(loc)) return undefined;
  const place = loc.filter((step) => step !== "body").join(".");
  return place === "" ? undefined : place;
}

const WAITS = ["retry-after", "retry-after-ms"];
const OVERFLOW: ErrorRule = { is: "context-overflow" };
const NOTHING: Readonly<Record<string, unknown>> = {};

function codeOf(status: number): ErrorCode {
  return status < 400 ? "server" : statusCode(status);
}

function applies(rule: ErrorRule, status: number, words: readonly string[], text: string): boolean {
  return (
    (rule.status === undefined || some(rule.status, (one) => one === status)) &&
    (rule.code === undefined || some(rule.code, (one) => words.includes(one.toLowerCase()))) &&
    (rule.text === undefined || some(rule.text, (one) => text.includes(one.toLowerCase())))
  );
}

function some<T>(given: T | readonly T[], test: (one: T) => boolean): boolean {
  return Array.isArray(given) ? given.some(test) : test(given as T); // not an array, so the one value
}
