import { type AssistantMessage, isObject, type JsonObject, type Part } from "@lumiverse/core";
import type { Dialect } from "./dialect.ts";

/**
 * What an assistant turn carries back of its reasoning and of the host's own items. Payloads that are still here are this host's own:
 * those of others stayed home. Reasoning that carries no origin came from elsewhere and is not sent.
 */
export function replayFields(
  message: AssistantMessage,
  parts: readonly Part[],
  calls: boolean,
  reasoning: Dialect["reasoning"],
): JsonObject {
  const fields: JsonObject = {};
  const when = reasoning?.replay ?? "never";
  const field = reasoning?.replayField ?? "reasoning_content";
  const wanted = when === "always" || when === "present" || (when === "tool-turns" && calls);
  if (wanted && field === "reasoning_details") {
    const details = isObject(message.replay?.data) ? message.replay.data["reasoning_details"] : undefined;
    if (Array.isArray(details)) fields["reasoning_details"] = usable(details);
  } else if (wanted && field === "content") {
    const chunks = contentChunks(parts);
    if (chunks !== undefined) fields["content"] = chunks;
  } else if (wanted) {
    let text = "";
    for (const part of parts) if (part.type === "reasoning" && part.replay !== undefined) text += part.text;
    if (text !== "" || when === "present") fields[field] = text;
  }
  for (const part of parts) {
    const data = "replay" in part && isObject(part.replay?.data) ? part.replay.data : undefined;
    if (data === undefined) continue;
    if (part.type === "audio" && data["audio"] !== undefined) fields["audio"] = { id: data["audio"] };
    else if (part.type === "image" && data["as"] === "images")
      push(fields, "images", { type: "image_url", image_url: { url: part.url ?? `data:${part.mediaType};base64,${part.data}` } });
    else if (part.type === "opaque" && data["annotation"] !== undefined) push(fields, "annotations", data["annotation"]);
  }
  return fields;
}

function push(fields: JsonObject, key: string, item: unknown): void {
  const list = fields[key];
  if (Array.isArray(list)) list.push(item);
  else fields[key] = [item];
}

/** Mistral's content list: thinking chunks, references and text in the order they came. */
function contentChunks(parts: readonly Part[]): JsonObject[] | undefined {
  if (!parts.some((part) => (part.type === "reasoning" || part.type === "opaque") && part.replay !== undefined)) return undefined;
  const chunks: JsonObject[] = [];
  for (const part of parts) {
    if (part.type === "reasoning" && part.replay !== undefined)
      chunks.push({ type: "thinking", thinking: [{ type: "text", text: part.text }], closed: true });
    else if (part.type === "text" && part.text !== "") chunks.push({ type: "text", text: part.text });
    else if (part.type === "opaque" && isObject(part.replay?.data) && isObject(part.replay.data["content"]))
      chunks.push(part.replay.data["content"]);
  }
  return chunks;
}

/**
 * Blocks as they came, but for two that upstreams refuse: the same block twice ("Duplicate item found with id rs_…"), and text without a
 * signature where the format signs ("Invalid signature in thinking block").
 */
function usable(details: readonly unknown[]): unknown[] {
  const seen = new Set<string>();
  return details.filter((block) => {
    if (!isObject(block)) return false;
    const { type, format, signature, text, summary, id, data } = block;
    const signs = format === "anthropic-claude-v1" || format === "google-gemini-v1";
    if (type === "reasoning.text" && signs && typeof signature !== "string") return false;
    const same = type === "reasoning.summary" ? summary : type === "reasoning.encrypted" ? (id ?? data) : (signature ?? text);
    if (typeof same !== "string" || same === "") return true;
    const key = `${String(type)} ${same}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
