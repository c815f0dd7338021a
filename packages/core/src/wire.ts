/** What every wire needs and no wire owns: placing raw parameters, reading error bodies, judging statuses, tool-call ids and names. */
import type { JsonObject, Note } from "./chat.ts";
import type { ErrorCode } from "./errors.ts";
import type { Failure } from "./provider.ts";

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Raw parameters into a body: objects merge deeply, arrays and scalars replace. Each shows in the notes by its wire field.
 * `__proto__` and its like are refused silently by being own data properties only.
 */
export function mergeParameters(body: JsonObject, parameters: JsonObject | undefined, notes: Note[], at = ""): void {
  for (const key of Object.keys(parameters ?? {})) {
    const value = parameters?.[key];
    if (value === undefined || key === "__proto__" || key === "constructor" || key === "prototype") continue;
    const field = at === "" ? key : `${at}.${key}`;
    const present = body[key];
    if (isObject(value) && isObject(present)) {
      // A copy, so that neither the caller's object nor a shared constant is written to.
      const merged = { ...present };
      body[key] = merged;
      mergeParameters(merged, value, notes, field);
      continue;
    }
    notes.push({
      kind: "parameter",
      field,
      message: present === undefined ? `parameters.${field} was sent as given` : `parameters.${field} replaced what the request said`,
    });
    body[key] = value;
  }
}

/** Lone surrogates make a body that vendors refuse as no JSON. Signed payloads must not pass through here. */
export function wellFormed(text: string): string {
  return text.isWellFormed() ? text : text.toWellFormed();
}

/** The message of an error body in any of the shapes that hosts use; undefined when there is none. */
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
  // Pollinations puts the upstream's JSON, as text, into the message.
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

/** What a status means when nothing better is known. */
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

/** Milliseconds a failure asks to wait: `retry-after-ms`, or `retry-after` in seconds or as a date. Read on failures only: successes carry it too. */
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

/** Texts by which hosts say that the prompt does not fit, gathered from the wire notes of all providers. */
const OVERFLOW =
  /context[_ ]?(?:length|window|size)|maximum context|prompt is too long|prompt too long|input token count|exceeds? the (?:available )?context|exceeded model token limit|max_seq_len|prompt exceeds max|too many prompt tokens|too_many_prompt_tokens|exceed_context_size|maximum (?:prompt|input) length|reduce the length of the (?:messages|prompt)/i;

export function isOverflow(message: string, words: readonly string[]): boolean {
  return OVERFLOW.test(message) || words.some((word) => word === "context_length_exceeded" || word === "exceed_context_size_error");
}

/** Is this failure body a page and no answer? */
export function isHtml(failure: Pick<Failure, "text">): boolean {
  return /^\s*<(?:!doctype|html|head|body)/i.test(failure.text);
}

/** A deterministic id of `length` letters and digits: the same neutral id gives the same wire id in every request, so that caches still hit. */
export function shortId(id: string, length: number): string {
  const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  let out = "";
  // FNV-1a, continued over the output so that any length is filled.
  let hash = 0x811c9dc5;
  for (let round = 0; out.length < length; round++) {
    for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193) >>> 0;
    hash = Math.imul(hash ^ (round + 1), 0x01000193) >>> 0;
    for (let h = hash, n = 0; n < 5 && out.length < length; n++, h = Math.floor(h / 62)) out += letters[h % 62];
  }
  return out;
}

/**
 * Tool names as the wire allows them, and back. Names that fit stay; others are cleaned, padded, and told apart by a hash, so that two names never
 * meet. The map is rendered state: the reader undoes it.
 */
export interface NameRule {
  min?: number;
  max: number;
  /** Characters that may not stay. */
  refused: RegExp;
  /** What the first character must be. Default: anything allowed. */
  first?: RegExp;
}
export interface Names {
  wire(name: string): string;
  neutral(wire: string): string;
  changed: boolean;
}
export function toolNames(names: readonly string[], rule: NameRule): Names {
  const there = new Map<string, string>();
  const back = new Map<string, string>();
  const fits = (name: string): boolean =>
    name.length >= (rule.min ?? 1) &&
    name.length <= rule.max &&
    name.search(rule.refused) < 0 &&
    (rule.first === undefined || rule.first.test(name[0] ?? ""));
  // Those that fit are placed first: a cleaned name must never take the place of a true one.
  for (const name of names) if (fits(name)) back.set(name, name);
  for (const name of names) {
    if (fits(name) || there.has(name)) continue;
    let wire = name.replace(new RegExp(rule.refused.source, "g"), "_");
    if (rule.first !== undefined && !rule.first.test(wire[0] ?? "")) wire = `t_${wire}`;
    wire = wire.padEnd(rule.min ?? 1, "_").slice(0, rule.max);
    if (back.has(wire)) wire = `${wire.slice(0, rule.max - 7)}_${shortId(name, 6)}`;
    there.set(name, wire);
    back.set(wire, name);
  }
  return { wire: (name) => there.get(name) ?? name, neutral: (wire) => back.get(wire) ?? wire, changed: there.size > 0 };
}

/** The wire's effort word nearest to a level, weakest first in `words`. A tie goes to the weaker. */
const RANK: Readonly<Record<string, number>> = { none: 0, off: 0, minimal: 1, low: 2, medium: 3, default: 3, high: 4, xhigh: 5, max: 6 };
export function effortWord(level: string, words: readonly string[]): string | undefined {
  if (words.includes(level)) return level;
  const want = RANK[level] ?? 3;
  let best: string | undefined;
  let distance = Number.POSITIVE_INFINITY;
  for (const word of words) {
    const rank = RANK[word];
    if (rank === undefined || rank === 0) continue;
    if (Math.abs(rank - want) < distance) {
      distance = Math.abs(rank - want);
      best = word;
    }
  }
  return best ?? words[words.length - 1];
}
