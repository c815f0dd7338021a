/** Token counts of the Messages protocol. `input_tokens` excludes the tokens that were read from or written to the cache. */
import { isObject, type JsonObject, type ResponseDetails, type Usage } from "@lumiverse/core/provider";
import { tokenCount } from "../shared/counts.ts";

/** The counts so far. A later value replaces an earlier one: deltas are cumulative and may correct the prompt's count. */
export interface TokenCounts {
  input?: number;
  cacheRead?: number;
  cacheWrite?: number;
  output?: number;
  reasoning?: number;
  details: ResponseDetails;
}

export function readUsage(counts: TokenCounts, usage: unknown): void {
  if (!isObject(usage)) return;
  update(counts, "input", usage["input_tokens"]);
  update(counts, "cacheRead", usage["cache_read_input_tokens"]);
  update(counts, "cacheWrite", usage["cache_creation_input_tokens"]);
  update(counts, "output", usage["output_tokens"]);
  const outputDetails = usage["output_tokens_details"];
  if (isObject(outputDetails)) update(counts, "reasoning", outputDetails["thinking_tokens"]);
  // Writes to the five-minute and the one-hour cache have different prices.
  const writes = usage["cache_creation"];
  if (isObject(writes))
    counts.details["cacheWrites"] = { "5m": writes["ephemeral_5m_input_tokens"], "1h": writes["ephemeral_1h_input_tokens"] };
  const { service_tier: tier, inference_geo: geo, speed, server_tool_use: serverTools, iterations } = usage;
  if (typeof tier === "string") counts.details.serviceTier = tier;
  if (typeof geo === "string") counts.details["inferenceGeo"] = geo;
  if (typeof speed === "string") counts.details["speed"] = speed;
  if (isObject(serverTools))
    counts.details["serverToolUse"] = { webSearches: serverTools["web_search_requests"], webFetches: serverTools["web_fetch_requests"] };
  if (Array.isArray(iterations) && iterations.length > 0) readIterations(counts, iterations);
}

/** With compaction the outer counts are those of the last iteration alone, but the vendor bills the sum of all iterations. */
function readIterations(counts: TokenCounts, iterations: readonly unknown[]): void {
  // The iterations of an advisor are billed at the price of another model, so they are reported in the details and not added.
  const own = iterations.filter((one): one is JsonObject => isObject(one) && one["type"] !== "advisor_message");
  if (own.length > 0) {
    counts.input = sum(own, "input_tokens");
    counts.cacheRead = sum(own, "cache_read_input_tokens");
    counts.cacheWrite = sum(own, "cache_creation_input_tokens");
    counts.output = sum(own, "output_tokens");
  }
  counts.details["iterations"] = iterations;
}

const sum = (rows: readonly JsonObject[], field: string): number => rows.reduce((total, row) => total + (tokenCount(row[field]) ?? 0), 0);

function update(counts: TokenCounts, name: Exclude<keyof TokenCounts, "details">, value: unknown): void {
  const tokens = tokenCount(value);
  if (tokens !== undefined) counts[name] = tokens;
}

export function usageOf(counts: TokenCounts, completeness: "exact" | "partial"): Usage {
  const { input, cacheRead, cacheWrite, output, reasoning } = counts;
  if (input === undefined && output === undefined) return { completeness: "unknown" };
  return {
    ...(input === undefined ? {} : { input }),
    ...(cacheRead === undefined ? {} : { cacheRead }),
    ...(cacheWrite === undefined ? {} : { cacheWrite }),
    ...(output === undefined ? {} : { output }),
    ...(reasoning === undefined ? {} : { reasoning }),
    completeness,
  };
}
