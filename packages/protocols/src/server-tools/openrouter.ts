import { definedFields, type JsonObject, type ServerTool } from "@lumiverse/core/provider";
import type { SpelledServerTool } from "./spelled.ts";

/** Tools that OpenRouter runs for every model: https://openrouter.ai/docs/guides/features/server-tools */
export function openrouterTool(tool: ServerTool): SpelledServerTool | undefined {
  if (tool.kind === "code-execution") return undefined;
  const { allowedDomains, blockedDomains, maxUses } = tool;
  const limits = definedFields({ allowed_domains: allowedDomains, max_uses: maxUses });
  if (tool.kind === "web-fetch")
    return spelled("openrouter:web_fetch", {
      ...limits,
      ...definedFields({ blocked_domains: blockedDomains, max_content_tokens: tool.maxContentTokens }),
    });
  const { contextSize, location } = tool;
  return spelled("openrouter:web_search", {
    ...limits,
    ...definedFields({
      excluded_domains: blockedDomains,
      search_context_size: contextSize,
      user_location: location && { type: "approximate", ...location },
    }),
  });
}

function spelled(type: string, parameters: JsonObject): SpelledServerTool {
  return { hosted: { type, ...(Object.keys(parameters).length === 0 ? {} : { parameters }) } };
}
