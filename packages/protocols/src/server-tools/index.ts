/** The tools that vendors run themselves, in their spelling. A gateway puts them in the place of those of another vendor; other applications do not load this. */
import { type ChatRequest, ownValue, type ServerTool, type ServerToolVendor } from "@lumiverse/core/provider";
import { anthropicTool } from "./anthropic.ts";
import { geminiTool } from "./gemini.ts";
import { openaiTool } from "./openai.ts";
import { openrouterTool } from "./openrouter.ts";
import type { SpelledServerTool } from "./spelled.ts";
import { xaiTool } from "./xai.ts";

export type { SpelledServerTool } from "./spelled.ts";

const SPELLINGS: Readonly<Record<ServerToolVendor, (tool: ServerTool, request: ChatRequest) => SpelledServerTool | undefined>> = {
  anthropic: anthropicTool,
  // Code execution needs a beta value, which is not sent to other hosts.
  "anthropic-proxy": (tool, request) => (tool.kind === "code-execution" ? undefined : anthropicTool(tool, request)),
  openai: openaiTool,
  gemini: geminiTool,
  xai: xaiTool,
  openrouter: openrouterTool,
};

/**
 * The vendor's own tool that does the same in this request. Undefined: the vendor or the model has none, or none with these limits, or not together with the rest of
 * the request.
 * @param vendor `Route.serverTools`
 */
export function spellServerTool(
  tool: ServerTool,
  vendor: ServerToolVendor | undefined,
  request: ChatRequest,
): SpelledServerTool | undefined {
  return ownValue(SPELLINGS, vendor)?.(tool, request);
}
