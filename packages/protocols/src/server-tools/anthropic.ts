import { type ChatRequest, definedFields, type JsonObject, type ServerTool } from "@lumiverse/core/provider";
import { claudeTraits } from "../families/claude.ts";
import { atLeast } from "../families/version.ts";
import type { SpelledServerTool } from "./spelled.ts";

/**
 * Anthropic's own tools. The oldest version of each that needs no other tool: later ones filter results with code.
 * https://platform.claude.com/docs/en/agents-and-tools/tool-use/overview (read November 2026)
 */
export function anthropicTool(tool: ServerTool, { model }: ChatRequest): SpelledServerTool | undefined {
  const version = claudeTraits(model)?.version;
  if (version === undefined || !atLeast(version, tool.kind === "code-execution" ? [3, 7] : [3, 5])) return undefined;
  switch (tool.kind) {
    case "web-search": {
      const { location, contextSize } = tool;
      const place = location === undefined ? {} : { user_location: { type: "approximate", ...location } };
      return limited({ type: "web_search_20250305", name: "web_search", ...place }, tool, contextSize === undefined ? [] : ["contextSize"]);
    }
    case "web-fetch":
      return limited(
        { type: "web_fetch_20250910", name: "web_fetch", ...definedFields({ max_content_tokens: tool.maxContentTokens }) },
        tool,
        [],
      );
    case "code-execution":
      return { hosted: { type: "code_execution_20250825", name: "code_execution" }, canBeForced: true };
  }
}

type Limits = Extract<ServerTool, { maxUses?: number }>;

function limited(tool: JsonObject, { allowedDomains, blockedDomains, maxUses }: Limits, ignored: string[]): SpelledServerTool | undefined {
  // The vendor refuses both lists in one tool.
  if (allowedDomains !== undefined && blockedDomains !== undefined) return undefined;
  const limits = definedFields({ max_uses: maxUses, allowed_domains: allowedDomains, blocked_domains: blockedDomains });
  return { hosted: { ...tool, ...limits }, ignored, canBeForced: true };
}
