import type { UsageRow } from "@lumiverse/gateway";
import { promptTokens } from "../api/queries.ts";
import { money } from "../shared/format.ts";

export interface Total {
  calls: number;
  /** Calls that failed or were stopped. */
  unfinished: number;
  /** Calls of unknown price. */
  uncosted: number;
  outputTokens: number;
  cacheReadTokens: number;
  /** All prompt tokens, including cached ones. */
  prompt: number;
  /** Prompt and generated tokens. */
  tokens: number;
  /** Amounts by currency. */
  costs: Record<string, number>;
}

export function sumOf(rows: readonly UsageRow[]): Total {
  const total: Total = { calls: 0, unfinished: 0, uncosted: 0, outputTokens: 0, cacheReadTokens: 0, prompt: 0, tokens: 0, costs: {} };
  for (const row of rows) {
    const prompt = promptTokens(row);
    total.calls += row.calls;
    total.unfinished += row.unfinished;
    total.uncosted += row.uncosted;
    total.outputTokens += row.outputTokens;
    total.cacheReadTokens += row.cacheReadTokens;
    total.prompt += prompt;
    total.tokens += prompt + row.outputTokens;
    for (const [currency, amount] of Object.entries(row.costs)) total.costs[currency] = (total.costs[currency] ?? 0) + amount;
  }
  return total;
}

/** One row for each day from `from` to `to`, including days without calls. */
export function dayRows(rows: readonly UsageRow[], from: string, to: string): Record<string, number | string>[] {
  const result: Record<string, number | string>[] = [];
  for (let at = Date.parse(from); at <= Date.parse(to); at += 86_400_000) {
    const day = new Date(at).toISOString().slice(0, 10);
    const row = rows.find((one) => one.day === day);
    result.push({
      day: day.slice(5),
      calls: row?.calls ?? 0,
      input: (row?.inputTokens ?? 0) + (row?.cacheWriteTokens ?? 0),
      cacheRead: row?.cacheReadTokens ?? 0,
      output: row?.outputTokens ?? 0,
    });
  }
  return result;
}

export function costText(costs: Readonly<Record<string, number>>): string {
  const parts = Object.entries(costs).map(([currency, amount]) => money(amount, currency));
  return parts.length === 0 ? "unknown" : parts.join(" + ");
}
