import { type Billing, type Cost, definedFields, type HttpRequest, isObject, type JsonObject, type Usage } from "@lumiverse/core/provider";
import { tokenCount, valueAt } from "../../shared/json-values.ts";
import type { Dialect } from "../dialect.ts";

/**
 * Usage as disjoint counts. Every field is optional, null and 0 both occur, and the same number has up to five names. `costContainer` is the object that
 * contains the cost.
 */
export function parseUsage(raw: JsonObject, dialect: Dialect, costContainer: JsonObject = raw): Usage {
  const prompt = isObject(raw["prompt_tokens_details"]) ? raw["prompt_tokens_details"] : EMPTY;
  const completion = isObject(raw["completion_tokens_details"]) ? raw["completion_tokens_details"] : EMPTY;
  const cacheReadOfMessages = raw["cache_read_input_tokens"];
  // Where cached tokens have the name of Messages, its other counts exclude them.
  const sent = tokenCount(raw["prompt_tokens"] ?? (cacheReadOfMessages === undefined ? raw["input_tokens"] : undefined));
  const answered = tokenCount(raw["completion_tokens"] ?? raw["output_tokens"]);
  const total = tokenCount(raw["total_tokens"]);
  const read = firstCount([
    prompt["cached_tokens"],
    raw["prompt_cache_hit_tokens"],
    raw["cached_tokens"],
    raw["num_cached_tokens"],
    cacheReadOfMessages,
  ]);
  const written = firstCount([prompt["cache_write_tokens"], raw["cache_creation_input_tokens"]]);
  const reasoning = firstCount([completion["reasoning_tokens"], raw["reasoning_tokens"]]);
  const audio = firstCount([prompt["audio_tokens"], raw["audio_prompt_tokens"]]);

  const usage: Usage = { completeness: sent === undefined && answered === undefined ? "unknown" : "exact" };
  if (sent !== undefined) {
    // xAI has reported more cached tokens than prompt tokens; no count may become negative.
    const cacheRead = read === undefined ? 0 : Math.min(read, sent);
    const cacheWrite = written === undefined ? 0 : Math.min(written, sent - cacheRead);
    if (read !== undefined) usage.cacheRead = cacheRead;
    if (written !== undefined) usage.cacheWrite = cacheWrite;
    usage.input = sent - cacheRead - cacheWrite;
    // Mistral counts audio in addition to the prompt: 9 + 375 audio + 248 = 632 in its own total.
    if (audio !== undefined && audio > 0 && total === sent + audio + (answered ?? 0)) usage.input += audio;
  }
  if (answered !== undefined) {
    // xAI's Chat Completions exclude reasoning from completion_tokens. The total shows it, also behind a proxy.
    const excluded =
      reasoning !== undefined && reasoning > 0 && (dialect.outputExcludesReasoning ?? total === (sent ?? 0) + answered + reasoning);
    usage.output = excluded ? answered + reasoning : answered;
  }
  if (reasoning !== undefined) usage.reasoning = reasoning;
  if ((audio ?? 0) > 0 || (tokenCount(completion["audio_tokens"]) ?? 0) > 0) usage.otherCharges = "audio, which has prices of its own";
  const cost = costIn(raw, dialect, costContainer);
  if (cost !== undefined) usage.cost = cost;
  return usage;
}

/** The first of some fields that has a count: hosts name one number in several ways. */
function firstCount(values: readonly unknown[]): number | undefined {
  return values.map(tokenCount).find((count) => count !== undefined);
}

/** The cost that the host reports. */
function costIn(raw: JsonObject, { cost }: Dialect, container: JsonObject): Cost | undefined {
  const amount = cost === undefined ? undefined : firstAmount(container, cost.path);
  if (cost === undefined || amount === undefined) return undefined;
  const { plus, unit = 1, currency } = cost;
  // OpenRouter with the caller's own upstream key: the gateway's fee and the upstream's charge are separate amounts.
  const added = plus !== undefined && raw[plus.when] === true ? (firstAmount(raw, plus.path) ?? 0) : 0;
  return { amount: (amount + added) * unit, currency, from: "provider" };
}

/** Seconds that hosts report among the counts, such as Groq's `queue_time` and `prompt_time`. */
export function parseTimings(raw: JsonObject): JsonObject | undefined {
  let timings: JsonObject | undefined;
  for (const key of Object.keys(raw)) {
    if (!key.endsWith("_time")) continue;
    timings ??= {};
    timings[key] = raw[key];
  }
  return timings;
}

const EMPTY: JsonObject = {};

function firstAmount(raw: JsonObject, paths: string | readonly string[]): number | undefined {
  for (const path of typeof paths === "string" ? [paths] : paths) {
    const value = valueAt(raw, path);
    const number = typeof value === "string" ? Number(value) : value;
    if (typeof number === "number" && Number.isFinite(number)) return number;
  }
  return undefined;
}

/** Fields that switch on a search of the host, which is billed per call: OpenAI, xAI's live search, OpenRouter's plugins. */
const SEARCH_FIELDS = ["web_search_options", "search_parameters", "plugins"];

/** What a request asks for that its token counts do not cover. */
export function billingOf({ body = {} }: HttpRequest): Billing {
  const { service_tier: tier, tools, modalities } = body;
  const isHosted = (tool: unknown): boolean => isObject(tool) && tool["type"] !== "function" && tool["type"] !== "custom";
  const charge =
    Array.isArray(tools) && tools.some(isHosted)
      ? "tools of the host"
      : SEARCH_FIELDS.some((field) => body[field] !== undefined)
        ? "searches"
        : Array.isArray(modalities) && modalities.some((one) => one !== "text")
          ? "output that is not text"
          : undefined;
  return { ...(typeof tier === "string" ? { serviceTier: tier } : {}), ...definedFields({ otherCharges: charge }) };
}
