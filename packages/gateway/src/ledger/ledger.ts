import { ConnectionsError } from "@lumiverse/connections";
import { invalidField } from "../issues.ts";
import type { GatewayStore } from "../store/store.ts";
import type { Ledger } from "./call.ts";
import { toCall } from "./call-row.ts";

const DEFAULT_LIMIT = 50;
const HIGHEST_LIMIT = 500;
/** Rows that one statement deletes, so that writers are not blocked for long. */
const DELETED_AT_ONCE = 1000;

export function createLedger(store: GatewayStore, flush: () => Promise<void>): Ledger {
  return {
    async list(query = {}) {
      await flush();
      const limit = Math.min(Math.max(1, query.limit ?? DEFAULT_LIMIT), HIGHEST_LIMIT);
      let select = store.read.selectFrom("gateway_calls").selectAll();
      if (query.key !== undefined) select = select.where("key_id", "=", query.key);
      if (query.connection !== undefined) select = select.where("connection", "=", query.connection);
      if (query.model !== undefined) select = select.where("model", "=", query.model);
      if (query.state !== undefined) select = select.where("state", "=", query.state);
      if (query.from !== undefined) select = select.where("started_at", ">=", momentOf("from", query.from));
      if (query.to !== undefined) select = select.where("started_at", "<", momentOf("to", query.to));
      if (query.after !== undefined) {
        const { startedAt, id } = readCursor(query.after);
        select = select.where((eb) =>
          eb.or([eb("started_at", "<", startedAt), eb.and([eb("started_at", "=", startedAt), eb("id", "<", id)])]),
        );
      }
      const rows = await select
        .orderBy("started_at", "desc")
        .orderBy("id", "desc")
        .limit(limit + 1)
        .execute();
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      const more = rows.length > limit && last !== undefined;
      return { calls: page.map(toCall), ...(more ? { next: `${Number(last.started_at)}.${last.id}` } : {}) };
    },
    async get(id) {
      await flush();
      const row = await store.read.selectFrom("gateway_calls").selectAll().where("id", "=", id).executeTakeFirst();
      if (row === undefined) throw new ConnectionsError({ code: "not-found", message: `there is no call "${id}" in the ledger` });
      return toCall(row);
    },
    flush,
  };
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
