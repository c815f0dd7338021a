import { sql } from "kysely";
import { invalidField } from "../issues.ts";
import { fromNano } from "../keys/money.ts";
import { dayOf } from "../keys/period.ts";
import type { GatewayStore } from "../store/store.ts";
import type { UsageGroup, UsageReports, UsageRow } from "./call.ts";

const COLUMNS = { day: "day", model: "model", connection: "connection", key: "key_id", provider: "provider" } as const;
const DAY = 24 * 60 * 60 * 1000;
const DEFAULT_DAYS = 30;

export function createUsageReports(store: GatewayStore, flush: () => Promise<void>, now: () => number): UsageReports {
  return {
    async report({ by = [], from, to, key, connection, model } = {}) {
      await flush();
      for (const group of by)
        if (!Object.hasOwn(COLUMNS, group)) throw invalidField("by", `must be of ${Object.keys(COLUMNS).join(", ")}, not "${group}"`);
      const first = readDay("from", from ?? dayOf(now() - DEFAULT_DAYS * DAY));
      const last = readDay("to", to ?? dayOf(now()));
      const columns = by.map((group) => COLUMNS[group]);
      let select = store.read
        .selectFrom("gateway_calls")
        .select([
          ...columns,
          "currency",
          sql<number>`count(*)`.as("calls"),
          sql<number>`sum(case when state = 'finished' then 0 else 1 end)`.as("unfinished"),
          sql<number | null>`sum(input_tokens)`.as("input"),
          sql<number | null>`sum(cache_read_tokens)`.as("cache_read"),
          sql<number | null>`sum(cache_write_tokens)`.as("cache_write"),
          sql<number | null>`sum(output_tokens)`.as("output"),
          sql<number | null>`sum(cost)`.as("cost"),
          sql<number>`sum(case when cost is null then 1 else 0 end)`.as("uncosted"),
          sql<number | null>`sum(latency_ms)`.as("latency"),
          sql<number>`count(latency_ms)`.as("latencies"),
          sql<number | null>`sum(first_token_ms)`.as("first_token"),
          sql<number>`count(first_token_ms)`.as("first_tokens"),
        ])
        .where("state", "!=", "running")
        .where("day", ">=", first)
        .where("day", "<=", last)
        .groupBy([...columns, "currency"]);
      if (key !== undefined) select = select.where("key_id", "=", key);
      if (connection !== undefined) select = select.where("connection", "=", connection);
      if (model !== undefined) select = select.where("model", "=", model);
      const rows = await select.execute();
      // The selected columns depend on the query, so their types cannot say which are there.
      return mergeCurrencies(rows as unknown as SumRow[], by);
    },
  };
}

interface SumRow {
  day?: string;
  model?: string | null;
  connection?: string | null;
  key_id?: string | null;
  provider?: string | null;
  currency: string | null;
  calls: number;
  unfinished: number;
  input: number | null;
  cache_read: number | null;
  cache_write: number | null;
  output: number | null;
  cost: number | null;
  uncosted: number;
  latency: number | null;
  latencies: number;
  first_token: number | null;
  first_tokens: number;
}

/** The database sums each currency on its own. A row of the report has all currencies. */
function mergeCurrencies(rows: readonly SumRow[], by: readonly UsageGroup[]): UsageRow[] {
  const groups = new Map<string, SumRow[]>();
  for (const row of rows) {
    const name = JSON.stringify(by.map((group) => row[COLUMNS[group]] ?? null));
    groups.set(name, [...(groups.get(name) ?? []), row]);
  }
  return [...groups.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, parts]) => toUsageRow(parts, by));
}

function toUsageRow(parts: readonly SumRow[], by: readonly UsageGroup[]): UsageRow {
  const sum = (column: Exclude<keyof SumRow, "day" | "model" | "connection" | "key_id" | "provider" | "currency">): number =>
    parts.reduce((total, part) => total + Number(part[column] ?? 0), 0);
  const [first] = parts;
  const named = by.flatMap((group) => {
    const value = first?.[COLUMNS[group]];
    return value === undefined || value === null ? [] : [[group, value] as const];
  });
  const costs = parts.flatMap(({ currency, cost }) => (currency === null ? [] : [[currency, fromNano(Number(cost ?? 0))] as const]));
  const latencies = sum("latencies");
  const firstTokens = sum("first_tokens");
  return {
    ...Object.fromEntries(named),
    calls: sum("calls"),
    unfinished: sum("unfinished"),
    inputTokens: sum("input"),
    cacheReadTokens: sum("cache_read"),
    cacheWriteTokens: sum("cache_write"),
    outputTokens: sum("output"),
    costs: Object.fromEntries(costs),
    uncosted: sum("uncosted"),
    ...(latencies === 0 ? {} : { latencyMs: Math.round(sum("latency") / latencies) }),
    ...(firstTokens === 0 ? {} : { firstTokenMs: Math.round(sum("first_token") / firstTokens) }),
  };
}

function readDay(path: string, day: string): string {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day) || !Number.isFinite(Date.parse(day))) throw invalidField(path, "must be a date, such as 2026-11-30");
  return day;
}
