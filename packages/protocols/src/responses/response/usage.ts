import { type Billing, type Cost, definedFields, type HttpRequest, isObject, type JsonObject, type Usage } from "@lumiverse/core/provider";
import { tokenCount, valueAt } from "../../shared/json-values.ts";
import type { ResponsesDialect } from "../dialect.ts";

/** Usage as disjoint counts: `input_tokens` includes what was read from and written to the cache, `output_tokens` includes reasoning. */
export function parseUsage(json: unknown, dialect: ResponsesDialect): Usage | undefined {
  if (!isObject(json)) return undefined;
  const input = tokenCount(json["input_tokens"] ?? json["prompt_tokens"]);
  // o4-mini-deep-research has reported -9 next to 448 tokens of reasoning. The vendor's number is kept and marked as not exact.
  const answered = json["output_tokens"] ?? json["completion_tokens"];
  const output = typeof answered === "number" && Number.isFinite(answered) ? answered : tokenCount(answered);
  if (input === undefined && output === undefined) return undefined;
  const inputDetails = isObject(json["input_tokens_details"]) ? json["input_tokens_details"] : {};
  const outputDetails = isObject(json["output_tokens_details"]) ? json["output_tokens_details"] : {};
  // xAI has reported more cached tokens than input tokens; no count may become negative.
  const limit = input ?? Number.POSITIVE_INFINITY;
  // Perplexity's Agent API uses the second names, those of Messages.
  const read = tokenCount(inputDetails["cached_tokens"]) ?? tokenCount(inputDetails["cache_read_input_tokens"]);
  const cacheRead = read === undefined ? undefined : Math.min(read, limit);
  const written = tokenCount(inputDetails["cache_write_tokens"]) ?? tokenCount(inputDetails["cache_creation_input_tokens"]);
  const cacheWrite = written === undefined ? undefined : Math.min(written, limit - (cacheRead ?? 0));
  const reasoning = tokenCount(outputDetails["reasoning_tokens"]);
  const cost = readCost(json, dialect.cost ?? USD_TICKS);
  return {
    ...(input === undefined ? {} : { input: input - (cacheRead ?? 0) - (cacheWrite ?? 0) }),
    ...definedFields({ cacheRead, cacheWrite, output, reasoning }),
    completeness: output !== undefined && output < 0 ? "partial" : "exact",
    ...definedFields({ cost }),
  };
}

/** xAI's unit: a tick is a ten-billionth of a dollar. */
const USD_TICKS = { path: "cost_in_usd_ticks", currency: "USD", unit: 1e-10 };

function readCost(usage: JsonObject, { path, currency, unit = 1 }: NonNullable<ResponsesDialect["cost"]>): Cost | undefined {
  const amount = tokenCount(valueAt(usage, path));
  return amount === undefined ? undefined : { amount: amount * unit, currency, from: "provider" };
}

/** Tools without a charge of their own: the caller runs them, or they only choose tools. */
const WITHOUT_CHARGE: ReadonlySet<unknown> = new Set([
  "function",
  "custom",
  "namespace",
  "tool_search",
  "mcp",
  "local_shell",
  "apply_patch",
  "computer",
  "computer_use_preview",
]);

/** What a request asks for that its token counts do not cover: https://developers.openai.com/api/docs/pricing (read November 2026) */
export function billingOf({ body = {} }: HttpRequest): Billing {
  const { service_tier: tier, tools, prompt_cache_options: cache, prompt } = body;
  const charge =
    Array.isArray(tools) && tools.some((tool) => isObject(tool) && !WITHOUT_CHARGE.has(tool["type"]))
      ? "tools of the host"
      : isObject(cache) && cache["ttl"] !== undefined && cache["ttl"] !== "30m"
        ? "cache writes for longer than 30 minutes, which cost more"
        : prompt != null
          ? "a stored prompt"
          : undefined;
  return { ...(typeof tier === "string" ? { serviceTier: tier } : {}), ...definedFields({ otherCharges: charge }) };
}
