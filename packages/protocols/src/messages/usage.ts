/** Token counts of the Messages protocol. `input_tokens` excludes the tokens that were read from or written to the cache. */
import { definedFields, isObject, type JsonObject, type ResponseDetails, type Usage } from "@lumiverse/core/provider";
import { tokenCount } from "../shared/counts.ts";
import { isFilledText } from "../shared/json-values.ts";
import { dearerMode } from "./billing.ts";

/** The counts so far. A later value replaces an earlier one: deltas are cumulative and may correct the prompt's count. */
export interface TokenCounts {
  input?: number;
  cacheRead?: number;
  cacheWrite?: number;
  /** The part of `cacheWrite` that was written for an hour. */
  cacheWrite1h?: number;
  output?: number;
  reasoning?: number;
  /** What is billed beside these counts. */
  otherCharges?: string | undefined;
  details: ResponseDetails;
}

export function readUsage(counts: TokenCounts, given: unknown): void {
  if (!isObject(given)) return;
  // Gateways over Chat Completions keep its names.
  const { prompt_tokens: sent, completion_tokens: answered } = given;
  const usage = sent === undefined && answered === undefined ? given : { input_tokens: sent, output_tokens: answered, ...given };
  // Some hosts fill fields that they do not know with zeros. A prompt of no tokens at all is such a case, and so is an output that shrinks to zero.
  if (PROMPT_FIELDS.some((field) => (tokenCount(usage[field]) ?? 0) > 0) || promptTokens(counts) === 0) {
    update(counts, "input", usage["input_tokens"]);
    update(counts, "cacheRead", usage["cache_read_input_tokens"]);
    update(counts, "cacheWrite", usage["cache_creation_input_tokens"]);
  }
  readWrites(counts, usage["cache_creation"]);
  if (tokenCount(usage["output_tokens"]) !== 0 || counts.output === undefined) update(counts, "output", usage["output_tokens"]);
  const outputDetails = usage["output_tokens_details"];
  if (isObject(outputDetails)) update(counts, "reasoning", outputDetails["thinking_tokens"]);
  const { service_tier: tier, inference_geo: geo, speed, server_tool_use: serverTools, iterations } = usage;
  if (isFilledText(tier)) counts.details.serviceTier = tier;
  if (isFilledText(geo)) counts.details["inferenceGeo"] = geo;
  if (isFilledText(speed)) counts.details["speed"] = speed;
  counts.otherCharges = dearerMode(speed, geo) ?? counts.otherCharges;
  if (isObject(serverTools) && (tokenCount(serverTools["web_search_requests"]) ?? 0) > 0) counts.otherCharges ??= "web searches";
  if (isObject(serverTools))
    counts.details["serverToolUse"] = { webSearches: serverTools["web_search_requests"], webFetches: serverTools["web_fetch_requests"] };
  if (Array.isArray(iterations) && iterations.length > 0) readIterations(counts, iterations);
}

const PROMPT_FIELDS = ["input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"];

/** Tokens of the prompt so far. */
export function promptTokens({ input = 0, cacheRead = 0, cacheWrite = 0 }: TokenCounts): number {
  return input + cacheRead + cacheWrite;
}

/** Writes to the five-minute and the one-hour cache have different prices. Some hosts leave out their sum. */
function readWrites(counts: TokenCounts, writes: unknown): void {
  if (!isObject(writes)) return;
  const { ephemeral_5m_input_tokens: short, ephemeral_1h_input_tokens: hour } = writes;
  counts.details["cacheWrites"] = { "5m": short, "1h": hour };
  const ofHour = tokenCount(hour) ?? 0;
  const both = (tokenCount(short) ?? 0) + ofHour;
  // Kept where it is not zero, so that the usage of other calls stays short.
  if (ofHour > 0) counts.cacheWrite1h = ofHour;
  if (both > (counts.cacheWrite ?? 0)) counts.cacheWrite = both;
}

/** Iterations of the model that was asked for. Others, such as `advisor_message` and `fallback_message`, are billed at the price of another model. */
const OWN_PASSES: ReadonlySet<unknown> = new Set([undefined, "message", "compaction"]);

/** With compaction the outer counts are those of the last iteration alone, but the vendor bills the sum of all iterations. */
function readIterations(counts: TokenCounts, iterations: readonly unknown[]): void {
  const typed = iterations.filter(isObject);
  // The iterations of an advisor are another model's, so they are reported in the details and not added.
  const own = typed.filter(({ type }) => type !== "advisor_message");
  if (own.length > 0) {
    counts.input = sum(own, "input_tokens");
    counts.cacheRead = sum(own, "cache_read_input_tokens");
    counts.cacheWrite = sum(own, "cache_creation_input_tokens");
    counts.output = sum(own, "output_tokens");
    const writes = own.map((one) => one["cache_creation"]).filter(isObject);
    const ofHour = sum(writes, "ephemeral_1h_input_tokens");
    if (ofHour > 0) counts.cacheWrite1h = ofHour;
  }
  if (typed.some(({ type }) => !OWN_PASSES.has(type))) counts.otherCharges = "passes of an advisor or a fallback, billed at its price";
  counts.details["iterations"] = iterations;
}

const sum = (rows: readonly JsonObject[], field: string): number => rows.reduce((total, row) => total + (tokenCount(row[field]) ?? 0), 0);

function update(counts: TokenCounts, name: "input" | "cacheRead" | "cacheWrite" | "output" | "reasoning", value: unknown): void {
  const tokens = tokenCount(value);
  if (tokens !== undefined) counts[name] = tokens;
}

export function usageOf(counts: TokenCounts, completeness: "exact" | "partial"): Usage {
  const { input, cacheRead, cacheWrite, cacheWrite1h, output, reasoning, otherCharges } = counts;
  if (input === undefined && output === undefined) return { completeness: "unknown" };
  return {
    ...definedFields({ input, cacheRead, cacheWrite }),
    ...(cacheWrite1h === undefined ? {} : { cacheWrite1h: Math.min(cacheWrite1h, cacheWrite ?? 0) }),
    ...definedFields({ output, reasoning, otherCharges }),
    completeness,
  };
}
