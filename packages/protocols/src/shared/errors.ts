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
  const found = findErrorRule(tables.rules, text) ?? (isTooLong(text) ? CONTEXT_OVERFLOW : findErrorRule(tables.commonRules, text));
  // Hosts refuse an empty account with the status of a wrong key or of a missing right, too.
  const rule = (found?.is === "authentication" || found?.is === "permission") && isUnpaid(text) ? undefined : found;
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
  if (html) return `the host answered HTTP ${status} with an HTML page`;
  return status < 400 ? "the host reported a failure without a message" : `the host answered HTTP ${status} without a message`;
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

/** Codes and sentences for a used-up balance. */
const UNPAID =
  /^(?=.*(?:quota|balance(?!r)|credit|funds|billing)).*(?:insufficient|exceed|exhaust|not enough|too low|hard_limit)|payment.required|[额度]不足/is;

/** What the codes of hosts mean, and the sentences that they write where no status tells more. */
const MEANINGS: readonly (readonly [words: RegExp, is: ErrorCode])[] = [
  [UNPAID, "insufficient-balance"],
  [/unauthori|authenticat|api.?key|(?:invalid|expired).token/i, "authentication"],
  [/\bmodel.{1,80}not.(?:found|available|exist)/i, "model-not-found"],
  [/content.(?:filter|policy)|responsibleai|moderation/i, "content-filter"],
  [/rate.?limit|too.many.requests/i, "rate-limit"],
  [/overloaded|service.unavailable|capacity.exceeded/i, "overloaded"],
  [/forbidden|denied/i, "permission"],
];

/** True for a refusal whose sentence names a used-up balance. With the status 429, that is often the quota of a minute. */
function isUnpaid({ status, message }: FailureText): boolean {
  return status < 404 && UNPAID.test(message);
}

/** The meaning of a failure that no rule matches: by its codes, then by the status, or by the sentence of a failure in a successful answer. */
export function meaningOf(failure: FailureText): ErrorCode {
  const { status, message } = failure;
  // Some hosts have their sentence where others have a code.
  const texts = failure.words.filter((word) => !word.includes(" "));
  if (status < 400 || isUnpaid(failure)) texts.push(message);
  const found = MEANINGS.find(([pattern]) => texts.some((text) => pattern.test(text)))?.[1];
  return found ?? (status < 400 && texts.includes("invalid_request_error") ? "invalid-request" : statusCode(status, message));
}

/** Phrases with which hosts and their upstreams report that a prompt is too long, in addition to those that core knows. */
const OVERFLOW_PHRASES =
  /input length should be|(?:input|prompt|conversation)s?(?: text| length)? (?:is )?(?:too (?:long|large)|longer than)|longer than the (?:maximum )?(?:model|context)|too large for (?:the )?(?:[\w.-]{1,40} )?model|(?:input|total) length.{0,30}exceeds|(?:prompt|input|request|messages) exceeds? (?:the )?(?:model|max(?:imum)? (?:length|number of))|max_model_len|tokens in request more than|token (?:count|length) exceeds?|exceeded the token limit|too many (?:input |prompt )?tokens(?!.{0,20}wait)|(?:input|prompt|total|number of)(?: number of)?[ _]tokens?(?: count| limit)?\b.{0,40}(?:exceed|must (?:be (?:less|<)|not exceed))|tokens (?:requested \d+|in the (?:prompt|input)).{0,20}exceeds|tokens.{0,30}only supports \d|max_new_tokens.{0,20}must be <=|inputs.{0,3}must have less than|tokens?_limit_reached|request_too_large_for_model|(?:输入|上下文).{0,10}(?:过长|超)/i;

/** A refusal about the size of a file. */
const MEDIA = /^(?!.*token).*(?:image|audio|video|\bfile|pdf|document|\d ?[mk]b\b)/is;

/** Words of a refusal that only names a context window: a limit per minute, or a field of the request that the host does not know. */
const NO_OVERFLOW = /quota|per minute|unsupported|unrecognized|unknown|search_context/i;

/** True when a failure reports that the prompt is too long for the model. With the status 429, tokens a minute are meant. */
export function isTooLong({ status, message, words }: { status: number; message: string; words: readonly string[] }): boolean {
  if (words.includes("context_length_exceeded")) return true;
  return isOverflow(message, words)
    ? !NO_OVERFLOW.test(message)
    : status !== 429 && [message, ...words].some((text) => OVERFLOW_PHRASES.test(text) && !MEDIA.test(text));
}
