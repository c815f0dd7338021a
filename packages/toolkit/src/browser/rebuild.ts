/** A response is sent without its parts, because its events carry them. The reader puts it together again. */
import { type AssistantMessage, type ChatEvent, type ChatResponse, LumiverseError, type Part } from "@lumiverse/core";
import { type PartSums, sumParts } from "@lumiverse/core/provider";

export type ResponseEnvelope = Omit<ChatResponse, "message" | keyof PartSums> & { message: Omit<AssistantMessage, "content"> };

export function responseEnvelope(response: ChatResponse): ResponseEnvelope {
  const { message, text: _text, reasoning: _reasoning, toolCalls: _calls, sources: _sources, ...rest } = response;
  const { content: _content, ...envelope } = message;
  return { ...rest, message: envelope };
}

/** The most parts of an answer, as in core. A list with a part far beyond its end takes minutes to read. */
const MOST_PARTS = 100_000;

function checkedIndex(index: number): number {
  if (Number.isInteger(index) && index >= 0 && index < MOST_PARTS) return index;
  throw new LumiverseError({ code: "malformed-response", message: "the index of a part of the stream is invalid" });
}

/** Collects the parts of an answer from its events. */
export class AnswerParts {
  #parts: (Part | undefined)[] = [];

  add(event: ChatEvent | { type: "retry" }): void {
    if (event.type === "retry") this.#parts = [];
    else if (event.type === "part-end" || event.type === "part" || event.type === "replace")
      this.#parts[checkedIndex(event.index)] = event.part;
  }

  /** The whole response. */
  complete({ message, ...rest }: ResponseEnvelope): ChatResponse {
    const content = this.#parts.filter((part) => part !== undefined);
    return { ...rest, message: { ...message, content }, ...sumParts(content) };
  }
}
