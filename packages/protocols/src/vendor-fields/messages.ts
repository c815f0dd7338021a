import { isObject } from "@lumiverse/core/provider";
import { readUsage, type TokenCounts, usageOf } from "../messages/response/usage.ts";
import { Counts, type FieldRule } from "./field-rules.ts";

/** Which fields of an event or of a body the neutral events carry. Blocks of server tools are opaque, so they are fields of the vendor. */
export function messagesFields(): FieldRule {
  /** Indexes of blocks whose streamed input is kept with the block. */
  const opaque = new Set<unknown>();
  return (json) => {
    if (!isObject(json)) return undefined;
    const { type, index } = json;
    if (type === "content_block_delta")
      return { delta: opaque.has(index) ? {} : { text: "text", thinking: "reasoning", partial_json: "arguments", signature: "signature" } };
    if (type === "message_start") return { message: { usage: USAGE } };
    if (type === "message_delta") return { delta: { stop_reason: "finish" }, usage: USAGE };
    if (type !== "content_block_start") return { content: { "*": blockRule }, stop_reason: "finish", usage: USAGE };
    if (blockRule(json["content_block"]) === undefined) opaque.add(index);
    else opaque.delete(index);
    return { content_block: blockRule };
  };
}

const USAGE: Counts = new Counts(
  (json) => {
    const counts: TokenCounts = { details: {} };
    readUsage(counts, json);
    return usageOf(counts, "exact");
  },
  {
    input_tokens: ["input"],
    cache_creation_input_tokens: ["cache-write"],
    cache_read_input_tokens: ["cache-read"],
    output_tokens: ["generated"],
  },
);

function blockRule(block: unknown): FieldRule | undefined {
  if (!isObject(block)) return undefined;
  switch (block["type"]) {
    case "text":
      return { text: "text" };
    case "thinking":
      return { thinking: "reasoning", signature: "signature" };
    case "redacted_thinking":
      return { data: "signature" };
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
