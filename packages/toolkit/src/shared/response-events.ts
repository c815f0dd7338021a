import type { ChatEvent, ChatResponse } from "@lumiverse/core";

/** The events that add up to a response, for answers that did not arrive as a stream. */
export function* responseEvents(response: ChatResponse): Generator<ChatEvent> {
  for (const note of response.notes) yield { type: "note", note };
  yield { type: "start", model: response.model, ...(response.id === undefined ? {} : { id: response.id }) };
  const { content } = response.message;
  const parts = typeof content === "string" ? [{ type: "text" as const, text: content }] : content;
  for (const [index, part] of parts.entries()) {
    if (part.type === "text" || part.type === "reasoning") {
      yield { type: "part-start", index, kind: part.type };
      if (part.text !== "") yield { type: part.type, index, text: part.text };
      yield { type: "part-end", index, part };
    } else if (part.type === "tool-call") {
      yield { type: "part-start", index, kind: "tool-call", id: part.id, name: part.name };
      if (part.arguments !== "") yield { type: "tool-call-delta", index, text: part.arguments };
      yield { type: "part-end", index, part };
    } else yield { type: "part", index, part };
  }
  yield { type: "usage", usage: response.usage };
  const { finishReason: reason, rawFinishReason: raw } = response;
  yield raw === undefined ? { type: "finish", reason } : { type: "finish", reason, raw };
}
