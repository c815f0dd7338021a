import { type Cost, isObject, type JsonObject, type Usage } from "@lumiverse/core";
import type { ResponsesDialect } from "./dialect.ts";

const count = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;

/** `input_tokens` includes what was read from and written to the cache; `output_tokens` includes reasoning. */
export function usageOf(json: unknown, dialect: ResponsesDialect): Usage | undefined {
  if (!isObject(json)) return undefined;
  const total = count(json["input_tokens"]);
  // A negative count has been seen (o4-mini-deep-research, -9 beside 448 of reasoning): it is the vendor's figure, and marked as no exact one.
  const output = typeof json["output_tokens"] === "number" && Number.isFinite(json["output_tokens"]) ? json["output_tokens"] : undefined;
  if (total === undefined && output === undefined) return undefined;
  const inputDetails = isObject(json["input_tokens_details"]) ? json["input_tokens_details"] : {};
  const outputDetails = isObject(json["output_tokens_details"]) ? json["output_tokens_details"] : {};
  const limit = total ?? Number.POSITIVE_INFINITY;
  // xAI has reported more cached tokens than prompt tokens: what is billed stays the sum.
  // Perplexity's Agent API spells both as Messages does.
  const read = count(inputDetails["cached_tokens"]) ?? count(inputDetails["cache_read_input_tokens"]);
  const cacheRead = read === undefined ? undefined : Math.min(read, limit);
  const written = count(inputDetails["cache_write_tokens"]) ?? count(inputDetails["cache_creation_input_tokens"]);
  const cacheWrite = written === undefined ? undefined : Math.min(written, limit - (cacheRead ?? 0));
  const reasoning = count(outputDetails["reasoning_tokens"]);
  const cost = costOf(json, dialect.cost ?? TICKS);
  return {
    ...(total === undefined ? {} : { input: total - (cacheRead ?? 0) - (cacheWrite ?? 0) }),
    ...(cacheRead === undefined ? {} : { cacheRead }),
    ...(cacheWrite === undefined ? {} : { cacheWrite }),
    ...(output === undefined ? {} : { output }),
    ...(reasoning === undefined ? {} : { reasoning }),
    completeness: output !== undefined && output < 0 ? "partial" : "exact",
    ...(cost === undefined ? {} : { cost }),
  };
}

/** xAI's field says in its name what it is: a tick is the ten-billionth of a dollar. */
const TICKS = { path: "cost_in_usd_ticks", currency: "USD", unit: 1e-10 };

function costOf(usage: JsonObject, rule: { path: string; currency: string; unit?: number }): Cost | undefined {
  let value: unknown = usage;
  for (const key of rule.path.split(".")) value = isObject(value) ? value[key] : undefined;
  const amount = count(value);
  return amount === undefined ? undefined : { amount: amount * (rule.unit ?? 1), currency: rule.currency, from: "provider" };
}
