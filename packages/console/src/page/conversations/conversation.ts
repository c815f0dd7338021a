import type { ThreadMessage } from "@assistant-ui/react";
import type { ChatSettings } from "../chat/chat-settings.ts";

/** A conversation as the list shows it. */
export interface ConversationEntry {
  id: string;
  title: string;
  /** Milliseconds since 1970. */
  createdAt: number;
  updatedAt: number;
  /** The number of saves. It shows whether another tab has saved the conversation. */
  revision: number;
  /** True when a person chose the title. */
  isRenamed?: boolean;
}

/** Messages with their branches. The versions of an edited message, or of an answer that was asked for again, have the same parent. */
export interface MessageTree {
  headId?: string | null;
  messages: { message: ThreadMessage; parentId: string | null }[];
}

/** What a conversation holds. */
export interface ConversationContent {
  id: string;
  tree: MessageTree;
  /** The settings of its next request. */
  settings: ChatSettings;
}

export interface Conversation {
  entry: ConversationEntry;
  content: ConversationContent;
}

/** The longest title that is taken from the first message, in characters. */
const LONGEST_TITLE = 60;

/** The title of a conversation: the beginning of the first message, or the name of its first file. */
export function titleOf({ messages }: MessageTree): string {
  const first = messages.find(({ message }) => message.role === "user")?.message;
  const text = first?.content.flatMap((part) => (part.type === "text" ? [part.text] : [])).join(" ") ?? "";
  const file = first?.role === "user" ? first.attachments[0]?.name : undefined;
  const line = text.replace(/\s+/g, " ").trim() || file || "Conversation";
  return line.length <= LONGEST_TITLE ? line : `${line.slice(0, LONGEST_TITLE).trimEnd()}…`;
}
