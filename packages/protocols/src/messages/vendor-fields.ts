import { isObject } from "@lumiverse/core/provider";
import type { FieldRule } from "../shared/vendor-fields.ts";

/** Which fields of an event or of a body the neutral events carry. Blocks of server tools are opaque, so they are fields of the vendor. */
export function messagesFields(): FieldRule {
  /** Indexes of blocks whose streamed input is kept with the block. */
  const opaque = new Set<unknown>();
  return (json) => {
    if (!isObject(json)) return undefined;
    const { type, index } = json;
    if (type === "content_block_delta")
      return { delta: opaque.has(index) ? {} : { text: "text", thinking: "reasoning", partial_json: "arguments" } };
    if (type !== "content_block_start") return { content: { "*": blockRule } };
    if (blockRule(json["content_block"]) === undefined) opaque.add(index);
    else opaque.delete(index);
    return { content_block: blockRule };
  };
}

function blockRule(block: unknown): FieldRule | undefined {
  if (!isObject(block)) return undefined;
  switch (block["type"]) {
    case "text":
      return { text: "text" };
    case "thinking":
      return { thinking: "reasoning" };
    case "tool_use":
      return {
        id: "call-id",
        name: "call-name",
        input: (input) => (isObject(input) && Object.keys(input).length > 0 ? "input" : undefined),
      };
    default:
      return undefined;
  }
}
