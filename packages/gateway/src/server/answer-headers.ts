import type { ChatResponse, LumiverseError, Note } from "@lumiverse/core";
import type { ChatCall } from "../calls/chat-call.ts";

/** Longer headers are cut: proxies refuse long ones. */
const LONGEST_HEADER = 4000;
const LONGEST_FINISH_REASON = 100;

/** The headers of a whole answer. Those of a stream are sent before its end is known. */
export function wholeAnswerHeaders(call: ChatCall, { notes, usage, rawFinishReason }: ChatResponse): Record<string, string> {
  const headers = answerHeaders(call, notes);
  // Some protocols require both counts, and say 0 for an unknown one.
  const unknown = (["input", "output"] as const).filter((count) => usage[count] === undefined);
  if (unknown.length > 0) headers["x-lumiverse-unknown-usage"] = unknown.join(", ");
  if (call.showsTarget && rawFinishReason !== undefined)
    headers["x-lumiverse-finish-reason"] = headerText(rawFinishReason.slice(0, LONGEST_FINISH_REASON));
  return headers;
}

/** What the gateway says about a call in the headers of its answer. */
export function answerHeaders(call: ChatCall, notes: readonly Note[] = []): Record<string, string> {
  const { attempts, asked, running = false } = call.progress;
  const count = attempts.length + (running ? 1 : 0);
  const headers: Record<string, string> = { "x-lumiverse-call": call.id, "x-lumiverse-attempts": String(count) };
  if (call.outputLimit !== undefined) headers["x-lumiverse-output-limit"] = String(call.outputLimit);
  addNotes(headers, call, notes);
  if (!call.showsTarget) return headers;
  Object.assign(headers, rateLimitHeaders(call));
  if (asked !== undefined) headers["x-lumiverse-target"] = headerText(`${asked.profile.name}/${asked.model}`);
  if (count > 0) {
    const shown = attempts.map(
      ({ connection, model, status, error, ms }) => `${connection}/${model} ${status ?? "-"} ${error ?? "ok"} ${ms}ms`,
    );
    if (running && asked !== undefined) shown.push(`${asked.profile.name}/${asked.model} running`);
    headers["x-lumiverse-attempt-log"] = headerText(shown.join(", "));
  }
  return headers;
}

function addNotes(headers: Record<string, string>, call: ChatCall, notes: readonly Note[]): void {
  // Raw fields that the client itself sent need no note. A fallback names its targets.
  const shown = notes.filter(({ kind }) => kind !== "parameter" && (call.showsTarget || kind !== "fallback"));
  if (shown.length === 0) return;
  headers["x-lumiverse-notes"] = headerText(
    shown.map(({ kind, message, field = "" }) => `${kind}: ${call.shows(message) ? message : field}`).join("; "),
  );
}

/** Families of headers that clients read. Other names of vendors stay here. */
const RATE_LIMIT_HEADER = /^(x|anthropic)-ratelimit-[a-z0-9-]{1,60}$/;
/** Numbers, durations and dates. */
const RATE_LIMIT_VALUE = /^[\d.:+TZdhms-]{1,40}$/;
const MOST_RATE_LIMITS = 40;

/** The vendor's rate limits. Those of one of several targets would tell a client nothing about the model that it named. */
function rateLimitHeaders({ progress: { attempts, asked, rateLimits = {} } }: ChatCall): Record<string, string> {
  if (attempts.some(({ connection, model }) => connection !== asked?.profile.name || model !== asked.model)) return {};
  const shown = Object.entries(rateLimits).filter(([name, value]) => RATE_LIMIT_HEADER.test(name) && RATE_LIMIT_VALUE.test(value));
  return Object.fromEntries(shown.slice(0, MOST_RATE_LIMITS));
}

/** Milliseconds. Asked to wait longer, OpenAI's clients repeat a call after seconds. */
const LONGEST_WAIT_OF_CLIENTS = 60_000;

/** What clients need to know to try again, or not to. @param call Absent: the call was not accepted */
export function errorHeaders({ retryAfterMs, retryable }: LumiverseError, call: ChatCall | undefined): Record<string, string> {
  const headers: Record<string, string> = {};
  if (retryAfterMs !== undefined) {
    headers["retry-after"] = String(Math.max(1, Math.ceil(retryAfterMs / 1000)));
    headers["retry-after-ms"] = String(Math.max(0, Math.ceil(retryAfterMs)));
  }
  // The official clients repeat failed calls. The gateway has done so already, unless the wait is left to them, and a mistake does not go away.
  const isLeftToClient = call?.canAskAgain === true && retryAfterMs !== undefined && retryAfterMs <= LONGEST_WAIT_OF_CLIENTS;
  if (((call?.progress.attempts.length ?? 0) > 0 && !isLeftToClient) || !retryable) headers["x-should-retry"] = "false";
  return headers;
}

/** A text for a header: ASCII on one line. */
function headerText(text: string): string {
  const ascii = text.replace(/[^\x20-\x7e]/g, (character) => encodeURIComponent(character.toWellFormed()));
  return ascii.length <= LONGEST_HEADER ? ascii : `${ascii.slice(0, LONGEST_HEADER)}…`.replace("…", "...");
}
