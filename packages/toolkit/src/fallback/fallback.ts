/** A connection that asks several targets in turn. */
import {
  type Attempt,
  type ChatEvent,
  type ChatRequest,
  type ChatResponse,
  type ChatStream,
  type Connection,
  LumiverseError,
  type Note,
} from "@lumiverse/core";
import { isObject, startTimer } from "@lumiverse/core/provider";
import { optionsOf, toLumiverseError } from "../shared/errors.ts";
import { abortError, createBatchStream } from "../shared/event-stream.ts";
import { describeTargets } from "./description.ts";
import { FAILURE_CLASSES } from "./failure-classes.ts";
import { availableTargets, type FallbackTarget, readTarget, type Target } from "./targets.ts";

/** When the next target is asked, when a target rests, and what limits the whole call. */
export interface FallbackPolicy {
  /** Whether a failure is passed to the next target. Default: every failure but mistakes of the caller, refused content and aborts. */
  when?: (error: LumiverseError) => boolean;
  /**
   * Also fall back after content has arrived. `replace` events take back what was yielded, and the next target answers from the start. The vendor that broke
   * off may have billed its part. Default false.
   */
  afterContent?: boolean;
  /** Milliseconds for all targets together until the first content. Default 120,000. `Infinity`: no limit. */
  budgetMs?: number;
  /** HTTP requests of all targets together, after which no further target is asked. Default: no limit. */
  attempts?: number;
  /** Milliseconds that a failing target rests, unless its vendor names a time. Default 30,000. 0: never. */
  cooldownMs?: number;
  /** Failures in a row after which a target that is down rests. Default 2. Rate limits, refused keys and a Retry-After count at once. */
  failuresBeforeCooldown?: number;
  /** Epoch milliseconds, for tests. Default `Date.now`. */
  now?: () => number;
}

/** The state of one call. */
interface CallState {
  policy: FallbackPolicy;
  /** The caller's own signal. */
  caller: AbortSignal | undefined;
  /** Aborts when the caller does, and when the budget ends before `stop` is called. */
  signal: AbortSignal;
  stop: () => void;
  failures: { target: Target; error: LumiverseError }[];
  attempts: Attempt[];
  notes: Note[];
  /** How many of the notes were yielded as events. */
  shownNotes: number;
  /** Indexes of the parts that the caller has seen. */
  shown: Set<number>;
  /** Events of a target before its first content, until which another target can still answer. Undefined: its events are passed on. */
  held: ChatEvent[] | undefined;
}

const BUDGET_MS = 120_000;

/**
 * A connection over several targets. A request goes to the first target that can serve it; when that fails before its first content, to the next. Each
 * target keeps its own retries, so pass `retry: false` to the targets' connections to fall back at once.
 *
 * `models`, `check`, `account` and `explain` are about the first target and name the others. `supports` says what any target can do, because a request goes to
 * one that can; `input.url` needs all targets, because a medium that is sent as bytes can go to any. `countTokens` counts as the target that would be asked, or
 * the next one that can count. `probe` returns the first server that is known.
 * @throws LumiverseError `configuration` without a target
 */
export function fallback(targets: readonly FallbackTarget[], policy: FallbackPolicy = {}): Connection {
  const cooldown = {
    cooldownMs: policy.cooldownMs ?? 30_000,
    failuresBeforeCooldown: policy.failuresBeforeCooldown ?? 2,
    now: policy.now ?? Date.now,
  };
  if (!Array.isArray(targets) || !targets.every(isTarget))
    throw new LumiverseError({
      code: "configuration",
      field: "targets",
      message: "a target of fallback() is neither a connection nor an object with `connection`",
    });
  const all = targets.map((target) => readTarget(target, cooldown));
  const [first] = all;
  if (first === undefined) throw new LumiverseError({ code: "configuration", message: "fallback needs at least one target" });
  return {
    ...describeTargets(first, all),
    stream: <T>(request: ChatRequest<T>): ChatStream<T> => {
      const stream = createBatchStream((signal) => streamFrom(all, request, signal, policy), request.signal);
      // The caller's own schema validates the output.
      return stream as ChatStream<T>;
    },
    generate: <T>(request: ChatRequest<T>): Promise<ChatResponse<T>> => generateFrom(all, request, policy) as Promise<ChatResponse<T>>,
    close: () => {
      for (const connection of new Set(all.map((target) => target.connection))) connection.close();
    },
  };
}

function isTarget(target: unknown): target is FallbackTarget {
  if (!isObject(target)) return false;
  const { connection = target } = target;
  return isObject(connection) && "generate" in connection;
}

async function generateFrom(all: readonly Target[], request: ChatRequest, policy: FallbackPolicy): Promise<ChatResponse> {
  const state = startCall(all, policy, request.signal);
  try {
    for (const target of availableTargets(all)) {
      if (isSpent(state)) break;
      try {
        const response = await target.connection.generate({ ...target.requestFor(request), signal: state.signal });
        target.cooldown.succeeded();
        return withHistory(response, state);
      } catch (cause) {
        recordFailure(target, cause, state);
      }
    }
  } finally {
    state.stop();
  }
  throw allFailed(state);
}

async function* streamFrom(
  all: readonly Target[],
  request: ChatRequest,
  signal: AbortSignal,
  policy: FallbackPolicy,
): AsyncGenerator<readonly ChatEvent[], ChatResponse> {
  const state = startCall(all, policy, signal);
  try {
    for (const target of availableTargets(all)) {
      if (isSpent(state)) break;
      try {
        return yield* streamTarget(target, request, state);
      } catch (cause) {
        recordFailure(target, cause, state);
      }
    }
  } finally {
    state.stop();
  }
  throw allFailed(state);
}

/** The events of one target. Those before its first content are held back until there is some. */
async function* streamTarget(target: Target, request: ChatRequest, state: CallState): AsyncGenerator<readonly ChatEvent[], ChatResponse> {
  state.held = [];
  const stream = target.connection.stream({ ...target.requestFor(request), signal: state.signal });
  for await (const batch of stream.batches()) {
    if (state.held === undefined) {
      addShown(state, batch);
      yield batch;
    } else {
      for (const event of batch) state.held.push(event);
      if (batch.some(isContent)) yield release(state);
    }
  }
  const response = await stream.response();
  target.cooldown.succeeded();
  if (state.held) yield release(state);
  return withHistory(response, state);
}

/** The first events of a target: notes about the targets before it, events that take back their content, and its own events up to its first content. */
function release(state: CallState): ChatEvent[] {
  const { notes, shown, held = [] } = state;
  state.held = undefined;
  state.stop();
  const events: ChatEvent[] = notes.slice(state.shownNotes).map((note) => ({ type: "note", note }));
  state.shownNotes = notes.length;
  for (const index of shown) events.push({ type: "replace", index });
  if (shown.size > 0) events.push({ type: "usage", usage: { completeness: "unknown" } });
  shown.clear();
  addShown(state, held);
  return [...events, ...held];
}

/** Remembers the parts that the caller has seen. */
function addShown({ shown }: CallState, events: readonly ChatEvent[]): void {
  for (const event of events) if ("index" in event) shown.add(event.index);
}

/** True for events that hold a piece of the answer. `finish` is one: an empty answer is an answer. */
function isContent(event: ChatEvent): boolean {
  switch (event.type) {
    case "text":
    case "reasoning":
    case "tool-call-delta":
    case "part-end":
    case "part":
    case "finish":
      return true;
    case "part-start":
      return event.kind === "tool-call";
    case "start":
    case "replace":
    case "usage":
    case "note":
    case "vendor-fields":
      return false;
    default:
      return event satisfies never;
  }
}

/** Remembers a failure, or throws it when no other target is to be asked. */
function recordFailure(target: Target, cause: unknown, state: CallState): void {
  const { policy, caller, signal } = state;
  const error = toLumiverseError(cause);
  // The caller has seen content, which is not taken back.
  const isFinal = state.held === undefined && !policy.afterContent;
  if (isFinal) target.cooldown.failed(error);
  if (isFinal || caller?.aborted) throw withErrorHistory(error, state);
  if (signal.aborted) {
    state.attempts.push(...error.attempts);
    throw withErrorHistory(abortError(signal.reason), state);
  }
  // A target whose connection was closed ends with `aborted`, although nobody aborted this call.
  const closed = error.code === "aborted";
  if (!closed && !(policy.when?.(error) ?? FAILURE_CLASSES[error.code].fallsBack)) throw withErrorHistory(error, state);
  target.cooldown.failed(error);
  state.failures.push({ target, error });
  state.attempts.push(...error.attempts);
  // A request that a target cannot serve is refused by its check, before anything is sent.
  const what = error.code === "unsupported" && error.attempts.length === 0 ? "was passed over" : "did not answer";
  state.notes.push({ kind: "fallback", message: `${target.name} ${what} (${error.code}): ${error.message}` });
}

function isSpent({ attempts, policy }: CallState): boolean {
  return attempts.length >= (policy.attempts ?? Infinity);
}

/** The state of a call before its first target. Its notes name the targets that rest. */
function startCall(all: readonly Target[], policy: FallbackPolicy, caller: AbortSignal | undefined): CallState {
  const available = availableTargets(all);
  const resting = all.filter((target) => !available.includes(target));
  const notes = resting.map(({ name, cooldown }): Note => {
    const until = new Date(cooldown.until).toISOString();
    return { kind: "fallback", message: `${name} was not asked: it failed before and rests until ${until}.` };
  });
  const { budgetMs = BUDGET_MS } = policy;
  const budget = new AbortController();
  return {
    policy,
    caller,
    signal: AbortSignal.any([budget.signal, caller ?? budget.signal]),
    stop: startTimer(budgetMs, () => {
      const message = `no target answered within ${budgetMs} ms (the fallback's budgetMs)`;
      budget.abort(new LumiverseError({ code: "timeout", message, retryable: false }));
    }),
    failures: [],
    attempts: [],
    notes,
    shownNotes: 0,
    shown: new Set(),
    held: [],
  };
}

function withHistory(response: ChatResponse, { attempts, notes }: CallState): ChatResponse {
  return { ...response, attempts: [...attempts, ...response.attempts], notes: [...notes, ...response.notes] };
}

function withErrorHistory(error: LumiverseError, { attempts, notes }: CallState): LumiverseError {
  error.attempts = [...attempts, ...error.attempts];
  error.notes = [...notes, ...error.notes];
  return error;
}

/** One error for all targets. Its code is that of the last target that received a request. */
function allFailed({ failures, attempts, notes }: CallState): LumiverseError {
  const asked = failures.filter(({ error }) => error.attempts.length > 0);
  const last = asked[asked.length - 1] ?? failures[failures.length - 1];
  if (last === undefined) return new LumiverseError({ code: "timeout", message: "the fallback's budget allows no attempt" });
  const waits = asked.flatMap(({ error }) => error.retryAfterMs ?? []);
  return new LumiverseError({
    ...optionsOf(last.error),
    message: `no target answered: ${failures.map(({ target, error }) => `${target.name} (${error.code}): ${error.message}`).join("; ")}`,
    retryable: failures.some(({ error }) => error.retryable),
    attempts,
    notes,
    cause: last.error,
    ...(waits.length === 0 ? {} : { retryAfterMs: Math.min(...waits) }),
  });
}
