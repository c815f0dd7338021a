import type { ReasoningLevel } from "@lumiverse/core";
import { readLocal, writeLocal } from "../shared/local-storage.ts";

/** The settings of a request. */
export interface RequestSettings {
  /** The system prompt. Empty: none is sent. */
  system: string;
  /** Absent: the setting of the connection applies. */
  reasoning?: ReasoningLevel;
  temperature?: number;
  maxOutputTokens?: number;
}

/** The settings of the chat: which connection and model answer, and how. */
export interface ChatSettings extends RequestSettings {
  /** The id of the chosen connection. Absent: none is chosen yet. */
  connection?: string;
  /** The id of the chosen model. Absent: none is chosen yet. */
  model?: string;
  /** The person has not chosen: connection and model are those of the default connection, and change with it. */
  followsDefault?: true;
}

const NAME = "lumiverse-chat";

/** The settings of the last visit. */
export function storedSettings(): ChatSettings {
  try {
    const stored: unknown = JSON.parse(readLocal(NAME) ?? "{}");
    return { system: "", ...(stored as Partial<ChatSettings>) }; // written below
  } catch {
    return { system: "" };
  }
}

export function storeSettings(settings: ChatSettings): void {
  writeLocal(NAME, JSON.stringify(settings));
}
