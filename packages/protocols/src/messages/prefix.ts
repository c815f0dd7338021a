/**
 * The cacheable prefix of a request: its content blocks in the order tools, system, messages.
 * https://platform.claude.com/docs/en/build-with-claude/prompt-caching
 */
import { isObject, type JsonObject, wordOf } from "@lumiverse/core/provider";

export type Section = "tools" | "system" | "messages";

export interface PrefixBlock {
  /** The block's path in the body: `tools[2]`, `system[0]`, `messages[4].content[1]`. */
  at: string;
  section: Section;
  block: JsonObject;
  /** Role of the message that contains the block. */
  role?: string;
  /** Index of the message that contains the block. */
  turn?: number;
  /** Writes another block to the same position of the body. */
  replace: (block: JsonObject) => void;
}

/** The blocks of a body in the order of the prefix. Changes the body: content that is a string (from raw `parameters`) becomes a list with one text block. */
export function prefixBlocks(body: JsonObject): PrefixBlock[] {
  const blocks: PrefixBlock[] = [];
  const addAll = (list: unknown, path: string, section: Section, message: Pick<PrefixBlock, "role" | "turn">): void => {
    if (!Array.isArray(list)) return;
    for (let i = 0; i < list.length; i++) {
      const block: unknown = list[i];
      if (!isObject(block)) continue;
      const entry: PrefixBlock = {
        ...message,
        at: `${path}[${i}]`,
        section,
        block,
        replace(next) {
          list[i] = next;
          entry.block = next;
        },
      };
      blocks.push(entry);
    }
  };
  addAll(body["tools"], "tools", "tools", {});
  if (typeof body["system"] === "string") body["system"] = [{ type: "text", text: body["system"] }];
  addAll(body["system"], "system", "system", {});
  const messages: readonly unknown[] = Array.isArray(body["messages"]) ? body["messages"] : [];
  messages.forEach((message, turn) => {
    if (!isObject(message)) return;
    if (typeof message["content"] === "string") message["content"] = [{ type: "text", text: message["content"] }];
    addAll(message["content"], `messages[${turn}].content`, "messages", { role: wordOf(message["role"]), turn });
  });
  return blocks;
}

/** What must stay byte-identical for a cache read: the block without `cache_control`. */
export function cachedText({ role, block }: PrefixBlock): string {
  return (
    (role === undefined ? "" : `${role} `) + JSON.stringify(block, (key, value: unknown) => (key === "cache_control" ? undefined : value))
  );
}

/** A rough estimate of the block's tokens. Only the vendor's own count is exact. */
export function estimateTokens({ block }: PrefixBlock): number {
  let media = 0;
  const text = JSON.stringify(block, (key, value: unknown) => {
    if (key === "cache_control" || key === "signature") return undefined;
    if (
      isObject(value) &&
      isObject(value["source"]) &&
      value["source"]["type"] !== "text" &&
      (value["type"] === "image" || value["type"] === "document")
    ) {
      media += mediaTokens(value["type"], value["source"]);
      return undefined;
    }
    return value;
  });
  if (text === undefined) return media;
  // English and JSON average about four characters per token, scripts other than Latin about one.
  let nonLatin = 0;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x2ff) nonLatin++;
  return media + Math.ceil((text.length - nonLatin) / 3.8 + nonLatin);
}

function mediaTokens(type: unknown, source: JsonObject): number {
  const data = source["data"];
  // The vendor counts an image by its pixels, which are unknown here. A PDF page is about 2,000 tokens and at least 50 kB.
  return type === "image" ? 1500 : Math.max(2000, typeof data === "string" ? Math.round(data.length / 68_000) * 2000 : 0);
}
