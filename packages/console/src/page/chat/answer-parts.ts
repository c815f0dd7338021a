import type { ThreadAssistantMessagePart } from "@assistant-ui/react";
import type { AssistantMessage, ChatEvent, Part } from "@lumiverse/core";

/** A part of an answer while it arrives. */
type Draft = { type: "text" | "reasoning"; text: string } | { type: "tool-call"; id: string; name: string; arguments: string } | Part;

/** Collects the events of an answer into the parts that the chat component draws. */
export class AnswerParts {
  #parts: (Draft | undefined)[] = [];
  readonly #showsReasoning: boolean;

  /** @param showsReasoning false: the connection is set to hide its reasoning */
  constructor(showsReasoning: boolean) {
    this.#showsReasoning = showsReasoning;
  }

  /** The parts of a whole answer, as `content()` returns them. */
  static contentOf(message: AssistantMessage, showsReasoning: boolean): ThreadAssistantMessagePart[] {
    const parts = new AnswerParts(showsReasoning);
    parts.#parts = typeof message.content === "string" ? [{ type: "text", text: message.content }] : [...message.content];
    return parts.content();
  }

  add(event: ChatEvent): void {
    switch (event.type) {
      case "start":
        // A host that restarts its answer sends a second `start`.
        this.#parts = [];
        break;
      case "part-start":
        this.#parts[event.index] =
          event.kind === "tool-call"
            ? { type: "tool-call", id: event.id, name: event.name, arguments: "" }
            : { type: event.kind, text: "" };
        break;
      case "text":
      case "reasoning":
      case "tool-call-delta":
        this.#append(event.index, event.text);
        break;
      case "part-end":
      case "part":
      case "replace":
        this.#parts[event.index] = event.part;
        break;
      case "usage":
      case "note":
      case "vendor-fields":
      case "finish":
        break;
      default:
        event satisfies never;
    }
  }

  #append(index: number, text: string): void {
    const part = this.#parts[index];
    if (part?.type === "text" || part?.type === "reasoning") this.#parts[index] = { ...part, text: part.text + text };
    else if (part?.type === "tool-call") this.#parts[index] = { ...part, arguments: part.arguments + text };
  }

  /** The parts in their order, but with the sources last. */
  content(): ThreadAssistantMessagePart[] {
    const shown = this.#parts.flatMap((part, index) =>
      part === undefined || (part.type === "reasoning" && !this.#showsReasoning) ? [] : (drawn(part, index) ?? []),
    );
    return [...shown.filter(({ type }) => type !== "source"), ...shown.filter(({ type }) => type === "source")];
  }
}

function drawn(part: Draft, index: number): ThreadAssistantMessagePart | undefined {
  switch (part.type) {
    case "text":
    case "reasoning":
      // Many vendors encrypt their reasoning, so its text is empty.
      return part.text === "" ? undefined : { type: part.type, text: part.text };
    case "tool-call":
      return { type: "tool-call", toolCallId: part.id, toolName: part.name, args: {}, argsText: part.arguments };
    case "image":
      return part.data === undefined ? undefined : { type: "image", image: `data:${part.mediaType};base64,${part.data}` };
    case "audio":
    case "file":
      return part.data === undefined
        ? undefined
        : {
            type: "file",
            data: part.data,
            mimeType: part.mediaType,
            ...("filename" in part && part.filename !== undefined ? { filename: part.filename } : {}),
          };
    case "source":
      return part.url === undefined
        ? {
            type: "source",
            sourceType: "document",
            id: `source-${index}`,
            title: part.title ?? part.quote ?? "Source",
            mediaType: "text/plain",
          }
        : {
            type: "source",
            sourceType: "url",
            id: `source-${index}`,
            url: part.url,
            ...(part.title === undefined ? {} : { title: part.title }),
          };
    default:
      return undefined;
  }
}
