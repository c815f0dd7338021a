import { LumiverseError } from "@lumiverse/core";
import { type Charge, type LimitName, type Reservation, refusedBy, reserve, settle } from "../keys/counters.ts";
import type { VirtualKey } from "../keys/key.ts";
import { hasLimits } from "../keys/key-row.ts";
import { dayOf, untilEnd } from "../keys/period.ts";
import type { GatewayStore, GatewayWrite } from "../store/store.ts";
import type { CallRow } from "../store/tables.ts";
import { type CallEnd, type CallStart, endedRow, startedRow } from "./call-row.ts";

export interface CallLogOptions {
  processId: string;
  now: () => number;
  /** Calls that wait to be accepted, at most. More are refused. Default 2,000. */
  maxWaiting?: number;
  /** Milliseconds that a call waits to be accepted. Default 10,000. */
  acceptTimeoutMs?: number;
}

interface Begin {
  start: CallStart;
  key: VirtualKey | undefined;
  charge: Charge;
  accept(row: RunningCall): void;
  refuse(error: LumiverseError): void;
  /** Nobody waits for it any more. */
  abandoned: boolean;
}

/** A call that was accepted. */
export interface RunningCall {
  row: CallRow;
  reservation?: Reservation;
}

interface End {
  call: RunningCall;
  end: CallEnd;
  used: Charge;
}

/** Rows of one transaction, at most. */
const LARGEST_BATCH = 200;
/** Milliseconds between two tries to write what a failing database did not take. */
const RETRY_AFTER = 250;

/**
 * Writes calls to the ledger, many in one transaction: when they are accepted, together with the charge to their key's limits, and when they end, together
 * with the settlement. What waits to be written is bounded: a database that does not answer leads to refused calls, and refused calls write nothing.
 */
export class CallLog {
  readonly #store: GatewayStore;
  readonly #options: Required<CallLogOptions>;
  #begins: Begin[] = [];
  #ends: End[] = [];
  #running: Promise<void> | undefined;

  constructor(store: GatewayStore, { maxWaiting = 2000, acceptTimeoutMs = 10_000, ...options }: CallLogOptions) {
    this.#store = store;
    this.#options = { maxWaiting, acceptTimeoutMs, ...options };
  }

  /**
   * Accepts a call: its limits are charged and its row is stored when this resolves.
   * @throws LumiverseError `rate-limit` or `insufficient-balance` when a limit of the key refuses it, `overloaded` when the database does not answer
   */
  async begin(start: CallStart, key: VirtualKey | undefined, charge: Charge, signal?: AbortSignal): Promise<RunningCall> {
    if (this.#begins.length >= this.#options.maxWaiting) throw overloaded("too many calls are waiting for the database");
    return new Promise((resolve, reject) => {
      const begin: Begin = {
        start,
        key,
        charge,
        abandoned: false,
        accept: (call) => settled(() => resolve(call)),
        refuse: (error) => settled(() => reject(error)),
      };
      const abandon = (error: LumiverseError): void => {
        begin.abandoned = true;
        settled(() => reject(error));
      };
      const leave = (): void => abandon(new LumiverseError({ code: "aborted", message: "the client left" }));
      const timer = setTimeout(() => abandon(overloaded("the database did not answer")), this.#options.acceptTimeoutMs);
      const settled = (done: () => void): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", leave);
        done();
      };
      signal?.addEventListener("abort", leave, { once: true });
      this.#begins.push(begin);
      this.#wake();
    });
  }

  /** Stores how a call ended. A failing database is tried again until it answers. */
  end(call: RunningCall, end: CallEnd, used: Charge): void {
    this.#ends.push({ call, end, used });
    this.#wake();
  }

  /** Resolves when everything is written. */
  async flush(): Promise<void> {
    while (this.#begins.length > 0 || this.#ends.length > 0 || this.#running !== undefined) await (this.#running ?? this.#wake());
  }

  #wake(): Promise<void> {
    this.#running ??= this.#writeAll().finally(() => {
      this.#running = undefined;
      if (this.#begins.length > 0 || this.#ends.length > 0) void this.#wake();
    });
    return this.#running;
  }

  async #writeAll(): Promise<void> {
    // What is added in the same turn of the event loop goes into the same transaction.
    await Promise.resolve();
    while (this.#begins.length > 0 || this.#ends.length > 0) {
      const ends = this.#ends.splice(0, LARGEST_BATCH);
      const begins = this.#begins.splice(0, LARGEST_BATCH).filter(({ abandoned }) => !abandoned);
      if (ends.length === 0 && begins.length === 0) continue;
      try {
        const results = await this.#store.write(async (write) => {
          await writeEnds(write, ends);
          return this.#writeBegins(write, begins);
        });
        for (const [index, begin] of begins.entries()) this.#answer(begin, results[index]);
      } catch (cause) {
        this.#ends.unshift(...ends);
        for (const begin of begins) begin.refuse(overloaded("the database did not answer", cause));
        await new Promise((resolve) => setTimeout(resolve, RETRY_AFTER));
      }
    }
  }

  #answer(begin: Begin, result: RunningCall | LumiverseError | undefined): void {
    if (result === undefined) begin.refuse(overloaded("the call was not stored"));
    else if (result instanceof LumiverseError) begin.refuse(result);
    else if (!begin.abandoned) begin.accept(result);
    else {
      const error = { code: "aborted", message: "the call ended before it was accepted" };
      this.end(result, { state: "canceled", attempts: [], error, endedAt: this.#options.now() }, { tokens: 0, cost: 0 });
    }
  }

  async #writeBegins(write: GatewayWrite, begins: readonly Begin[]): Promise<(RunningCall | LumiverseError)[]> {
    const results = new Map<Begin, RunningCall | LumiverseError>();
    // Rows of counters are locked in the order of their keys, so that two processes cannot wait for each other.
    const ordered = [...begins].sort((a, b) => compare(a.key?.id, b.key?.id));
    for (const begin of ordered) results.set(begin, await this.#charge(write, begin));
    const rows = [...results.values()].flatMap((result) => (result instanceof LumiverseError ? [] : [result.row]));
    if (rows.length > 0) await write.insertInto("gateway_calls").values(rows).execute();
    return begins.map((begin) => results.get(begin) ?? overloaded("the call was not stored"));
  }

  async #charge(write: GatewayWrite, { start, key, charge }: Begin): Promise<RunningCall | LumiverseError> {
    const { processId, now } = this.#options;
    if (key === undefined || !hasLimits(key)) return { row: startedRow(start, processId, dayOf(start.startedAt), { tokens: 0, cost: 0 }) };
    const at = now();
    const reservation = await reserve(write, key.id, key.limits, charge, at);
    if (reservation === undefined) return refusal(key, await refusedBy(write, key.id, key.limits, charge, at), at);
    return { row: startedRow(start, processId, reservation.period.day, charge), reservation };
  }
}

async function writeEnds(write: GatewayWrite, ends: readonly End[]): Promise<void> {
  if (ends.length === 0) return;
  const reserved = ends.filter(({ call }) => call.reservation !== undefined);
  const running = await lockRunning(
    write,
    reserved.map(({ call }) => call.row.id),
  );
  await write
    .insertInto("gateway_calls")
    .values(ends.map(({ call, end }) => endedRow(call.row, end)))
    .onConflict((conflict) =>
      conflict.column("id").doUpdateSet((eb) => {
        const replaced = ENDED_COLUMNS.map((column) => [column, eb.ref(`excluded.${column}`)] as const);
        return Object.fromEntries(replaced);
      }),
    )
    .execute();
  for (const { call, used } of [...reserved].sort((a, b) => compare(a.call.row.key_id, b.call.row.key_id))) {
    if (call.reservation === undefined) continue;
    // A call that is not running any more was interrupted by a process that took this one for dead: what it held is released.
    const held = running.has(call.row.id) ? call.reservation : { ...call.reservation, cost: 0 };
    await settle(write, held, used);
  }
}

/** The calls among these that still run, locked until the transaction ends. */
async function lockRunning(write: GatewayWrite, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const query = write.updateTable("gateway_calls").set({ state: "running" }).where("id", "in", ids).where("state", "=", "running");
  return new Set((await query.returning("id").execute()).map(({ id }) => id));
}

const ENDED_COLUMNS = [
  "state",
  "ended_at",
  "connection",
  "provider",
  "model",
  "input_tokens",
  "cache_read_tokens",
  "cache_write_tokens",
  "output_tokens",
  "reasoning_tokens",
  "usage_completeness",
  "cost",
  "currency",
  "cost_from",
  "latency_ms",
  "first_token_ms",
  "finish_reason",
  "error_code",
  "error_message",
  "attempt_count",
  "attempts",
  "content",
] as const;

function compare(a: string | null | undefined, b: string | null | undefined): number {
  const [left, right] = [a ?? "", b ?? ""];
  return left < right ? -1 : left > right ? 1 : 0;
}

function overloaded(message: string, cause?: unknown): LumiverseError {
  return new LumiverseError({
    code: "overloaded",
    message: `the gateway cannot accept the call: ${message}`,
    status: 503,
    retryAfterMs: 1000,
    ...(cause === undefined ? {} : { cause }),
  });
}

function refusal({ name, limits }: VirtualKey, limit: LimitName, now: number): LumiverseError {
  const { requestsPerMinute, tokensPerMinute, budgetPerDay, budgetPerMonth, currency = "USD" } = limits;
  switch (limit) {
    case "requestsPerMinute":
      return limited(`the key "${name}" may make ${requestsPerMinute} requests in a minute`, now);
    case "tokensPerMinute":
      return limited(`the key "${name}" may use ${tokensPerMinute} tokens in a minute, and this call needs more than are left`, now);
    case "budgetPerDay":
      return spent(`the key "${name}" may spend ${budgetPerDay} ${currency} in a day (UTC), and this call may cost more than is left`);
    case "budgetPerMonth":
      return spent(`the key "${name}" may spend ${budgetPerMonth} ${currency} in a month (UTC), and this call may cost more than is left`);
    default:
      return limit satisfies never;
  }
}

function limited(message: string, now: number): LumiverseError {
  return new LumiverseError({ code: "rate-limit", message, status: 429, retryAfterMs: untilEnd("minute", now) });
}

function spent(message: string): LumiverseError {
  const hint = "Use a cheaper model or a smaller maximum output, or raise the budget";
  return new LumiverseError({ code: "insufficient-balance", message, status: 402, hint });
}
