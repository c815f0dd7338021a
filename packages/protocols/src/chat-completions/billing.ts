/** What a Chat Completions request asks for that its token counts do not cover. */
import { type Billing, definedFields, type HttpRequest, isObject } from "@lumiverse/core/provider";

/** Fields that switch on a search of the host, which is billed per call: OpenAI, xAI's live search, OpenRouter's plugins. */
const SEARCH_FIELDS = ["web_search_options", "search_parameters", "plugins"];

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
