/** Turns the result of a server's tool into the result of a call. Nothing in it is trusted to have the shape of the protocol. */
import { isObject, type JsonObject, wordOf } from "@lumiverse/core/provider";
import { type ToolResult, toolResult } from "../tools/result.ts";
import type { ToolResultContent } from "../tools/tool.ts";

/** @throws Error for a result that is nested too deeply to be written as JSON */
export function readResult(result: unknown): ToolResult {
  if (!isObject(result)) return toolResult({ content: "Done." });
  const blocks = Array.isArray(result["content"]) ? result["content"] : [];
  const parts = blocks.flatMap((block: unknown) => partOf(block));
  const structured = result["structuredContent"];
  const content: ToolResultContent = parts.length > 0 ? parts : structured === undefined ? "Done." : JSON.stringify(structured);
  return toolResult({ content, data: result, ...(result["isError"] === true ? { isError: true } : {}) });
}

function partOf(block: unknown): Exclude<ToolResultContent, string>[number][] {
  if (!isObject(block)) return [];
  const { type, text, data, mimeType, resource, uri, name } = block;
  if (type === "text" && typeof text === "string") return [{ type: "text", text }];
  if ((type === "image" || type === "audio") && typeof data === "string" && typeof mimeType === "string")
    return [{ type, data, mediaType: mimeType }];
  if (type === "resource" && isObject(resource)) return [resourcePart(resource)];
  if (type === "resource_link" && typeof uri === "string")
    return [{ type: "text", text: `${typeof name === "string" ? name : "resource"}: ${uri}` }];
  return [{ type: "text", text: JSON.stringify(block) }];
}

function resourcePart({ text, blob, mimeType, uri }: JsonObject): Exclude<ToolResultContent, string>[number] {
  if (typeof text === "string") return { type: "text", text };
  if (typeof blob === "string")
    return { type: "file", data: blob, mediaType: typeof mimeType === "string" ? mimeType : "application/octet-stream" };
  return { type: "text", text: `resource: ${wordOf(uri)}` };
}
