import { type ChatRequest, definedFields, type ServerTool } from "@lumiverse/core/provider";
import { traitsOf } from "../families/openai.ts";
import { atLeast } from "../families/version.ts";
import { areWholeDomains, type SpelledServerTool } from "./spelled.ts";

/** Domains of a search, at most: https://platform.openai.com/docs/guides/tools-web-search */
const MOST_DOMAINS = 100;

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
      if (blockedDomains !== undefined || !areWholeDomains(allowedDomains)) return undefined;
      if (allowedDomains !== undefined && allowedDomains.length > MOST_DOMAINS) return undefined;
      const hosted = {
        type: "web_search",
        ...definedFields({
          filters: allowedDomains && { allowed_domains: allowedDomains },
          user_location: location && { type: "approximate", ...location },
          search_context_size: contextSize,
        }),
      };
      if (maxUses === undefined) return { hosted, canBeForced: true };
      // "The maximum number of total calls to built-in tools that can be processed in a response."
      return { hosted, canBeForced: true, shared: { parameters: { max_tool_calls: maxUses }, limits: ["maxUses"] } };
    }
    case "web-fetch":
      return undefined;
    case "code-execution":
      return { hosted: { type: "code_interpreter", container: { type: "auto" } }, canBeForced: true };
  }
}
