import type { ChatRequest, JsonObject, ServerTool } from "@lumiverse/core/provider";
import { capabilitiesOf, geminiTraits } from "../families/gemini.ts";
import { atLeast } from "../families/version.ts";
import { type SpelledServerTool, tuningOf } from "./spelled.ts";

/** Gemini's own tools, which accept no domains. https://ai.google.dev/gemini-api/docs/tools (read November 2026) */
export function geminiTool(tool: ServerTool, request: ChatRequest): SpelledServerTool | undefined {
  const traits = geminiTraits(request.model);
  if (traits === undefined || capabilitiesOf(request.model).webSearch !== true) return undefined;
  if (tool.kind === "web-fetch" && !atLeast(traits.version, [2, 5])) return undefined;
  const combines = atLeast(traits.version, [3]);
  // Models before Gemini 3 accept their own tools neither beside functions nor beside JSON output.
  if (!combines && (request.output !== undefined || request.tools?.some((one) => "name" in one) === true)) return undefined;
  if (tool.kind === "code-execution") return { hosted: { codeExecution: {} } };
  if (tool.allowedDomains !== undefined || tool.blockedDomains !== undefined) return undefined;
  const hosted: JsonObject = tool.kind === "web-search" ? { googleSearch: {} } : { urlContext: {} };
  return { hosted, ignored: tuningOf(tool) };
}
