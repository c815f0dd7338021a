/** Messages as they are stored: without data that follows from other data, and with a limit on images and files. */
import type { CompleteAttachment, ThreadMessage } from "@assistant-ui/react";
import { answerOf } from "../chat/answer.ts";
import { AnswerParts } from "../chat/answer-parts.ts";
import type { MessageTree } from "./conversation.ts";

/** The most characters of images and files that are kept of one conversation. Base64 has four characters for three bytes. */
const MOST_MEDIA = 24_000_000;

/** The messages to store. The newest images and files are kept; a text replaces each of the others. */
export function toStored({ headId, messages }: MessageTree): MessageTree {
  let left = MOST_MEDIA;
  const stored = messages.toReversed().map(({ message, parentId }) => {
    const small = withoutCopies(message);
    const size = mediaSize(small);
    left -= size;
    return { message: size > 0 && left < 0 ? withoutMedia(small) : small, parentId };
  });
  return { ...(headId === undefined ? {} : { headId }), messages: stored.reverse() };
}

/** The messages of a stored conversation. An answer that was still arriving when it was saved counts as stopped. */
export function fromStored({ headId, messages }: MessageTree): MessageTree {
  return {
    ...(headId === undefined ? {} : { headId }),
    messages: messages.map(({ message, parentId }) => ({ message: ended(withContent(message)), parentId })),
  };
}

/** Leaves out the content of a whole answer, which follows from `Answer.message`, and the file of an attachment, which follows from its content. */
function withoutCopies(message: ThreadMessage): ThreadMessage {
  if (message.role === "assistant") return answerOf(message.metadata)?.message === undefined ? message : { ...message, content: [] };
  if (message.role === "user") return { ...message, attachments: message.attachments.map(({ file: _, ...attachment }) => attachment) };
  return message;
}

function withContent(message: ThreadMessage): ThreadMessage {
  const answer = answerOf(message.metadata);
  if (message.role !== "assistant" || answer?.message === undefined) return message;
  return { ...message, content: AnswerParts.contentOf(answer.message, answer.hidesReasoning !== true) };
}

function ended(message: ThreadMessage): ThreadMessage {
  return message.role === "assistant" && message.status.type === "running"
    ? { ...message, status: { type: "incomplete", reason: "cancelled" } }
    : message;
}

type MediaPart = { type: string; image?: string; data?: string; filename?: string; mediaType?: string; mimeType?: string };

function mediaOf(part: MediaPart): number {
  return (part.image?.length ?? 0) + (typeof part.data === "string" ? part.data.length : 0);
}

/** The characters of all images and files of a message: in its content, its attachments, and the message of an answer. */
function mediaSize(message: ThreadMessage): number {
  const whole = answerOf(message.metadata)?.message?.content;
  const attached = message.role === "user" ? message.attachments.flatMap(({ content }) => content) : [];
  const all: readonly MediaPart[] = [...message.content, ...attached, ...(typeof whole === "object" ? whole : [])] as MediaPart[]; // only these fields are read
  return all.reduce((sum, part) => sum + mediaOf(part), 0);
}

function placeholder({ filename, mimeType, mediaType }: MediaPart): { type: "text"; text: string } {
  return {
    type: "text",
    text: `[${filename ?? mimeType ?? mediaType ?? "An image"} was not kept: the conversation has too many images and files]`,
  };
}

function replaced<T>(parts: readonly T[]): T[] {
  // A text is a part of every kind of message.
  return parts.map((part) => (mediaOf(part as MediaPart) > 0 ? (placeholder(part as MediaPart) as T) : part));
}

function withoutBytes(attachment: CompleteAttachment): CompleteAttachment {
  if (!attachment.content.some((part) => mediaOf(part as MediaPart) > 0)) return attachment;
  return { ...attachment, type: "document", name: `${attachment.name} (not kept)`, content: replaced(attachment.content) };
}

function withoutMedia(message: ThreadMessage): ThreadMessage {
  const answer = answerOf(message.metadata);
  const metadata =
    answer?.message === undefined || typeof answer.message.content === "string"
      ? message.metadata
      : {
          ...message.metadata,
          custom: {
            ...message.metadata.custom,
            answer: { ...answer, message: { ...answer.message, content: replaced(answer.message.content) } },
          },
        };
  const attachments = message.role === "user" ? { attachments: message.attachments.map(withoutBytes) } : {};
  return { ...message, ...attachments, content: replaced<object>(message.content), metadata } as ThreadMessage; // each kind keeps its fields
}
