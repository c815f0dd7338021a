import { fromNano, toNano } from "../keys/money.ts";
import type { CallRow, RunningCallRow } from "../store/tables.ts";
import type { Call, CallAttempt, CallCost, CallState } from "./call.ts";

/** What is known when a call is accepted. */
export type CallStart = Pick<Call, "id" | "key" | "protocol" | "requestedModel" | "streamed"> & {
  /** Milliseconds since 1970. */
  startedAt: number;
};

/** What is known when it ends. */
export type CallEnd = Partial<
  Pick<Call, "connection" | "provider" | "model" | "usage" | "cost" | "latencyMs" | "firstTokenMs" | "finishReason" | "error" | "content">
> & { state: Exclude<CallState, "running">; attempts: readonly CallAttempt[]; endedAt: number };

/** Longer messages of errors are cut. */
const LONGEST_MESSAGE = 2000;

/** The columns of a call that has not ended. */
const NOT_ENDED = {
  ended_at: null,
  connection: null,
  provider: null,
  model: null,
  input_tokens: null,
  cache_read_tokens: null,
  cache_write_tokens: null,
  output_tokens: null,
  reasoning_tokens: null,
  usage_completeness: null,
  cost: null,
  currency: null,
  cost_from: null,
  latency_ms: null,
  first_token_ms: null,
  finish_reason: null,
  error_code: null,
  error_message: null,
  attempt_count: null,
  attempts: null,
  content: null,
} satisfies Partial<CallRow>;

export function startedRow(start: CallStart, processId: string, day: string, reserved: { tokens: number; cost: number }): CallRow {
  return {
    id: start.id,
    key_id: start.key ?? null,
    process_id: processId,
    state: "running",
    started_at: start.startedAt,
    day,
    protocol: start.protocol,
    requested_model: textOf(start.requestedModel, 300),
    streamed: start.streamed ? 1 : 0,
    reserved_tokens: reserved.tokens,
    reserved_cost: reserved.cost,
    ...NOT_ENDED,
  };
}

/** The row of the ledger for a call of the table of running calls. */
export function runningRow(row: RunningCallRow): CallRow {
  return { ...row, state: "running", reserved_tokens: 0, reserved_cost: 0, ...NOT_ENDED };
}

/** The row of such a call whose process died. @param now Milliseconds since 1970 */
export function interruptedRow(row: RunningCallRow, now: number): CallRow {
  return { ...runningRow(row), state: "interrupted", ended_at: now };
}

export function endedRow(started: CallRow, end: CallEnd): CallRow {
  const { usage, cost, error, attempts } = end;
  return {
    ...started,
    state: end.state,
    ended_at: end.endedAt,
    connection: end.connection ?? null,
    provider: end.provider ?? null,
    model: end.model === undefined ? null : textOf(end.model, 300),
    input_tokens: countOf(usage?.input),
    cache_read_tokens: countOf(usage?.cacheRead),
    cache_write_tokens: countOf(usage?.cacheWrite),
    output_tokens: countOf(usage?.output),
    reasoning_tokens: countOf(usage?.reasoning),
    usage_completeness: usage?.completeness ?? null,
    cost: cost === undefined ? null : countOf(toNano(cost.amount)),
    currency: cost?.currency ?? null,
    cost_from: cost?.from ?? null,
    latency_ms: countOf(end.latencyMs),
    first_token_ms: countOf(end.firstTokenMs),
    finish_reason: end.finishReason ?? null,
    error_code: error?.code ?? null,
    error_message: error === undefined ? null : textOf(error.message, LONGEST_MESSAGE),
    attempt_count: attempts.length,
    attempts: attempts.length === 0 ? null : JSON.stringify(attempts),
    content: end.content === undefined ? null : JSON.stringify(end.content),
  };
}

/** A count for an integer column: a vendor may report anything. */
function countOf(count: number | undefined): number | null {
  if (count === undefined || !Number.isFinite(count)) return null;
  return Math.round(Math.min(Math.max(0, count), Number.MAX_SAFE_INTEGER));
}

/** A text for a column: PostgreSQL refuses the character 0 and lone surrogates. */
function textOf(text: string, longest: number): string {
  return text.slice(0, longest).replaceAll("\0", "").toWellFormed();
}

export function toCall(row: CallRow): Call {
  const number = (value: number | null): number | undefined => (value === null ? undefined : Number(value));
  const { usage_completeness: completeness, error_code: code, error_message: message } = row;
  const buckets = {
    input: number(row.input_tokens),
    cacheRead: number(row.cache_read_tokens),
    cacheWrite: number(row.cache_write_tokens),
    output: number(row.output_tokens),
    reasoning: number(row.reasoning_tokens),
  };
  const optional = {
    key: row.key_id ?? undefined,
    endedAt: row.ended_at === null ? undefined : new Date(Number(row.ended_at)).toISOString(),
    connection: row.connection ?? undefined,
    provider: row.provider ?? undefined,
    model: row.model ?? undefined,
    // The texts of these columns were written by this file.
    usage: completeness === null ? undefined : { ...present(buckets), completeness: completeness as "exact" | "partial" | "unknown" },
    cost:
      row.cost === null || row.currency === null
        ? undefined
        : { amount: fromNano(Number(row.cost)), currency: row.currency, from: row.cost_from as CallCost["from"] },
    latencyMs: number(row.latency_ms),
    firstTokenMs: number(row.first_token_ms),
    finishReason: row.finish_reason ?? undefined,
    error: code === null ? undefined : { code, message: message ?? "" },
    content: row.content === null ? undefined : (JSON.parse(row.content) as NonNullable<Call["content"]>),
  };
  return {
    id: row.id,
    state: row.state as CallState, // written by this file, as are the attempts
    startedAt: new Date(Number(row.started_at)).toISOString(),
    protocol: row.protocol,
    requestedModel: row.requested_model,
    streamed: row.streamed === 1,
    attempts: row.attempts === null ? [] : (JSON.parse(row.attempts) as CallAttempt[]),
    ...present(optional),
  };
}

/** The fields that are not undefined. */
function present<T extends object>(fields: T): { [F in keyof T]?: Exclude<T[F], undefined> } {
  // Filtering entries keeps their keys and values.
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [F in keyof T]?: Exclude<T[F], undefined>;
  };
}
