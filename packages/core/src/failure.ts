/**
 * A call that went wrong: what it means, and whether it is tried again. A call that goes well never loads this module, which is why the exchange only
 * asks it.
 */
import { dropAuthorization } from "./authorize.ts";
import type { Attempt, Note } from "./chat.ts";
import type { State } from "./connect.ts";
import { isReportedFailure, LumiverseError } from "./errors.ts";
import { networkError } from "./network.ts";
import { type Prepared, prepareCall } from "./prepare.ts";
import type { Failure, Recovery } from "./provider.ts";
import { retryAfterMs } from "./refusal.ts";
import { type Line, parseJson, readText, type Sending, Unreachable } from "./transport.ts";

/** Characters of an error body that are read and kept. */
const ERROR_BODY = 1_000_000;
/** Waits that a vendor asks for are obeyed up to here; beyond, the error says how long. */
const LONGEST_WAIT = 60_000;

/** How far a call has come in being made to work. */
export interface Trial {
  readonly startedAt: number;
  readonly attempts: Attempt[];
  /** What it does without since earlier attempts. */
  readonly without: Set<string>;
  readonly recoveries: Note[];
  prepared: Prepared | undefined;
  /** A request has left in this attempt. */
  sent: boolean;
  /** A token was exchanged anew after a 401. */
  refreshed: boolean;
}

/** A response that is no success, as the error that its wire reads in it. */
export async function refused(response: Response, sending: Sending, line: Line, prepared: Prepared, state: State): Promise<LumiverseError> {
  const text = await readText(response, sending, line, ERROR_BODY);
  const json = parseJson(text);
  const failure: Failure = { status: response.status, headers: response.headers, text, ...(json === undefined ? {} : { json }) };
  const { route, checked } = prepared;
  const error = await route.protocol.parseError(failure, checked);
  error.status ??= failure.status;
  error.retryAfterMs ??= retryAfterMs(failure.headers, Date.now());
  if (error.code === "not-found") error.hint ??= pathHint(route.base);
  if (error.code === "authentication" && state.key === undefined) error.hint = `No key was sent. ${keyHint(state)}`;
  return error;
}

/** What was thrown, as an error of this library. */
export async function meaning(cause: unknown, prepared: Prepared | undefined, state: State): Promise<LumiverseError> {
  if (cause instanceof Unreachable) {
    const error = networkError(cause.cause, cause.url, state.scrub);
    if (!cause.midAnswer || error.code !== "network") return error;
    return new LumiverseError({ code: "network", message: `the connection broke in mid-answer: ${error.message}`, cause: error });
  }
  if (!isReportedFailure(cause) || prepared === undefined) return unreadable("the answer", cause);
  try {
    // The headers are those of a success: a wait in them is not about this failure.
    return await prepared.route.protocol.parseError({ ...cause.failure, headers: new Headers() }, prepared.checked);
  } catch (broken) {
    return unreadable("the answer", broken);
  }
}
export function unreadable(what: string, cause: unknown): LumiverseError {
  return new LumiverseError({
    code: "malformed-response",
    message: `${what} could not be read: ${cause instanceof Error ? cause.message : String(cause)}`,
    cause,
  });
}

/** Milliseconds until the next attempt; undefined: there is none. */
export async function again(error: LumiverseError, trial: Trial, state: State): Promise<number | undefined> {
  const { retry } = state.options;
  const attempts = retry === false ? 1 : (retry?.attempts ?? 3);
  const deadline = trial.startedAt + (retry === false ? 0 : (retry?.budgetMs ?? 120_000));
  if (trial.attempts.length >= attempts || Date.now() > deadline || error.code === "aborted") return undefined;
  if (error.status === 401 && trial.sent && state.provider.authorize !== undefined && state.key !== undefined && !trial.refreshed) {
    trial.refreshed = true;
    await dropAuthorization(state, state.key);
    return 0;
  }
  if (await recover(error, trial, state)) return 0;
  if (!error.retryable) return undefined;
  const backoff = Math.min(8000, 500 * 2 ** (trial.attempts.length - 1)) * (0.75 + Math.random() * 0.25);
  const wait = error.retryAfterMs ?? backoff;
  if (wait > LONGEST_WAIT) error.hint ??= `The vendor asks to wait ${Math.ceil(wait / 1000)} s`;
  return wait > LONGEST_WAIT || Date.now() + wait > deadline ? undefined : wait;
}

/** "Once more without X", where the provider or the output strategy knows an X. */
async function recover(error: LumiverseError, trial: Trial, state: State): Promise<boolean> {
  const { prepared } = trial;
  if (prepared === undefined || state.policy.unsupported === "send") return false;
  const found = state.provider.recover?.(error, prepared.call) ?? stepDown(error, prepared);
  if (found === undefined) return false;
  // Each recovery happens once a call, whether or not the provider marks what it did without.
  const marks = new Set([...found.call.without, `recovered: ${found.note.field ?? found.note.message}`]);
  if ([...marks].every((mark) => trial.without.has(mark))) return false;
  try {
    trial.prepared = await prepareCall(state, { ...found.call, without: marks });
  } catch {
    // A call that can't be made without X: what the vendor said stands.
    return false;
  }
  for (const mark of marks) trial.without.add(mark);
  if (found.remember !== undefined) state.remembered.add(found.remember);
  trial.recoveries.push(found.note);
  return true;
}

/** A host that refuses a schema may take JSON mode, and one that refuses that takes a prompt. */
function stepDown(error: LumiverseError, { call, checked }: Prepared): Recovery | undefined {
  const strategy = checked.output?.strategy;
  if (strategy !== "schema" && strategy !== "json") return undefined;
  const capability = strategy === "schema" ? "output.schema" : "output.json";
  const fact = checked.route.takes[capability];
  if ((fact !== undefined && fact !== "unknown") || (error.code !== "invalid-request" && error.code !== "unsupported")) return undefined;
  return {
    call: { ...call, without: new Set([...call.without, capability]) },
    note: {
      kind: "recovered",
      field: "output",
      message: `the host refused ${strategy === "schema" ? "the JSON Schema" : "JSON mode"} (${error.message}); asked again without`,
    },
    remember: capability,
  };
}

export function noKey(state: State): LumiverseError {
  return new LumiverseError({
    code: "authentication",
    provider: state.provider.id,
    field: "apiKey",
    message: "no key was given",
    hint: keyHint(state),
  });
}

export function keyHint(state: State): string {
  const { credential } = state.provider;
  if (credential.kind === "none") return "Pass what the server wants in headers";
  const where = credential.page === undefined ? "" : ` (get one at ${credential.page})`;
  if (state.provider.base === undefined) return `Pass apiKey, the key of ${state.base?.host ?? "the server"}`;
  return state.own
    ? `Set apiKey, or the environment variable ${credential.env}${where}`
    : `Pass apiKey: the key in ${credential.env} belongs to the vendor and is not sent to ${state.base?.host ?? "another host"}`;
}

/** A hint when an endpoint is not there: which of the usual mistakes its base shows. */
export function pathHint({ origin, pathname }: URL): string | undefined {
  const path = pathname.replace(/\/+$/, "");
  return /\/v\d+[a-z0-9]*$/.test(path) ? undefined : `The base URL has no version in its path; most servers want ${origin}${path}/v1`;
}
