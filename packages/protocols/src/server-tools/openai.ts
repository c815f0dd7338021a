import { type ChatRequest, definedFields, type ServerTool } from "@lumiverse/core/provider";
import { traitsOf } from "../families/openai.ts";
import { atLeast } from "../families/version.ts";
import type { SpelledServerTool } from "./spelled.ts";

/** OpenAI's own tools. https://platform.openai.com/docs/guides/tools (read November 2026). It has none that reads the pages of a conversation. */
export function openaiTool(tool: ServerTool, { model, reasoning }: ChatRequest): SpelledServerTool | undefined {
  const { line, version } = traitsOf(model);
  // Older models have none of them, and gpt-4.1-nano lacks web search.
  if (line !== "gpt" || !atLeast(version, [4, 1]) || /^gpt-4\.1-nano/.test(model)) return undefined;
  // "The following tools cannot be used with reasoning.effort 'minimal': web_search"
  if (reasoning === "minimal" && tool.kind === "web-search") return undefined;
  switch (tool.kind) {
    case "web-search": {
      const { allowedDomains, blockedDomains, location, contextSize, maxUses } = tool;
      if (blockedDomains !== undefined) return undefined;
      const hosted = {
        type: "web_search",
        ...definedFields({
          filters: allowedDomains && { allowed_domains: allowedDomains },
          user_location: location && { type: "approximate", ...location },
          search_context_size: contextSize,
        }),
      };
      return { hosted, canBeForced: true, ignored: maxUses === undefined ? [] : ["maxUses"] };
    }
    case "web-fetch":
      return undefined;
    case "code-execution":
      return { hosted: { type: "code_interpreter", container: { type: "auto" } }, canBeForced: true };
  }
}
