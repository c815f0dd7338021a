import type { CompleteAttachment, ThreadMessage, ThreadUserMessagePart } from "@assistant-ui/react";
import type { AssistantMessage, ChatRequest, Message, Part, UserMessage } from "@lumiverse/core";
import { answerOf } from "./answer.ts";
import type { RequestSettings } from "./chat-settings.ts";

/** A request of the chat. The model is chosen apart from it. */
export type ModelRequest = Omit<ChatRequest, "model">;

/** A message that is not sent yet. */
export interface NextMessage {
  text: string;
  attachments: readonly CompleteAttachment[];
}

/** The request that the conversation makes now. `next` is a message that is not sent yet. */
export function requestOf(messages: readonly ThreadMessage[], settings: RequestSettings, next?: NextMessage): ModelRequest {
  const { system, reasoning, temperature, maxOutputTokens } = settings;
  return {
    messages: [
      ...transcriptOf(messages, system),
      ...(next === undefined ? [] : userMessage([{ type: "text", text: next.text }], next.attachments)),
    ],
    ...(reasoning === undefined ? {} : { reasoning }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
  };
}

/** The messages of the conversation for the neutral chat API. Answers keep the payloads that their vendors expect back. */
function transcriptOf(messages: readonly ThreadMessage[], system: string): Message[] {
  const transcript: Message[] = system.trim() === "" ? [] : [{ role: "system", content: system }];
  for (const message of messages) {
    if (message.role === "user") {
      transcript.push(...userMessage(message.content, message.attachments));
    } else if (message.role === "assistant") {
      const answer = assistantMessage(message);
      if (answer !== undefined) transcript.push(answer);
    }
  }
  return transcript;
}

/** A message of the person. An empty message is left out. */
function userMessage(content: readonly ThreadUserMessagePart[], attachments: readonly CompleteAttachment[]): UserMessage[] {
  const parts = [...content, ...attachments.flatMap((one) => one.content)].flatMap(userPart);
  return parts.length === 0 ? [] : [{ role: "user", content: parts }];
}

function userPart(part: ThreadUserMessagePart): Part[] {
  switch (part.type) {
    case "text":
      return part.text === "" ? [] : [{ type: "text", text: part.text }];
    case "image": {
      const media = mediaOf(part.image);
      return media === undefined ? [] : [{ type: "image", ...media }];
    }
    case "file": {
      const kind = part.mimeType.startsWith("audio/") ? ("audio" as const) : ("file" as const);
      const media = { data: mediaOf(part.data)?.data ?? part.data, mediaType: part.mimeType };
      return [
        kind === "audio"
          ? { type: kind, ...media }
          : { type: kind, ...media, ...(part.filename === undefined ? {} : { filename: part.filename }) },
      ];
    }
    default:
      return [];
  }
}

/** An answer. Its tool calls are left out, because no tool runs here and vendors refuse a tool call without a result. */
function assistantMessage(message: Extract<ThreadMessage, { role: "assistant" }>): AssistantMessage | undefined {
  const whole = answerOf(message.metadata)?.message;
  if (whole !== undefined) {
    const content = typeof whole.content === "string" ? whole.content : whole.content.filter(({ type }) => type !== "tool-call");
    return content.length === 0 ? undefined : { ...whole, content };
  }
  // Of an answer that was stopped or failed, the text that had arrived.
  const text = message.content.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("");
  return text === "" ? undefined : { role: "assistant", content: text };
}

/** The bytes and the type of a data URL. */
function mediaOf(url: string): { data: string; mediaType: string } | undefined {
  const match = /^data:([^;,]+)(?:;[^;,]+)*;base64,(.*)$/s.exec(url);
  return match?.[1] === undefined || match[2] === undefined ? undefined : { mediaType: match[1], data: match[2] };
}
