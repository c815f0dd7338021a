/** A response travels without its parts, because its events have carried them; the reader puts it together again. */
import type { AssistantMessage, ChatEvent, ChatResponse, Part, SourcePart, ToolCallPart } from "@lumiverse/core";

export type ResponseEnvelope = Omit<ChatResponse, "message" | "text" | "reasoning" | "toolCalls" | "sources"> & {
  message: Omit<AssistantMessage, "content">;
};

export function responseEnvelope(response: ChatResponse): ResponseEnvelope {
  const { message, text: _text, reasoning: _reasoning, toolCalls: _calls, sources: _sources, ...rest } = response;
  const { content: _content, ...envelope } = message;
  return { ...rest, message: envelope };
}

/** Collects the parts of an answer from its events. */
export class AnswerParts {
  readonly #parts: (Part | undefined)[] = [];

  add(event: ChatEvent): void {
    if (event.type === "part-end" || event.type === "part") this.#parts[event.index] = event.part;
    else if (event.type === "replace") this.#parts[event.index] = event.part;
  }

  /** The whole response. */
  complete({ message, ...rest }: ResponseEnvelope): ChatResponse {
    const content = this.#parts.filter((part) => part !== undefined);
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
    return { ...rest, message: { ...message, content }, text, reasoning, toolCalls, sources };
  }
}
