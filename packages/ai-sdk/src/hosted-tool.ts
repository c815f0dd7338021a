import { jsonSchema, type ProviderExecutedTool } from "@ai-sdk/provider-utils";
import type { JsonObject } from "@lumiverse/core";

/** The id by which the model recognises a tool of `hostedTool`. */
export const HOSTED_TOOL_ID = "lumiverse.hosted";

/**
 * A tool that the vendor runs itself (web search, code execution), for the SDK's `tools`. Use the vendor's name of the tool as the key, so that the SDK finds
 * the tool of each call: `tools: { web_search: hostedTool({ type: "web_search_20250305", name: "web_search" }) }`.
 * @param tool the tool in the vendor's own spelling; it is sent as given
 */
export function hostedTool(tool: JsonObject): ProviderExecutedTool<unknown, unknown> {
  return {
    type: "provider",
    id: HOSTED_TOOL_ID,
    args: tool,
    isProviderExecuted: true,
    supportsDeferredResults: true,
    inputSchema: jsonSchema({}),
    outputSchema: jsonSchema({}),
  };
}
