/** A response travels without its parts, because its events have carried them; the reader puts it together again. */
import {
  type AssistantMessage,
  type ChatEvent,
  type ChatResponse,
  LumiverseError,
  type Part,
  type SourcePart,
  type ToolCallPart,
} from "@lumiverse/core";

export type ResponseEnvelope = Omit<ChatResponse, "message" | "text" | "reasoning" | "toolCalls" | "sources"> & {
  message: Omit<AssistantMessage, "content">;
};

export function responseEnvelope(response: ChatResponse): ResponseEnvelope {
  const { message, text: _text, reasoning: _reasoning, toolCalls: _calls, sources: _sources, ...rest } = response;
  const { content: _content, ...envelope } = message;
  return { ...rest, message: envelope };
}

/** Parts of an answer at most, as in core. A list with a part far beyond its end takes minutes to read. */
const MOST_PARTS = 100_000;

/** The error of a stream that no server of this package wrote. */
export function malformed(what: string, cause?: unknown): LumiverseError {
  return new LumiverseError({
    code: "malformed-response",
    message: `the stream cannot be read: ${what}`,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Collects the parts of an answer from its events. */
export class AnswerParts {
  readonly #parts: (Part | undefined)[] = [];

  /** @throws LumiverseError `malformed-response` for a part at a place that no answer has */
  add(event: ChatEvent): void {
    if (event.type !== "part-end" && event.type !== "part" && event.type !== "replace") return;
    const { index } = event;
    if (!(Number.isInteger(index) && index >= 0 && index < MOST_PARTS)) throw malformed("a part has no place in the answer");
    this.#parts[index] = event.part;
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
