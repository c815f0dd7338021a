import { definedFields, type ServerTool } from "@lumiverse/core/provider";
import type { SpelledServerTool } from "./spelled.ts";

/** Tools that OpenRouter runs for every model: https://openrouter.ai/docs/guides/features/server-tools */
export function openrouterTool(tool: ServerTool): SpelledServerTool | undefined {
  if (tool.kind === "code-execution") return undefined;
  const { allowedDomains, blockedDomains, maxUses } = tool;
  if (tool.kind === "web-fetch") {
    const isLimited = allowedDomains !== undefined || blockedDomains !== undefined;
    return isLimited ? undefined : { hosted: { type: "openrouter:web_fetch" }, ignored: maxUses === undefined ? [] : ["maxUses"] };
  }
  const { contextSize, location } = tool;
  const parameters = definedFields({
    allowed_domains: allowedDomains,
    excluded_domains: blockedDomains,
    max_uses: maxUses,
    search_context_size: contextSize,
    user_location: location && { type: "approximate", ...location },
  });
  return { hosted: { type: "openrouter:web_search", ...(Object.keys(parameters).length === 0 ? {} : { parameters }) } };
}
