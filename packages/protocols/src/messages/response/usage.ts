/** Token counts of the Messages protocol. `input_tokens` excludes the tokens that were read from or written to the cache. */
import {
  type BilledAnswer,
  type Billing,
  definedFields,
  type HttpRequest,
  isObject,
  type JsonObject,
  type ResponseDetails,
  type Usage,
  wordOf,
} from "@lumiverse/core/provider";
import { isFilledText, tokenCount } from "../../shared/json-values.ts";

/** The counts so far. A later value replaces an earlier one: deltas are cumulative and may correct the prompt's count. */
export interface TokenCounts {
  input?: number;
  cacheRead?: number;
  cacheWrite?: number;
  /** The parts of `cacheWrite` that were written for five minutes and for an hour. */
  cacheWrite5m?: number;
  cacheWrite1h?: number;
  output?: number;
  reasoning?: number;
  /** What is billed in addition to these counts. */
  otherCharges?: string | undefined;
  details: ResponseDetails;
}

export function readUsage(counts: TokenCounts, given: unknown): void {
  if (!isObject(given)) return;
  // Gateways over Chat Completions keep its names.
  const { prompt_tokens: sent, completion_tokens: answered } = given;
  const usage = sent === undefined && answered === undefined ? given : { input_tokens: sent, output_tokens: answered, ...given };
  readCounts(counts, usage);
  const { service_tier: tier, inference_geo: geo, speed, server_tool_use: serverTools, iterations } = usage;
  if (isFilledText(tier)) counts.details.serviceTier = tier;
  if (isFilledText(geo)) counts.details["inferenceGeo"] = geo;
  if (isFilledText(speed)) counts.details["speed"] = speed;
  counts.otherCharges = premiumMode(speed, geo) ?? counts.otherCharges;
  if (isObject(serverTools) && (tokenCount(serverTools["web_search_requests"]) ?? 0) > 0) counts.otherCharges ??= "web searches";
  if (isObject(serverTools))
    counts.details["serverToolUse"] = { webSearches: serverTools["web_search_requests"], webFetches: serverTools["web_fetch_requests"] };
  if (Array.isArray(iterations) && iterations.length > 0) readIterations(counts, iterations);
  const { cacheWrite, cacheWrite5m = Number.NaN, cacheWrite1h = 0 } = counts;
  // Only where the parts are all writes: `billingOf` relies on that.
  if (cacheWrite5m + cacheWrite1h === cacheWrite) counts.details["cacheWrites"] = { "5m": cacheWrite5m, "1h": cacheWrite1h };
  else delete counts.details["cacheWrites"];
}

/** The counts of an answer or of one of its iterations. */
function readCounts(counts: TokenCounts, usage: JsonObject): void {
  // Some hosts fill fields that they do not know with zeros. A prompt of no tokens at all is such a case, and so is an output that shrinks to zero.
  if (PROMPT_FIELDS.some(([, field]) => tokenCount(usage[field])) || promptTokens(counts) === 0)
    for (const [name, field] of PROMPT_FIELDS) update(counts, name, usage[field]);
  readWrites(counts, usage["cache_creation"]);
  if (tokenCount(usage["output_tokens"]) !== 0 || counts.output === undefined) update(counts, "output", usage["output_tokens"]);
  const outputDetails = usage["output_tokens_details"];
  if (isObject(outputDetails)) update(counts, "reasoning", outputDetails["thinking_tokens"]);
}

const PROMPT_FIELDS = [
  ["input", "input_tokens"],
  ["cacheRead", "cache_read_input_tokens"],
  ["cacheWrite", "cache_creation_input_tokens"],
] as const;

/** Tokens of the prompt so far. */
export function promptTokens({ input = 0, cacheRead = 0, cacheWrite = 0 }: TokenCounts): number {
  return input + cacheRead + cacheWrite;
}

/** Writes to the five-minute and the one-hour cache have different prices. Some hosts leave out their sum. */
function readWrites(counts: TokenCounts, writes: unknown): void {
  if (!isObject(writes)) return;
  const short = tokenCount(writes["ephemeral_5m_input_tokens"]) ?? 0;
  const hour = tokenCount(writes["ephemeral_1h_input_tokens"]) ?? 0;
  const both = short + hour;
  if (both > 0 || counts.cacheWrite5m === undefined) {
    counts.cacheWrite5m = short;
    counts.cacheWrite1h = hour;
  }
  if (both > (counts.cacheWrite ?? 0)) counts.cacheWrite = both;
}

/** Types of iterations of the model that was asked for. Others, such as `advisor_message` and `fallback_message`, are billed at the prices of another model. */
const SAME_MODEL: ReadonlySet<unknown> = new Set([undefined, "message", "compaction"]);

/** With compaction the outer counts are those of the last iteration alone, but the vendor bills the sum of all iterations. */
function readIterations(counts: TokenCounts, iterations: readonly unknown[]): void {
  const typed = iterations.filter(isObject);
  const sums: TokenCounts = { details: {} };
  // An advisor wrote no part of the answer: its tokens are in the details alone. A fallback wrote the answer: its tokens are added although their price
  // differs, and `otherCharges` keeps a cost from being computed.
  for (const iteration of typed) {
    if (iteration["type"] === "advisor_message") continue;
    const own: TokenCounts = { details: {} };
    readCounts(own, iteration);
    for (const name of ["input", "cacheRead", "cacheWrite", "cacheWrite5m", "cacheWrite1h", "output"] as const)
      if (own[name]) counts[name] = sums[name] = (sums[name] ?? 0) + own[name];
  }
  if (typed.some(({ type }) => !SAME_MODEL.has(type))) counts.otherCharges = "iterations of other models";
  counts.details["iterations"] = iterations;
}

function update(counts: TokenCounts, name: "input" | "cacheRead" | "cacheWrite" | "output" | "reasoning", value: unknown): void {
  const tokens = tokenCount(value);
  if (tokens !== undefined) counts[name] = tokens;
}

export function usageOf(counts: TokenCounts, completeness: "exact" | "partial"): Usage {
  const { input, cacheRead, cacheWrite, cacheWrite1h, output, reasoning, otherCharges } = counts;
  if (input === undefined && output === undefined) return { completeness: "unknown" };
  // Left out where it is zero, so that the usage of other calls stays short.
  const writtenForHour = Math.min(cacheWrite1h ?? 0, cacheWrite ?? 0) || undefined;
  return {
    ...definedFields({ input, cacheRead, cacheWrite, cacheWrite1h: writtenForHour, output, reasoning, otherCharges }),
    completeness,
  };
}

/** Web searches are billed per search, and code execution by the hour. */
const BILLED_TOOLS = /^(?:web_search|code_execution)_/;
/** Claude models whose prompts above 200,000 tokens have other prices. */
const HAS_BAND = /claude-sonnet-4-5/;

/** What a request asks for that its token counts do not cover: https://platform.claude.com/docs/en/about-claude/pricing (read November 2026) */
export function billingOf({ body = {} }: HttpRequest, { usage, details }: BilledAnswer): Billing {
  const { speed, inference_geo: geo, tools, model } = body;
  const { input = 0, cacheRead = 0, cacheWrite = 0 } = usage;
  const { iterations, cacheWrites } = details ?? {};
  const isBilled = (tool: unknown): boolean => isObject(tool) && typeof tool["type"] === "string" && BILLED_TOOLS.test(tool["type"]);
  const charge =
    premiumMode(speed, geo) ??
    (Array.isArray(tools) && tools.some(isBilled)
      ? "tools of the host"
      : cacheWrite > 0 && cacheWrites === undefined && JSON.stringify(body).includes('"ttl":"1h"')
        ? "cache writes for an hour"
        : HAS_BAND.test(wordOf(model)) && Array.isArray(iterations) && iterations.length > 1 && input + cacheRead + cacheWrite > 200_000
          ? "iterations with prompts of unknown price bands"
          : undefined);
  return charge === undefined ? {} : { otherCharges: charge };
}

/** Modes that multiply the price of all tokens, as a request asks for them and an answer reports them. */
export function premiumMode(speed: unknown, geo: unknown): string | undefined {
  if (isFilledText(speed) && speed !== "standard") return "the fast mode";
  if (isFilledText(geo) && geo !== "global" && geo !== "not_available") return "inference in one region";
  return undefined;
}
