import type { Connection, Message, Part } from "@lumiverse/core";
import type { Screen } from "../terminal/screen.ts";
import type { CostCounter } from "./cost-counter.ts";
import type { ConversationFolder } from "./saved-conversation.ts";

/** What a conversation consists of. Slash commands change it. */
export interface Conversation {
  id: string;
  name?: string;
  /** The connection's name or the provider's id. */
  target: string;
  connection: Connection;
  model: string;
  system?: string;
  /** Without the system message. */
  messages: readonly Message[];
  /** Files for the next message. */
  attachments: readonly Part[];
  /** The last message that has no answer, because the call failed or was stopped. */
  unanswered?: Message;
  costs: CostCounter;
  folder: ConversationFolder;
  screen: Screen;
  /** Models to suggest. */
  models(): Promise<readonly string[]>;
}
