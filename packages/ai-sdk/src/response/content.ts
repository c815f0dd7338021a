import type { LanguageModelV4Content, LanguageModelV4StreamPart } from "@ai-sdk/provider";
import type { AssistantMessage, Part, SourcePart, ToolCallPart } from "@lumiverse/core";
import { MESSAGE_KIND, writeMetadata } from "../metadata.ts";
import type { ExecutedTools } from "./provider-executed.ts";

/** Content that is the same in a whole answer and in a stream. */
export type SharedContent = Extract<LanguageModelV4Content, LanguageModelV4StreamPart>;

/** A part that is never streamed, as the SDK's content. `id` is unique in the answer. */
export function contentOf(
  part: Exclude<Part, { type: "text" | "reasoning" }>,
  id: string,
  executed: ExecutedTools,
): readonly SharedContent[] {
  switch (part.type) {
    case "tool-call":
      return [toolCallContent(part)];
    case "image":
    case "audio":
    case "file":
      return [
        {
          type: "file",
          mediaType: part.mediaType ?? `${part.type === "file" ? "application" : part.type}/*`,
          data: part.url === undefined ? { type: "data", data: part.data } : { type: "url", url: addressOf(part.url) },
          ...writeMetadata({
            replay: part.replay,
            ...(part.type === "audio" ? { transcript: part.transcript } : {}),
            ...(part.type === "file" ? { filename: part.filename } : {}),
          }),
        },
      ];
    case "source":
      return [sourceContent(part, id)];
    case "opaque":
      return (
        executed.read(part) ?? [
          { type: "custom", kind: `lumiverse.${part.kind}`, ...writeMetadata({ kind: part.kind, replay: part.replay }) },
        ]
      );
    case "tool-result":
      // No protocol returns one in an answer; results that a vendor produced are opaque parts.
      return [];
    default:
      return part satisfies never;
  }
}

export function toolCallContent(part: ToolCallPart): Extract<SharedContent, { type: "tool-call" }> {
  const isCanonical = part.inputError === undefined && JSON.stringify(part.input ?? {}) === part.arguments;
  return {
    type: "tool-call",
    toolCallId: part.id,
    toolName: part.name,
    // Some hosts write `null` for no arguments, which the SDK would check against the tool's schema.
    input: part.arguments.trim() === "null" ? "{}" : part.arguments,
    ...writeMetadata({ replay: part.replay, arguments: isCanonical ? undefined : part.arguments }),
  };
}

function sourceContent(part: SourcePart, id: string): SharedContent {
  const { url, title, number, quote, start, end, replay } = part;
  const metadata = writeMetadata({ number, quote, start, end, replay });
  if (url === undefined) return { type: "source", sourceType: "document", id, mediaType: "text/plain", title: title ?? "", ...metadata };
  return { type: "source", sourceType: "url", id, url, ...(title === undefined ? {} : { title }), ...metadata };
}

/** The payload of a whole message as one more part. Empty when the message has none. */
export function messageContent({ replay }: AssistantMessage): readonly SharedContent[] {
  return replay === undefined ? [] : [{ type: "custom", kind: MESSAGE_KIND, ...writeMetadata({ replay }) }];
}

/** The address as a URL object, which the SDK expects. A host may send a text that is no URL. */
function addressOf(url: string): URL {
  return URL.parse(url) ?? new URL(`invalid:${encodeURIComponent(url.toWellFormed())}`);
}
