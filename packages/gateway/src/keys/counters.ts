import { type RawBuilder, sql } from "kysely";
import type { GatewayStore, GatewayWrite } from "../store/store.ts";
import type { VirtualKey } from "./key.ts";
import { toNano } from "./money.ts";
import { type Period, periodAt } from "./period.ts";

/** What a call holds of its key's limits while it runs. */
export interface Charge {
  tokens: number;
  /** Billionths of the key's currency. */
  cost: number;
}

/** A charge that was made, with the periods that it was made in. */
export interface Reservation extends Charge {
  keyId: string;
  period: Period;
}

type LimitedKey = Pick<VirtualKey, "id" | "limits">;

/** Which limit refused a call. */
export type LimitName = "parallel" | "requestsPerMinute" | "tokensPerMinute" | "budgetPerDay" | "budgetPerMonth";

const NO_LIMIT = Number.MAX_SAFE_INTEGER;

/**
 * Charges one call to all limits of a key, or to none: one conditional update. Undefined when a limit refuses. A period that is over starts from zero; a period
 * that another process, whose clock is ahead, has begun already is continued.
 */
export async function reserve(
  write: GatewayWrite,
  { id: keyId, limits }: LimitedKey,
  { tokens, cost }: Charge,
  now: number,
): Promise<Reservation | undefined> {
  const { minute, day, month } = periodAt(now);
  const requestsBefore = sql<number>`case when minute >= ${minute} then minute_requests else 0 end`;
  const tokensBefore = sql<number>`case when minute >= ${minute} then minute_tokens else 0 end`;
  const daySpent = sql<number>`case when day >= ${day} then day_spent else 0 end`;
  const dayReserved = sql<number>`case when day >= ${day} then day_reserved else 0 end`;
  const monthSpent = sql<number>`case when month >= ${month} then month_spent else 0 end`;
  const monthReserved = sql<number>`case when month >= ${month} then month_reserved else 0 end`;
  const row = await write
    .updateTable("gateway_counters")
    .set({
      minute: sql<number>`case when minute >= ${minute} then minute else ${minute} end`,
      minute_requests: sql<number>`(${requestsBefore}) + 1`,
      minute_tokens: sql<number>`(${tokensBefore}) + ${tokens}`,
      day: sql<string>`case when day >= ${day} then day else ${day} end`,
      day_spent: daySpent,
      day_reserved: sql<number>`(${dayReserved}) + ${cost}`,
      month: sql<string>`case when month >= ${month} then month else ${month} end`,
      month_spent: monthSpent,
      month_reserved: sql<number>`(${monthReserved}) + ${cost}`,
    })
    .where("key_id", "=", keyId)
    .where(within(sql`(${requestsBefore}) + 1`, limits.requestsPerMinute))
    .where(within(sql`(${tokensBefore}) + ${tokens}`, limits.tokensPerMinute))
    .where(within(sql`(${daySpent}) + (${dayReserved}) + ${cost}`, nanoLimit(limits.budgetPerDay)))
    .where(within(sql`(${monthSpent}) + (${monthReserved}) + ${cost}`, nanoLimit(limits.budgetPerMonth)))
    .returning(["minute", "day", "month"])
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return { keyId, tokens, cost, period: { minute: Number(row.minute), day: row.day, month: row.month } };
}

function within(sum: RawBuilder<unknown>, limit: number | undefined): RawBuilder<boolean> {
  return sql<boolean>`${sum} <= ${limit ?? NO_LIMIT}`;
}

function nanoLimit(limit: number | undefined): number | undefined {
  return limit === undefined ? undefined : toNano(limit);
}

/** The first limit that refuses a call, by what the counters hold now. */
export async function refusedBy(
  write: GatewayWrite,
  { id, limits }: LimitedKey,
  { tokens, cost }: Charge,
  now: number,
): Promise<Exclude<LimitName, "parallel">> {
  const use = await usedAt(write, id, now);
  const { requestsPerMinute = NO_LIMIT, tokensPerMinute = NO_LIMIT, budgetPerDay } = limits;
  if (use.requests + 1 > requestsPerMinute) return "requestsPerMinute";
  if (use.tokens + tokens > tokensPerMinute) return "tokensPerMinute";
  const dayLimit = nanoLimit(budgetPerDay) ?? NO_LIMIT;
  return use.daySpent + use.dayReserved + cost > dayLimit ? "budgetPerDay" : "budgetPerMonth";
}

/** Billionths that the budgets of a key leave. Infinite without a budget. */
export async function restOfBudget(write: GatewayWrite, { id, limits }: LimitedKey, now: number): Promise<number> {
  const { budgetPerDay, budgetPerMonth } = limits;
  const use = await usedAt(write, id, now);
  const day = (nanoLimit(budgetPerDay) ?? Number.POSITIVE_INFINITY) - use.daySpent - use.dayReserved;
  const month = (nanoLimit(budgetPerMonth) ?? Number.POSITIVE_INFINITY) - use.monthSpent - use.monthReserved;
  return Math.min(day, month);
}

export interface Used {
  requests: number;
  tokens: number;
  daySpent: number;
  dayReserved: number;
  monthSpent: number;
  monthReserved: number;
}

/** What a key has used in the periods of this moment. */
export async function usedAt(read: Pick<GatewayWrite, "selectFrom">, keyId: string, now: number): Promise<Used> {
  const { minute, day, month } = periodAt(now);
  const row = await read.selectFrom("gateway_counters").selectAll().where("key_id", "=", keyId).executeTakeFirst();
  const inMinute = row !== undefined && Number(row.minute) >= minute;
  const inDay = row !== undefined && row.day >= day;
  const inMonth = row !== undefined && row.month >= month;
  return {
    requests: inMinute ? Number(row.minute_requests) : 0,
    tokens: inMinute ? Number(row.minute_tokens) : 0,
    daySpent: inDay ? Number(row.day_spent) : 0,
    dayReserved: inDay ? Number(row.day_reserved) : 0,
    monthSpent: inMonth ? Number(row.month_spent) : 0,
    monthReserved: inMonth ? Number(row.month_reserved) : 0,
  };
}

/**
 * Locks what keys have used until the transaction ends. Every transaction that changes several keys locks them here first, in one order, so that two processes
 * cannot wait for each other. SQLite's transactions have the lock already.
 */
export async function lockCounters(write: GatewayWrite, kind: GatewayStore["kind"], keyIds: readonly string[]): Promise<void> {
  if (kind === "sqlite" || keyIds.length === 0) return;
  await write.selectFrom("gateway_counters").select("key_id").where("key_id", "in", keyIds).orderBy("key_id").forUpdate().execute();
}

/**
 * The calls of a key that run. They are counted in the ledger, which knows of each how it ended: a second counter could drift. Exact while the counters of
 * the key are locked.
 */
export async function runningCalls(read: Pick<GatewayWrite, "selectFrom">, keyId: string): Promise<number> {
  const limited = await read
    .selectFrom("gateway_calls")
    .select(({ fn }) => fn.countAll<number>().as("count"))
    .where(sql<boolean>`state = 'running'`)
    // The expression rules out the index by key, which holds all calls of the past. That of the running calls is left.
    .where(sql<boolean>`key_id || '' = ${keyId}`)
    .executeTakeFirstOrThrow();
  // Those that began before the key had limits.
  const others = await read
    .selectFrom("gateway_running_calls")
    .select(({ fn }) => fn.countAll<number>().as("count"))
    .where("key_id", "=", keyId)
    .executeTakeFirstOrThrow();
  return Number(limited.count) + Number(others.count);
}

/** Replaces a reservation by what the call used. Amounts go to the periods of the reservation; those that are over are left alone. */
export async function settle(write: GatewayWrite, { keyId, tokens, cost, period }: Reservation, used: Charge): Promise<void> {
  const { minute, day, month } = period;
  await write
    .updateTable("gateway_counters")
    .set({
      minute_tokens: sql<number>`minute_tokens + case when minute = ${minute} then ${used.tokens - tokens} else 0 end`,
      day_spent: sql<number>`day_spent + case when day = ${day} then ${used.cost} else 0 end`,
      day_reserved: sql<number>`day_reserved - case when day = ${day} then ${cost} else 0 end`,
      month_spent: sql<number>`month_spent + case when month = ${month} then ${used.cost} else 0 end`,
      month_reserved: sql<number>`month_reserved - case when month = ${month} then ${cost} else 0 end`,
    })
    .where("key_id", "=", keyId)
    .execute();
}
