/** Reads the bodies, statuses and headers of failures, for `parseError` of any protocol. */

import type { ErrorCode } from "../chat/errors.ts";
import { isObject } from "../chat/json.ts";
import type { Failure } from "../contract/http.ts";

/** Levels of an error body that are searched. */
const DEEPEST = 16;
/** The fields that hold a message or an object with one, first the likeliest. */
const FIELDS = [
  "error",
  "message",
  "detail",
  "msg",
  "errors",
  "title",
  "Error",
  "Message",
  "err_msg",
  "error_msg",
  "error_message",
] as const;
/** The same inside an `error` object, whose own message comes first. */
const FIELDS_OF_ERROR = ["message", "detail", "msg", "errors", "Message"] as const;

/** The message of an error body in any of the shapes that hosts use. Undefined when there is none. Every value is looked at once. */
export function errorMessage(json: unknown): string | undefined {
  return messageIn(json, FIELDS, 0);
}

function messageIn(json: unknown, fields: readonly string[], depth: number): string | undefined {
  if (depth > DEEPEST) return undefined;
  if (typeof json === "string") return json === "" ? undefined : innerMessage(json, depth);
  if (Array.isArray(json)) return messageIn(json[0], fields, depth + 1);
  if (!isObject(json)) return undefined;
  for (const field of fields) {
    const found = messageIn(json[field], field === "error" ? FIELDS_OF_ERROR : FIELDS, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Pollinations puts the upstream's JSON as text into the message. */
function innerMessage(text: string, depth: number): string {
  if (text[0] !== "{" || depth === 0) return text;
  try {
    return messageIn(JSON.parse(text), FIELDS, depth + 1) ?? text;
  } catch {
    return text;
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

/** The meaning of a status when nothing more specific is known. A 404 is about the model when the host's message names it, otherwise about the path. */
export function statusCode(status: number, message = ""): ErrorCode {
  if (status === 401) return "authentication";
  if (status === 402) return "insufficient-balance";
  if (status === 403) return "permission";
  if (status === 404 || status === 410) return /\bmodel\b/i.test(message) ? "model-not-found" : "not-found";
  if (status === 408) return "timeout";
  if (status === 429) return "rate-limit";
  if (status === 498 || status === 503 || status === 529) return "overloaded";
  return status >= 400 && status < 500 && status !== 409 ? "invalid-request" : "server";
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
  /context[_ ]?(length|window|size|overflow|exceeded)|maximum context|prompt[_ ](is )?too[_ ]long|input token count|exceeds? (the )?(available )?context|exceeded model token limit|max_seq_len|prompt exceeds max|max(imum)? (allowed )?(prompt|input|sequence) length|reduce the length of the (messages|prompt)/i;

/** True when a failure reports that the prompt exceeds the context window. */
export function isOverflow(message: string, words: readonly string[]): boolean {
  return [message, ...words].some((text) => OVERFLOW.test(text));
}

/** True when a body is an HTML page. */
export function isHtml(failure: Pick<Failure, "text">): boolean {
  return /^\s*<(?:!doctype|html|head|body)/i.test(failure.text);
}
