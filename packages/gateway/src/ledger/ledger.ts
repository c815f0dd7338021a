import { ConnectionsError } from "@lumiverse/connections";
import { type RawBuilder, sql } from "kysely";
import { invalidField } from "../issues.ts";
import type { GatewayStore } from "../store/store.ts";
import type { CallRow } from "../store/tables.ts";
import type { CallQuery, Ledger } from "./call.ts";
import { runningRow, toCall } from "./call-row.ts";

const DEFAULT_LIMIT = 50;
const HIGHEST_LIMIT = 500;
/** Rows that one statement deletes, so that writers are not blocked for long. */
const DELETED_AT_ONCE = 1000;

export function createLedger(store: GatewayStore, flush: () => Promise<void>): Ledger {
  return {
    async list(query = {}) {
      await flush();
      const limit = Math.min(Math.max(1, query.limit ?? DEFAULT_LIMIT), HIGHEST_LIMIT);
      // First the running calls: one that ends meanwhile is then in both tables, and not in none.
      const running = await runningCalls(store, query, limit + 1);
      const stored = await storedCalls(store, query, limit + 1);
      const ids = new Set(stored.map(({ id }) => id));
      const rows = [...stored, ...running.filter(({ id }) => !ids.has(id))].sort(newestFirst);
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      const more = rows.length > limit && last !== undefined;
      return { calls: page.map(toCall), ...(more ? { next: `${Number(last.started_at)}.${last.id}` } : {}) };
    },
    async get(id) {
      await flush();
      const running = await store.read.selectFrom("gateway_running_calls").selectAll().where("id", "=", id).executeTakeFirst();
      const stored = await store.read.selectFrom("gateway_calls").selectAll().where("id", "=", id).executeTakeFirst();
      const row = stored ?? (running && runningRow(running));
      if (row === undefined) throw new ConnectionsError({ code: "not-found", message: `there is no call "${id}" in the ledger` });
      return toCall(row);
    },
    flush,
  };
}

/** The newest calls of the ledger that a query names. */
async function storedCalls({ read }: GatewayStore, query: CallQuery, limit: number): Promise<CallRow[]> {
  let select = read.selectFrom("gateway_calls").selectAll();
  if (query.connection !== undefined) select = select.where("connection", "=", query.connection);
  if (query.model !== undefined) select = select.where("model", "=", query.model);
  if (query.state !== undefined) select = select.where("state", "=", query.state);
  for (const condition of conditionsOf(query)) select = select.where(condition);
  return select.orderBy("started_at", "desc").orderBy("id", "desc").limit(limit).execute();
}

/** The newest calls that it names among those that the ledger receives when they end. Nobody knows yet which connection and model will answer them. */
async function runningCalls({ read }: GatewayStore, query: CallQuery, limit: number): Promise<CallRow[]> {
  if (query.connection !== undefined || query.model !== undefined || (query.state ?? "running") !== "running") return [];
  let select = read.selectFrom("gateway_running_calls").selectAll();
  for (const condition of conditionsOf(query)) select = select.where(condition);
  return (await select.orderBy("started_at", "desc").orderBy("id", "desc").limit(limit).execute()).map(runningRow);
}

/** The conditions for columns of both tables. */
function conditionsOf({ key, from, to, after }: CallQuery): RawBuilder<boolean>[] {
  const conditions: RawBuilder<boolean>[] = [];
  if (key !== undefined) conditions.push(sql`key_id = ${key}`);
  if (from !== undefined) conditions.push(sql`started_at >= ${momentOf("from", from)}`);
  if (to !== undefined) conditions.push(sql`started_at < ${momentOf("to", to)}`);
  if (after !== undefined) {
    const { startedAt, id } = readCursor(after);
    conditions.push(sql`(started_at < ${startedAt} or (started_at = ${startedAt} and id < ${id}))`);
  }
  return conditions;
}

function newestFirst(a: CallRow, b: CallRow): number {
  return Number(b.started_at) - Number(a.started_at) || (a.id < b.id ? 1 : -1);
}

function readCursor(text: string): { startedAt: number; id: string } {
  const [startedAt = "", id = ""] = text.split(".");
  if (!/^\d{1,15}$/.test(startedAt) || id === "") throw invalidField("after", "is not the `next` of a page");
  return { startedAt: Number(startedAt), id };
}

function momentOf(path: string, iso: string): number {
  const moment = Date.parse(iso);
  if (!Number.isFinite(moment)) throw invalidField(path, "must be an ISO date and time");
  return moment;
}

/** Deletes calls that ended before a moment. Resolves to their number. */
export async function deleteOldCalls(store: GatewayStore, before: number): Promise<number> {
  let deleted = 0;
  for (;;) {
    const old = await store.read
      .selectFrom("gateway_calls")
      .select("id")
      .where("started_at", "<", before)
      .where("state", "!=", "running")
      .limit(DELETED_AT_ONCE)
      .execute();
    if (old.length === 0) return deleted;
    const ids = old.map(({ id }) => id);
    await store.write(async (write) => {
      await write.deleteFrom("gateway_calls").where("id", "in", ids).execute();
    });
    deleted += ids.length;
  }
}
