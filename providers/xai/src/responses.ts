import type { JsonObject } from "@lumiverse/core/provider";
import type { ResponsesDialect } from "@lumiverse/protocols/responses";
import { errors } from "./errors.ts";
import type { XaiSettings } from "./settings.ts";

/** The Responses API, which alone has server tools: https://docs.x.ai/docs/guides/live-search */
export function responsesDialect(settings: XaiSettings): ResponsesDialect {
  return {
    systemRole: "system",
    store: settings.store ?? false,
    reasoningSummary: "omit", // answers contain it without being requested
    toolOutput: "string",
    errors,
    settingsFields: () => ({ prompt_cache_key: settings.conversationId, service_tier: settings.serviceTier }),
    finishBody({ body }) {
      const searches = searchTools(settings);
      if (searches.length > 0) body["tools"] = [...(Array.isArray(body["tools"]) ? body["tools"] : []), ...searches];
    },
  };
}

/** The searches that the settings enable: https://docs.x.ai/developers/tools/web-search and https://docs.x.ai/developers/tools/x-search */
function searchTools({ webSearch: web, xSearch: x }: XaiSettings): JsonObject[] {
  const tools: JsonObject[] = [];
  if (web?.enabled === true)
    tools.push({
      type: "web_search",
      allowed_domains: web.allowedDomains,
      excluded_domains: web.excludedDomains,
      enable_image_understanding: web.imageUnderstanding,
    });
  if (x?.enabled === true)
    tools.push({
      type: "x_search",
      allowed_x_handles: x.allowedHandles,
      excluded_x_handles: x.excludedHandles,
      from_date: x.fromDate,
      to_date: x.toDate,
    });
  return tools;
}
