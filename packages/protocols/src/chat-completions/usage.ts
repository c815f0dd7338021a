import { isObject, type JsonObject, type Usage } from "@lumiverse/core";
import type { Dialect } from "./dialect.ts";

/**
 * Usage as disjoint buckets. Every field is optional, null and 0 both occur, and the same number has up to five names; the last snapshot
 * wins, since some hosts put a growing one on every chunk (Perplexity, SiliconFlow).
 */
export function parseUsage(raw: JsonObject, dialect: Dialect, bill: JsonObject = raw): Usage {
  const prompt = isObject(raw["prompt_tokens_details"]) ? raw["prompt_tokens_details"] : EMPTY;
  const completion = isObject(raw["completion_tokens_details"]) ? raw["completion_tokens_details"] : EMPTY;
  const sent = count(raw["prompt_tokens"]);
  const answered = count(raw["completion_tokens"]);
  const total = count(raw["total_tokens"]);
  const read =
    count(prompt["cached_tokens"]) ??
    count(raw["prompt_cache_hit_tokens"]) ??
    count(raw["cached_tokens"]) ??
    count(raw["num_cached_tokens"]) ??
    count(raw["cache_read_input_tokens"]);
  const written = count(prompt["cache_write_tokens"]) ?? count(raw["cache_creation_input_tokens"]);
  const reasoning = count(completion["reasoning_tokens"]) ?? count(raw["reasoning_tokens"]);
  const audio = count(prompt["audio_tokens"]) ?? count(raw["audio_prompt_tokens"]);

  const usage: Usage = { completeness: "exact" };
  if (sent !== undefined) {
    // Reads above the prompt were seen on xAI; sums must not go negative.
    const cacheRead = read === undefined ? 0 : Math.min(read, sent);
    const cacheWrite = written === undefined ? 0 : Math.min(written, sent - cacheRead);
    if (read !== undefined) usage.cacheRead = cacheRead;
    if (written !== undefined) usage.cacheWrite = cacheWrite;
    usage.input = sent - cacheRead - cacheWrite;
    // Mistral counts audio beside the prompt: 9 + 375 audio + 248 = 632 in its own total.
    if (audio !== undefined && audio > 0 && total === sent + audio + (answered ?? 0)) usage.input += audio;
  }
  if (answered !== undefined) {
    // xAI's chat leaves reasoning out of completion_tokens; its own total says so, behind a proxy too.
    const beside =
      reasoning !== undefined && reasoning > 0 && (dialect.outputExcludesReasoning ?? total === (sent ?? 0) + answered + reasoning);
    usage.output = beside ? answered + reasoning : answered;
  }
  if (reasoning !== undefined) usage.reasoning = reasoning;
  const cost = dialect.cost === undefined ? undefined : amount(bill, dialect.cost.path);
  if (cost !== undefined && dialect.cost !== undefined) {
    const { plus, unit = 1, currency } = dialect.cost;
    // With a key of one's own at the upstream, the gateway's fee is one bill and the upstream's another (OpenRouter).
    const beside = plus !== undefined && raw[plus.when] === true ? (amount(raw, plus.path) ?? 0) : 0;
    usage.cost = { amount: (cost + beside) * unit, currency, from: "provider" };
  }
  return usage;
}

/** Seconds that hosts report beside the counts (Groq's `queue_time`, `prompt_time`, …). */
export function parseTimes(raw: JsonObject): JsonObject | undefined {
  let times: JsonObject | undefined;
  for (const key of Object.keys(raw)) {
    if (!key.endsWith("_time")) continue;
    times ??= {};
    times[key] = raw[key];
  }
  return times;
}

const EMPTY: JsonObject = {};

function count(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;
}

function amount(raw: JsonObject, paths: string | readonly string[]): number | undefined {
  for (const path of typeof paths === "string" ? [paths] : paths) {
    let value: unknown = raw;
    for (const key of path.split(".")) value = isObject(value) ? value[key] : undefined;
    const number = typeof value === "string" ? Number(value) : value;
    if (typeof number === "number" && Number.isFinite(number)) return number;
  }
  return undefined;
}
