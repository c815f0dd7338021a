import type { Part, SourcePart, ToolCallPart } from "./message.ts";
import type { ChatResponse } from "./response.ts";

/** The fields of a response that repeat parts of its `message`. */
export type PartSums = Pick<ChatResponse, "text" | "reasoning" | "toolCalls" | "sources">;

/** The texts, the calls and the sources of an answer, each in the order of the parts. */
export function sumParts(content: readonly Part[]): PartSums {
  let text = "";
  let reasoning = "";
  const toolCalls: ToolCallPart[] = [];
  const sources: SourcePart[] = [];
  for (const part of content) {
    if (part.type === "text") text += part.text;
    else if (part.type === "reasoning") reasoning += part.text;
    else if (part.type === "tool-call") toolCalls.push(part);
    else if (part.type === "source") sources.push(part);
  }
  return { text, reasoning, toolCalls, sources };
}
