/** What a Messages request asks for that its token counts do not cover: https://platform.claude.com/docs/en/about-claude/pricing (read November 2026) */
import { type BilledAnswer, type Billing, type HttpRequest, isObject, wordOf } from "@lumiverse/core/provider";
import { isFilledText } from "../shared/json-values.ts";

/** Web searches are billed per search, and code execution by the hour. */
const BILLED_TOOLS = /^(?:web_search|code_execution)_/;
/** Claude models whose prompts above 200,000 tokens have other prices. */
const HAS_BAND = /claude-sonnet-4-5/;

export function billingOf({ body = {} }: HttpRequest, { usage, details }: BilledAnswer): Billing {
  const { speed, inference_geo: geo, tools, model } = body;
  const { input = 0, cacheRead = 0, cacheWrite = 0 } = usage;
  const { iterations, cacheWrites } = details ?? {};
  const isBilled = (tool: unknown): boolean => isObject(tool) && typeof tool["type"] === "string" && BILLED_TOOLS.test(tool["type"]);
  const charge =
    dearerMode(speed, geo) ??
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
export function dearerMode(speed: unknown, geo: unknown): string | undefined {
  if (isFilledText(speed) && speed !== "standard") return "the fast mode";
  if (isFilledText(geo) && geo !== "global" && geo !== "not_available") return "inference in one region";
  return undefined;
}
