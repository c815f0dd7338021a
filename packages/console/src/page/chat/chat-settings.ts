import type { ReasoningLevel } from "@lumiverse/core";
import { readLocal, writeLocal } from "../shared/local-storage.ts";

/** How the chat asks. */
export interface RequestSettings {
  system: string;
  /** Absent: as the connection says. */
  reasoning?: ReasoningLevel;
  temperature?: number;
  maxOutputTokens?: number;
}

/** What the chat is set to: who answers and how. */
export interface ChatSettings extends RequestSettings {
  /** The id of the connection and the model. Absent: none is chosen yet. */
  connection?: string;
  model?: string;
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
