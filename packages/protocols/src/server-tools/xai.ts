import { definedFields, type ServerTool } from "@lumiverse/core/provider";
import { areWholeDomains, type SpelledServerTool, tuningOf } from "./spelled.ts";

/** Domains in a list of a search, at most: https://docs.x.ai/developers/tools/web-search */
const MOST_DOMAINS = 5;

/** The vendor's own tools. None of them can be forced. */
export function xaiTool(tool: ServerTool): SpelledServerTool | undefined {
  if (tool.kind === "code-execution") return { hosted: { type: "code_interpreter" } };
  if (tool.kind !== "web-search") return undefined;
  const { allowedDomains: allowed, blockedDomains: blocked } = tool;
  if (allowed !== undefined && blocked !== undefined) return undefined;
  const domains = allowed ?? blocked ?? [];
  if (domains.length > MOST_DOMAINS || !areWholeDomains(domains)) return undefined;
  const hosted = { type: "web_search", ...definedFields({ allowed_domains: allowed, excluded_domains: blocked }) };
  return { hosted, ignored: tuningOf(tool) };
}
