/** Decides whether a failed call is tried again: after a token renewal, without a feature that the host refused, or after a wait. */
import type { LumiverseError } from "../chat/errors.ts";
import type { Note } from "../chat/note.ts";
import type { Attempt } from "../chat/response.ts";
import type { Recovery } from "../contract/call.ts";
import { clock } from "../http/timer.ts";
import { type PreparedCall, prepareCall } from "../request/prepare.ts";
import { repeatedMark } from "../request/repeated-call.ts";
import type { ConnectionState } from "./connection-state.ts";
import { withDegradation } from "./degradations.ts";
import { forgetAuthorization } from "./token-cache.ts";

const DEFAULT_MAX_WAIT = 60_000;
const DEFAULT_ATTEMPTS = 3;
const DEFAULT_BUDGET = 120_000;

/** The attempts of one call so far. */
export interface RetryState {
  /** When the work began, by `clock()`, after the wait for a slot. Undefined before it. */
  startedAt: number | undefined;
  readonly attempts: Attempt[];
  /** Marks of the recoveries made so far. */
  degradations: ReadonlySet<string>;
  /** Marks to remember for the model and route if the call succeeds. */
  learned: ReadonlySet<string>;
  readonly recoveries: Note[];
  prepared: PreparedCall | undefined;
  /** The headers of the request that was sent in the current attempt. */
  sent: Readonly<Record<string, string>> | undefined;
  /** The token was renewed after a 401. */
  tokenRenewed: boolean;
}

/** Milliseconds until the next attempt. Undefined: there is none. */
export async function nextAttempt(error: LumiverseError, retry: RetryState, state: ConnectionState): Promise<number | undefined> {
  const options = state.options.retry;
  const { attempts = DEFAULT_ATTEMPTS, budgetMs = DEFAULT_BUDGET, maxWaitMs = DEFAULT_MAX_WAIT } = options || {};
  const deadline = (retry.startedAt ?? clock()) + budgetMs;
  if (retry.attempts.length >= attempts || clock() > deadline || error.code === "aborted") return undefined;
  if (error.status === 401 && (await renewToken(retry, state))) return 0;
  if (await recover(error, retry, state)) return 0;
  if (!error.retryable || options === false) return undefined;
  const backoff = (Math.min(8000, maxWaitMs, 500 * 2 ** (retry.attempts.length - 1)) * (3 + Math.random())) / 4;
  const wait = error.retryAfterMs ?? backoff;
  if (wait > maxWaitMs) error.hint ??= `The vendor asks to wait ${Math.ceil(wait / 1000)} s`;
  else if (clock() + wait <= deadline) return wait;
}

async function renewToken(retry: RetryState, state: ConnectionState): Promise<boolean> {
  const { sent } = retry;
  if (sent === undefined || retry.tokenRenewed || state.provider.authorize === undefined || state.key === undefined) return false;
  retry.tokenRenewed = true;
  await forgetAuthorization(state, state.key, sent);
  return true;
}

/** Prepares the call again without what the host refused. False if neither the provider nor the output strategy knows what that is. */
async function recover(error: LumiverseError, retry: RetryState, state: ConnectionState): Promise<boolean> {
  const { prepared } = retry;
  if (prepared === undefined || state.policy.unsupported === "send") return false;
  const recovery = state.provider.recover?.({ error, call: prepared.call }) ?? weakerOutput(error, prepared);
  if (recovery === undefined) return false;
  // The note counts as a mark, so that a provider that sets no marks recovers only once.
  const marks = new Set([...recovery.call.degradations, repeatedMark(recovery.note)]);
  if ([...marks].every((mark) => retry.degradations.has(mark))) return false;
  try {
    retry.prepared = await prepareCall(state.provider, { ...recovery.call, degradations: marks }, state.liveCapabilities);
  } catch {
    // The call is impossible without that feature, so the vendor's error stands.
    return false;
  }
  retry.degradations = new Set([...retry.degradations, ...marks]);
  if (recovery.remember !== undefined) retry.learned = new Set([...retry.learned, recovery.remember]);
  retry.recoveries.push(recovery.note);
  return true;
}

/** If the host refuses the JSON Schema, the call uses JSON mode. If the host refuses JSON mode, the prompt asks for the JSON. */
function weakerOutput(error: LumiverseError, { call, checked }: PreparedCall): Recovery | undefined {
  const strategy = checked.output?.strategy;
  if (strategy !== "schema" && strategy !== "json") return undefined;
  const capability = strategy === "schema" ? "output.schema" : "output.json";
  const claimed = checked.route.capabilities[capability];
  if ((claimed !== undefined && claimed !== "unknown") || (error.code !== "invalid-request" && error.code !== "unsupported"))
    return undefined;
  const refused = strategy === "schema" ? "the JSON Schema" : "JSON mode";
  return {
    call: withDegradation(call, capability),
    note: {
      kind: "recovered",
      field: "output",
      message: `The host refused ${refused} (${error.message}). The call was repeated without it.`,
    },
    ...(namesOutput(error) ? { remember: capability } : {}),
  };
}

/** True when an error is about structured output. An error about something else (a corrupt image) must not be remembered as if it were. */
function namesOutput({ message, field, vendorCode }: LumiverseError): boolean {
  return /response[_ ]?format|json|schema|structured|guided|grammar|text\.format|output_config/i.test(
    `${message} ${field ?? ""} ${vendorCode ?? ""}`,
  );
}
