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

/** The vendor refuses a breakpoint on thinking, on empty text and on a tool with `defer_loading`. */
export function isCacheable({ block, section }: PrefixBlock): boolean {
  if (section === "tools") return block["defer_loading"] !== true;
  const type = block["type"];
  if (type === "thinking" || type === "redacted_thinking") return false;
  return type !== "text" || block["text"] !== "";
}

/** The last cacheable block of the last user message. A prefill after it does not count. */
export function lastUserBlock(blocks: readonly PrefixBlock[]): PrefixBlock | undefined {
  const turn = blocks.findLast((block) => block.role === "user")?.turn;
  return blocks.findLast((block) => block.role === "user" && block.turn === turn && isCacheable(block));
}
