import type { ThreadMessage } from "@assistant-ui/react";
import type { ChatSettings } from "../chat/chat-settings.ts";

/** A conversation as the list shows it. */
export interface ConversationEntry {
  id: string;
  title: string;
  /** Moments in milliseconds since 1970. */
  createdAt: number;
  updatedAt: number;
  /** Counts the saves, so that a save of another tab is noticed. */
  revision: number;
  /** True when a person chose the title. */
  isRenamed?: boolean;
}

/** Messages with their branches: what was edited or asked again has several children of one parent. */
export interface MessageTree {
  headId?: string | null;
  messages: { message: ThreadMessage; parentId: string | null }[];
}

/** What a conversation holds. */
export interface ConversationContent {
  id: string;
  tree: MessageTree;
  /** Who answers and how, when it goes on. */
  settings: ChatSettings;
}

export interface Conversation {
  entry: ConversationEntry;
  content: ConversationContent;
}

/** Characters of a title that is taken from the first message. */
const LONGEST_TITLE = 60;

/** The beginning of the first message, or the name of its first file. */
export function titleOf({ messages }: MessageTree): string {
  const first = messages.find(({ message }) => message.role === "user")?.message;
  const text = first?.content.flatMap((part) => (part.type === "text" ? [part.text] : [])).join(" ") ?? "";
  const file = first?.role === "user" ? first.attachments[0]?.name : undefined;
  const line = text.replace(/\s+/g, " ").trim() || file || "Conversation";
  return line.length <= LONGEST_TITLE ? line : `${line.slice(0, LONGEST_TITLE).trimEnd()}…`;
}
