/** Reads a refused request by tables of rules. Used by all protocols whose hosts report failures in OpenAI's shape or near it. */
import {
  type ErrorCode,
  errorMessage,
  errorWords,
  type Failure,
  isHtml,
  isObject,
  isOverflow,
  type LumiverseErrorOptions,
  statusCode,
} from "@lumiverse/core/provider";

/** A row of an error table. Everything that is given must match, and the first matching row decides. */
export interface ErrorRule {
  /** HTTP status, or any of several. */
  status?: number | readonly number[];
  /** The vendor's code or type, compared as text and without case. */
  code?: string | readonly string[];
  /** Text that the message contains, compared without case. */
  text?: string | readonly string[];
  /** What the failure is. */
  is: ErrorCode;
  /** Default: by the error code. */
  retryable?: boolean;
  /** Milliseconds to wait when the answer itself names no wait. */
  waitMs?: number;
  /** What the reader of the error should do next. */
  hint?: string;
}

/** A failure as rules see it. */
export interface FailureText {
  status: number;
  /** Codes and types of the body, in lower case. */
  words: readonly string[];
  /** The vendor's message, or `""`. */
  message: string;
}

export interface ErrorTables {
  /** Rules that are tried before the check for an exceeded context window. */
  rules?: readonly ErrorRule[];
  /** Rules that are tried after it. */
  commonRules?: readonly ErrorRule[];
}

/** The options of the error that a failure means. Never throws. */
export function readErrorOptions(
  failure: Pick<Failure, "status" | "text" | "json"> & { headers?: Headers },
  tables: ErrorTables,
): LumiverseErrorOptions {
  const { status, json } = failure;
  const html = isHtml(failure);
  const reported = errorMessage(json)?.slice(0, 2000) ?? (html ? undefined : failure.text.trim().slice(0, 500) || undefined);
  const text: FailureText = { status, words: errorWords(json), message: reported ?? "" };
  const rule = findErrorRule(tables.rules, text) ?? (isTooLong(text) ? CONTEXT_OVERFLOW : findErrorRule(tables.commonRules, text));
  const options: LumiverseErrorOptions = {
    code: rule?.is ?? meaningOf(text),
    message: reported ?? emptyMessage(status, html),
    status,
  };
  if (rule?.retryable !== undefined) options.retryable = rule.retryable;
  if (rule?.hint !== undefined) options.hint = rule.hint;
  if (rule?.waitMs !== undefined && !WAIT_HEADERS.some((name) => failure.headers?.has(name))) options.retryAfterMs = rule.waitMs;

  const error = isObject(json) && isObject(json["error"]) ? json["error"] : isObject(json) ? json : {};
  const vendorCode = vendorWord(error["code"]) ?? vendorWord(error["type"]);
  if (vendorCode !== undefined) options.vendorCode = vendorCode;
  if (typeof error["param"] === "string" && error["param"] !== "None") options.field = error["param"]; // LiteLLM writes Python's None
  if (typeof error["failed_generation"] === "string") options.generation = error["failed_generation"];
  const location = validationLocation(json);
  if (location !== undefined) {
    options.field ??= location;
    options.message += ` (${location})`;
  }
  return options;
}

function emptyMessage(status: number, html: boolean): string {
  return `the host answered HTTP ${status} ${html ? "with an HTML page" : status < 400 ? "with a failure without a message" : "without a message"}`;
}

/** The first rule that matches a failure. */
export function findErrorRule(rules: readonly ErrorRule[] | undefined, failure: FailureText): ErrorRule | undefined {
  const message = failure.message.toLowerCase();
  return rules?.find(
    ({ status, code, text }) =>
      (status === undefined || [status].flat().includes(failure.status)) &&
      (code === undefined || [code].flat().some((one) => failure.words.includes(one.toLowerCase()))) &&
      (text === undefined || [text].flat().some((one) => message.includes(one.toLowerCase()))),
  );
}

const WAIT_HEADERS = ["retry-after", "retry-after-ms"];
const CONTEXT_OVERFLOW: ErrorRule = { is: "context-overflow" };

/** A code or type. `error` alone says nothing. */
function vendorWord(value: unknown): string | undefined {
  return typeof value === "number" ? String(value) : typeof value === "string" && value !== "error" ? value : undefined;
}

/** The field that a validator refused: `detail: [{ loc: ["body", "seed"], msg }]`, from hosts written with FastAPI. Mistral puts it under `message`. */
function validationLocation(json: unknown): string | undefined {
  if (!isObject(json)) return undefined;
  const message = json["message"];
  const detail = json["detail"] ?? (isObject(message) ? message["detail"] : message);
  const first: unknown = Array.isArray(detail) ? detail[0] : undefined;
  const loc = isObject(first) ? first["loc"] : undefined;
  if (!Array.isArray(loc)) return undefined;
  const location = loc.filter((step) => (typeof step === "string" || typeof step === "number") && step !== "body").join(".");
  return location === "" ? undefined : location;
}

/** A used-up balance: its name beside what happened to it. The quota of a minute is a rate limit, and that of files is no balance. */
const UNPAID =
  /^(?!.*(minute|\brate|concurren|storage)).*\b((insufficient|exceeded) (\w+ ){0,2}(quota|balance|credits?|funds)\b|(quota|balance|credits?|funds) (\w+ ){0,2}(insufficient|exceeded|not enough|too low))|(额度|余额)不足/is;

/** Codes, which are compared whole, and the beginnings of sentences. `token_quota_exceeded` is none of them: it comes with 429 and is a rate limit. */
const MEANINGS: readonly (readonly [texts: string, is: ErrorCode])[] = [
  ["insufficient.(quota|balance)|payment.required|billing_hard_limit_reached", "insufficient-balance"],
  [
    "(invalid_)?authentication(.error|.failed|$)|unauthori[sz]ed|not.authenticated|(invalid|incorrect|expired).(api.?key(_error)?|token$)",
    "authentication",
  ],
  ["(the )?model(.| [^,;]{1,80} )not.(found|available|exist)", "model-not-found"],
  ["content.(filter|policy_violation)|responsibleaipolicyviolation|moderation_blocked", "content-filter"],
  ["(\\w+ )?rate.limit(.error|.exceeded)?|too.many.requests", "rate-limit"],
  ["(.* |engine_)?overloaded(_error)?|service.unavailable|capacity.exceeded", "overloaded"],
  ["forbidden|permission.denied", "permission"],
];

function findMeaning(text: string, end: string): ErrorCode | undefined {
  return MEANINGS.find(([texts]) => new RegExp(`^(${texts})${end}`, "i").test(text))?.[1];
}

/** The meaning of a failure that no rule matches: by its codes, then by the status, then by the sentence. */
export function meaningOf({ status, words, message }: FailureText): ErrorCode {
  for (const word of words) {
    const meaning = findMeaning(word, "$");
    if (meaning) return meaning;
  }
  // In a successful answer, some hosts write the status among their codes.
  const stated = status < 400 ? Number(words.find((word) => /^[45]\d\d$/.test(word))) : status;
  if (!stated && /(server|internal)_err/.test(`${words}`)) return "server";
  if (!(stated > 403) && UNPAID.test(message)) return "insufficient-balance";
  if (stated) return statusCode(stated, message);
  return findMeaning(message, "\\b") ?? (words.includes("invalid_request_error") ? "invalid-request" : "server");
}

/** Phrases with which hosts and their upstreams report that a prompt is too long, in addition to those that core knows. */
const OVERFLOW_PHRASES =
  /input length should be|(input|prompt|conversation)s?( text| length)? (is )?(too (long|large)|longer than)|longer than the (maximum )?(model|context)|too large for (the )?([\w.-]{1,40} )?model|(input|total) length.{0,30}exceeds|(prompt|input|request|messages) exceeds? (the )?(model|max(imum)? (length|number of))|max_model_len|tokens in request more than|token (count|length) exceeds?|exceeded the token limit|too many (input |prompt )?tokens(?!.{0,20}wait)|(input|prompt|total|number of)( number of)?[ _]tokens?( count| limit)?\b.{0,40}(exceed|must (be (less|<)|not exceed))|tokens (requested \d+|in the (prompt|input)).{0,20}exceeds|tokens.{0,30}only supports \d|max_new_tokens.{0,20}must be <=|inputs.{0,3}must have less than|tokens?_limit_reached|request_too_large_for_model|(输入|上下文).{0,10}(过长|超)/i;

/** A refusal about the size of a file. */
const MEDIA = /^(?!.*token).*((image|audio|file|pdf)( input)?( is)? too|\d ?[mk]b\b)/is;

/** Words of a refusal that only names a context window: a limit per minute, or a field of the request that the host does not know. */
const NO_OVERFLOW = /quota|per minute|unsupported|unrecognized|unknown|search_context/i;

/** True when a failure reports that the prompt is too long for the model. With the status 429, tokens a minute are meant. */
export function isTooLong({ status, message, words }: { status: number; message: string; words: readonly string[] }): boolean {
  if (words.includes("context_length_exceeded")) return true;
  return isOverflow(message, words)
    ? !NO_OVERFLOW.test(message)
    : status !== 429 && [message, ...words].some((text) => OVERFLOW_PHRASES.test(text) && !MEDIA.test(text));
}
