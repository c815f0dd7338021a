import type { Cost, Usage } from "@lumiverse/core";

const BUCKETS = ["input", "cacheRead", "cacheWrite", "cacheWrite1h", "output", "reasoning"] as const;

/** The sum of two usages. A bucket that neither reports stays absent. */
export function addUsage(a: Usage, b: Usage): Usage {
  const sum: Usage = { completeness: leastComplete(a, b) };
  for (const bucket of BUCKETS) {
    const before = a[bucket];
    const more = b[bucket];
    if (before !== undefined || more !== undefined) sum[bucket] = (before ?? 0) + (more ?? 0);
  }
  return sum;
}

function leastComplete(a: Usage, b: Usage): Usage["completeness"] {
  if (a.completeness === "exact" && b.completeness === "exact") return "exact";
  return a.completeness === "unknown" && b.completeness === "unknown" ? "unknown" : "partial";
}

/** No tokens at all. */
export const NO_USAGE: Usage = { input: 0, output: 0, completeness: "exact" };

/** All tokens of a usage: the prompt with its cached parts, and what was generated. */
export function totalTokens({ input = 0, cacheRead = 0, cacheWrite = 0, output = 0 }: Usage): number {
  return input + cacheRead + cacheWrite + output;
}

/** Costs by currency, so that amounts of two currencies are never added. */
export type CostByCurrency = Readonly<Record<string, number>>;

export function addCost(costs: CostByCurrency, cost: Cost | undefined): CostByCurrency {
  if (cost === undefined) return costs;
  return { ...costs, [cost.currency]: (costs[cost.currency] ?? 0) + cost.amount };
}
