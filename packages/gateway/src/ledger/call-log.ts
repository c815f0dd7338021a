import { LumiverseError } from "@lumiverse/core";
import { sql } from "kysely";
import {
  type Charge,
  type LimitName,
  lockCounters,
  type Reservation,
  refusedBy,
  reserve,
  restOfBudget,
  runningCalls,
  settle,
} from "../keys/counters.ts";
import type { ChargeOffer, Grant } from "../keys/grant.ts";
import type { VirtualKey } from "../keys/key.ts";
import { hasLimits } from "../keys/key-row.ts";
import { dayOf, untilEnd } from "../keys/period.ts";
import type { GatewayStore, GatewayWrite } from "../store/store.ts";
import type { CallRow } from "../store/tables.ts";
import { nextTurn } from "../timers.ts";
import { type CallEnd, type CallStart, endedRow, startedRow } from "./call-row.ts";
import { insertEnds, insertStarts, type StoredCall } from "./stored-calls.ts";

export interface CallLogOptions {
  /** Receives failures of the database. */
  onError: (error: unknown) => void;
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
  offer: ChargeOffer;
  accept(row: RunningCall): void;
  refuse(error: LumiverseError): void;
  /** Nobody waits for it any more. */
  abandoned: boolean;
}

/** A call that was accepted. */
export interface RunningCall {
  row: CallRow;
  grant: Grant;
  reservation?: Reservation;
  /** Its key limits how many calls run at once. */
  isCounted?: boolean;
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

/** Milliseconds that ends are collected, and how many at most. */
const COLLECT = 20;
const ENDS_AT_ONCE = 50;
/** Milliseconds after which a call that found too many others running may try again. Nobody knows when one of them ends. */
const RETRY_FOR_SLOT = 1000;
/** Tries to charge a call, while other processes take what the key's budget leaves. */
const CHARGE_TRIES = 3;

/**
 * Writes calls to the ledger, many in one transaction: when they are accepted, together with the charge to their key's limits, and when they end, together
 * with the settlement. A call is sent after its row is stored, so a process that is killed loses none. Calls that arrive while a transaction runs share the next;
 * ends that release nothing of a limit wait a little for others.
 *
 * What waits to be written is bounded: while a database does not answer, calls are refused, and refused calls write nothing.
 */
export class CallLog {
  readonly #store: GatewayStore;
  readonly #options: Required<CallLogOptions>;
  /** Calls that wait to be stored, and for their key's limits. */
  #begins: Begin[] = [];
  #ends: End[] = [];
  /** Ends are written with the next transaction. Until then, those that release nothing of a limit are collected. */
  #endsAreDue = false;
  /** Calls whose end is not written. */
  readonly #active = new Set<string>();
  #running: Promise<void> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(store: GatewayStore, { maxWaiting = 2000, acceptTimeoutMs = 10_000, ...options }: CallLogOptions) {
    this.#store = store;
    this.#options = { maxWaiting, acceptTimeoutMs, ...options };
  }

  /**
   * Accepts a call: its limits are charged and its row is stored when this resolves.
   * @throws LumiverseError `rate-limit` or `insufficient-balance` when a limit of the key refuses it, `overloaded` when the database does not answer
   */
  async begin(start: CallStart, key: VirtualKey | undefined, offer: ChargeOffer, signal?: AbortSignal): Promise<RunningCall> {
    if (this.#begins.length + this.#ends.length >= this.#options.maxWaiting)
      throw overloaded("too many calls are waiting for the database");
    return new Promise((resolve, reject) => {
      const begin: Begin = {
        start,
        key,
        offer,
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
      this.#active.add(start.id);
      this.#wake();
    });
  }

  /** Stores how a call ended. A failing database is tried again until it answers. */
  end(call: RunningCall, end: CallEnd, used: Charge): void {
    this.#ends.push({ call, end, used });
    if (call.reservation !== undefined || this.#ends.length >= ENDS_AT_ONCE) this.#endsAreDue = true;
    // The next call of the key can wait for the end of this one.
    if (call.isCounted === true) void this.#wake();
    else this.#collect();
  }

  /** Whether a call of this process has not ended, as far as this process knows. */
  isActive(id: string): boolean {
    return this.#active.has(id);
  }

  /** Resolves when everything is written. */
  async flush(): Promise<void> {
    while (this.#begins.length > 0 || this.#ends.length > 0 || this.#running !== undefined) {
      this.#endsAreDue = true;
      await (this.#running ?? this.#wake());
    }
  }

  get #hasWork(): boolean {
    return this.#begins.length > 0 || (this.#endsAreDue && this.#ends.length > 0);
  }

  #collect(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      if (this.#ends.length === 0) return;
      this.#endsAreDue = true;
      void this.#wake();
    }, COLLECT);
  }

  #wake(): Promise<void> {
    this.#running ??= this.#writeAll().finally(() => {
      this.#running = undefined;
      if (this.#begins.length > 0) void this.#wake();
      else if (this.#ends.length > 0) this.#collect();
    });
    return this.#running;
  }

  async #writeAll(): Promise<void> {
    // Calls that arrive in the same turn of the event loop share a transaction: one for each takes as much of the processor as the call itself.
    await nextTurn();
    const { kind } = this.#store;
    while (this.#hasWork) {
      const ends = this.#endsAreDue ? this.#ends.splice(0, LARGEST_BATCH) : [];
      this.#endsAreDue = this.#ends.length > 0 && this.#endsAreDue;
      const begins = this.#begins.splice(0, LARGEST_BATCH).filter((begin) => this.#isWanted(begin));
      try {
        const results = await this.#store.write(async (write) => {
          const settlements = await writeEnds(write, kind, ends);
          await lockCounters(write, kind, keysToLock(settlements, begins));
          await settleAll(write, settlements);
          const charged = await this.#chargeAll(write, begins);
          await insertStarts(write, kind, charged.filter(isAccepted).map(storedCall));
          return charged;
        }, "process");
        for (const { call } of ends) this.#active.delete(call.row.id);
        for (const [index, begin] of begins.entries()) this.#answer(begin, results[index]);
      } catch (cause) {
        this.#options.onError(cause);
        this.#ends.unshift(...(await this.#unwritten(ends)));
        this.#endsAreDue = this.#ends.length > 0;
        for (const begin of begins) {
          this.#active.delete(begin.start.id);
          begin.refuse(overloaded("the database did not answer", cause));
        }
        await new Promise((resolve) => setTimeout(resolve, RETRY_AFTER));
      }
    }
  }

  /** The ends that a failed transaction leaves to be written. Where the database answers, one of them is at fault: it is given up, so that the others are kept. */
  async #unwritten(ends: readonly End[]): Promise<readonly End[]> {
    try {
      await sql`select 1`.execute(this.#store.read);
    } catch {
      return ends;
    }
    for (const end of ends) {
      this.#active.delete(end.call.row.id);
      const write = this.#store.write(async (write) => settleAll(write, await writeEnds(write, this.#store.kind, [end])), "process");
      await write.catch(this.#options.onError);
    }
    return [];
  }

  #isWanted({ abandoned, start }: Begin): boolean {
    if (abandoned) this.#active.delete(start.id);
    return !abandoned;
  }

  #answer(begin: Begin, result: RunningCall | LumiverseError | undefined): void {
    if (result === undefined || result instanceof LumiverseError) {
      this.#active.delete(begin.start.id);
      begin.refuse(result ?? overloaded("the call was not stored"));
    } else if (!begin.abandoned) begin.accept(result);
    else {
      const error = { code: "aborted", message: "the call ended before it was accepted" };
      this.end(result, { state: "canceled", attempts: [], error, endedAt: this.#options.now() }, { tokens: 0, cost: 0 });
    }
  }

  async #chargeAll(write: GatewayWrite, begins: readonly Begin[]): Promise<(RunningCall | LumiverseError)[]> {
    const results = new Map<Begin, RunningCall | LumiverseError>();
    // Rows of counters are locked in the order of their keys, so that two processes cannot wait for each other.
    const ordered = [...begins].sort((a, b) => compare(a.key?.id, b.key?.id));
    const running = new Map<string, number>();
    for (const begin of ordered) results.set(begin, await this.#charge(write, begin, running));
    return begins.map((begin) => results.get(begin) ?? overloaded("the call was not charged"));
  }

  /** @param running Calls that run, by the ids of keys that limit them. Those that this transaction accepts are added */
  async #charge(write: GatewayWrite, { start, key, offer }: Begin, running: Map<string, number>): Promise<RunningCall | LumiverseError> {
    const { processId, now } = this.#options;
    const { whole } = offer;
    if (key === undefined || !hasLimits(key))
      return { row: startedRow(start, processId, dayOf(start.startedAt), whole.charge), grant: whole };
    const { id, limits } = key;
    const at = now();
    const isCounted = limits.parallel !== undefined;
    if (isCounted && !running.has(id)) running.set(id, await runningCalls(write, id));
    const before = running.get(id) ?? 0;
    if (isCounted && before >= limits.parallel) return refusal(key, "parallel", whole.charge, at);
    let grant: Grant | undefined = whole;
    for (let tries = 1; grant !== undefined && tries <= CHARGE_TRIES; tries++) {
      const reservation = await reserve(write, key, grant.charge, at);
      if (reservation !== undefined) {
        if (isCounted) running.set(id, before + 1);
        return { row: startedRow(start, processId, reservation.period.day, grant.charge), grant, reservation, isCounted };
      }
      // A budget that does not cover the whole call may cover a shorter answer.
      const refused: Charge = grant.charge;
      grant = offer.within(await restOfBudget(write, key, at));
      // The budget covers it. Another limit refuses it, and does so again.
      if (grant !== undefined && grant.charge.tokens === refused.tokens && grant.charge.cost === refused.cost) break;
    }
    return refusal(key, await refusedBy(write, key, whole.charge, at), whole.charge, at);
  }
}

/** What a reservation is replaced by. */
interface Settlement {
  reservation: Reservation;
  used: Charge;
}

/** Stores ends. Resolves to what is left to settle with the limits of keys, in the order of those. */
async function writeEnds(write: GatewayWrite, kind: GatewayStore["kind"], ends: readonly End[]): Promise<readonly Settlement[]> {
  const reserved = ends.filter(({ call }) => call.reservation !== undefined);
  const states = await lockStates(
    write,
    reserved.map(({ call }) => call.row.id),
  );
  await insertEnds(
    write,
    kind,
    ends.map(({ call, end }) => ({ ...storedCall(call), row: endedRow(call.row, end) })),
  );
  const settlements = ends.flatMap(({ call: { row, reservation }, used }): Settlement[] => {
    if (reservation === undefined) return [];
    const state = states.get(row.id);
    if (state === "running") return [{ reservation, used }];
    // A process that took this one for dead has released what the call held.
    if (state === "interrupted") return [{ reservation: { ...reservation, tokens: 0, cost: 0 }, used }];
    // It was settled, by a transaction whose success did not reach this process.
    return [];
  });
  return settlements.sort((a, b) => compare(a.reservation.keyId, b.reservation.keyId));
}

async function settleAll(write: GatewayWrite, settlements: readonly Settlement[]): Promise<void> {
  for (const { reservation, used } of settlements) await settle(write, reservation, used);
}

/** The keys whose counters a transaction must lock before it changes them: several, or one whose running calls are counted. */
function keysToLock(settlements: readonly Settlement[], begins: readonly Begin[]): readonly string[] {
  const limited = begins.flatMap(({ key }) => (key !== undefined && hasLimits(key) ? [key] : []));
  const ids = new Set([...settlements.map(({ reservation }) => reservation.keyId), ...limited.map(({ id }) => id)]);
  return ids.size > 1 || limited.some(({ limits }) => limits.parallel !== undefined) ? [...ids] : [];
}

/** What calls are stored as, locked until the transaction ends. */
async function lockStates(write: GatewayWrite, ids: readonly string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const running = await write
    .updateTable("gateway_calls")
    .set({ state: "running" })
    .where("id", "in", ids)
    .where("state", "=", "running")
    .returning("id")
    .execute();
  const states = new Map(running.map(({ id }) => [id, "running"]));
  if (states.size === ids.length) return states;
  const others = await write.selectFrom("gateway_calls").select(["id", "state"]).where("id", "in", ids).execute();
  for (const { id, state } of others) if (!states.has(id)) states.set(id, state);
  return states;
}

function storedCall({ row, reservation }: RunningCall): StoredCall {
  return { row, isLimited: reservation !== undefined };
}

function isAccepted(result: RunningCall | LumiverseError): result is RunningCall {
  return !(result instanceof LumiverseError);
}

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

function refusal({ name, limits }: VirtualKey, limit: LimitName, charge: Charge, now: number): LumiverseError {
  const { requestsPerMinute, tokensPerMinute, budgetPerDay, budgetPerMonth, currency = "USD" } = limits;
  switch (limit) {
    case "parallel":
      return new LumiverseError({
        code: "rate-limit",
        message: `the key "${name}" may run ${limits.parallel} calls at once`,
        status: 429,
        retryAfterMs: RETRY_FOR_SLOT,
      });
    case "requestsPerMinute":
      return limited(`the key "${name}" may make ${requestsPerMinute} requests in a minute`, now);
    case "tokensPerMinute":
      if (charge.tokens > (tokensPerMinute ?? 0)) return tooLong(name, tokensPerMinute ?? 0, charge.tokens);
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

/** No wait helps a call that needs more than the limit. */
function tooLong(name: string, limit: number, needed: number): LumiverseError {
  return new LumiverseError({
    code: "rate-limit",
    message: `the key "${name}" may use ${limit} tokens in a minute, and this call may use ${needed}`,
    hint: "Send a smaller maximum output, or raise the limit of the key",
    status: 429,
    retryable: false,
  });
}

function spent(message: string): LumiverseError {
  const hint = "Use a cheaper model or a smaller maximum output, or raise the budget";
  return new LumiverseError({ code: "insufficient-balance", message, status: 402, hint });
}
