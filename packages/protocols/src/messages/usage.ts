/** Counters of the Messages wire. They are disjoint as they come: `input_tokens` leaves out what was read from or written to the cache. */
import { isObject, type JsonObject, type ResponseDetails, type Usage } from "@lumiverse/core";

/** What has been said so far. Later figures replace earlier ones: deltas are cumulative and may correct the prompt's. */
export interface Counters {
  input?: number;
  cacheRead?: number;
  cacheWrite?: number;
  output?: number;
  reasoning?: number;
  details: ResponseDetails;
}

export function readUsage(counters: Counters, wire: unknown): void {
  if (!isObject(wire)) return;
  take(counters, "input", wire["input_tokens"]);
  take(counters, "cacheRead", wire["cache_read_input_tokens"]);
  take(counters, "cacheWrite", wire["cache_creation_input_tokens"]);
  take(counters, "output", wire["output_tokens"]);
  const spent = wire["output_tokens_details"];
  if (isObject(spent)) take(counters, "reasoning", spent["thinking_tokens"]);
  // Written to the five-minute and to the one-hour cache, which differ in price.
  const split = wire["cache_creation"];
  if (isObject(split))
    counters.details["cacheWrites"] = { "5m": split["ephemeral_5m_input_tokens"], "1h": split["ephemeral_1h_input_tokens"] };
  const { service_tier: tier, inference_geo: place, speed, server_tool_use: served, iterations } = wire;
  if (typeof tier === "string") counters.details.serviceTier = tier;
  if (typeof place === "string") counters.details["inferenceGeo"] = place;
  if (typeof speed === "string") counters.details["speed"] = speed;
  if (isObject(served))
    counters.details["serverToolUse"] = { webSearches: served["web_search_requests"], webFetches: served["web_fetch_requests"] };
  if (Array.isArray(iterations) && iterations.length > 0) readIterations(counters, iterations);
}

/** With compaction the outer counters are those of the last pass alone; what is billed is the sum of the passes. */
function readIterations(counters: Counters, iterations: readonly unknown[]): void {
  const own = iterations.filter((one): one is JsonObject => isObject(one) && one["type"] !== "advisor_message");
  if (own.length > 0) {
    counters.input = sum(own, "input_tokens");
    counters.cacheRead = sum(own, "cache_read_input_tokens");
    counters.cacheWrite = sum(own, "cache_creation_input_tokens");
    counters.output = sum(own, "output_tokens");
  }
  // An advisor's passes are another model's, at another price: told, not added.
  counters.details["iterations"] = iterations;
}
const sum = (rows: readonly JsonObject[], field: string): number => rows.reduce((total, row) => total + (count(row[field]) ?? 0), 0);

function take(counters: Counters, name: "input" | "cacheRead" | "cacheWrite" | "output" | "reasoning", value: unknown): void {
  const told = count(value);
  if (told !== undefined) counters[name] = told;
}
/** Some JSON says numbers that are none: `1e999` is read as Infinity. */
function count(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;
}

export function usageOf(counters: Counters, completeness: "exact" | "partial"): Usage {
  const { input, cacheRead, cacheWrite, output, reasoning } = counters;
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
