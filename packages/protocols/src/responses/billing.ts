/** What a Responses request asks for that its token counts do not cover: https://developers.openai.com/api/docs/pricing (read November 2026) */
import { type Billing, definedFields, type HttpRequest, isObject } from "@lumiverse/core/provider";

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
