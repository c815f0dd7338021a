/** Reads the bodies, statuses and headers of failures, for `parseError` of any protocol. */

import type { ErrorCode } from "../chat/errors.ts";
import { isObject } from "../chat/json.ts";
import type { Failure } from "../contract/http.ts";

/** The message of an error body in any of the shapes that hosts use. Undefined when there is none. */
export function errorMessage(json: unknown): string | undefined {
  if (typeof json === "string") return json === "" ? undefined : json;
  if (Array.isArray(json)) return errorMessage(json[0]);
  if (!isObject(json)) return undefined;
  const { error, message, detail, errors, msg } = json;
  const found =
    (isObject(error) ? (errorMessage(error["message"]) ?? errorMessage({ ...error, error: undefined })) : errorMessage(error)) ??
    errorMessage(message) ??
    errorMessage(detail) ??
    (typeof msg === "string" ? msg : undefined) ??
    errorMessage(errors);
  if (found === undefined || found[0] !== "{") return found;
  // Pollinations puts the upstream's JSON as text into the message.
  try {
    return errorMessage(JSON.parse(found)) ?? found;
  } catch {
    return found;
  }
}

/** Code and type words of an error body, lower-cased, for error tables. */
export function errorWords(json: unknown): string[] {
  const words: string[] = [];
  const look = (value: unknown, depth: number): void => {
    if (depth > 3 || !isObject(value)) return;
    for (const key of ["code", "type", "status", "reason", "error_type", "provider_code"]) {
      const word = value[key];
      if (typeof word === "string" || typeof word === "number") words.push(String(word).toLowerCase());
    }
    for (const key of ["error", "detail", "metadata"]) look(value[key], depth + 1);
    if (typeof value["error"] === "string") words.push(value["error"].toLowerCase());
  };
  look(Array.isArray(json) ? json[0] : json, 0);
  return words;
}

/** The meaning of a status when nothing more specific is known. */
export function statusCode(status: number): ErrorCode {
  if (status === 401) return "authentication";
  if (status === 402) return "insufficient-balance";
  if (status === 403) return "permission";
  if (status === 404 || status === 410) return "not-found";
  if (status === 408) return "timeout";
  if (status === 429) return "rate-limit";
  if (status === 498 || status === 503 || status === 529) return "overloaded";
  return status >= 500 || status === 409 ? "server" : "invalid-request";
}

/** Milliseconds that a failure asks to wait: `retry-after-ms`, or `retry-after` in seconds or as a date. Read it on failures only; successes carry it too. */
export function retryAfterMs(headers: Headers, now: number): number | undefined {
  const ms = Number.parseFloat(headers.get("retry-after-ms") ?? "");
  if (Number.isFinite(ms) && ms >= 0) return ms;
  const text = headers.get("retry-after");
  if (text === null) return undefined;
  const seconds = Number(text);
  if (Number.isFinite(seconds) && text.trim() !== "") return Math.max(0, seconds * 1000);
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** Phrases by which hosts report that the prompt exceeds the context window. */
const OVERFLOW =
  /context[_ ]?(?:length|window|size)|maximum context|prompt is too long|prompt too long|input token count|exceeds? the (?:available )?context|exceeded model token limit|max_seq_len|prompt exceeds max|too many prompt tokens|too_many_prompt_tokens|exceed_context_size|maximum (?:prompt|input) length|reduce the length of the (?:messages|prompt)/i;

/** True when a failure reports that the prompt exceeds the context window. */
export function isOverflow(message: string, words: readonly string[]): boolean {
  return OVERFLOW.test(message) || words.some((word) => word === "context_length_exceeded" || word === "exceed_context_size_error");
}

/** True when a body is an HTML page. */
export function isHtml(failure: Pick<Failure, "text">): boolean {
  return /^\s*<(?:!doctype|html|head|body)/i.test(failure.text);
}
