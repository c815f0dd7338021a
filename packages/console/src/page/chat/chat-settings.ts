import type { ReasoningLevel } from "@lumiverse/core";

/** What the chat is set to: who answers and how. */
export interface ChatSettings {
  /** The id of the connection and the model. Absent: none is chosen yet. */
  connection?: string;
  model?: string;
  system: string;
  /** Absent: as the connection says. */
  reasoning?: ReasoningLevel;
  temperature?: number;
  maxOutputTokens?: number;
}

const NAME = "lumiverse-chat";

/** The settings of the last visit. */
export function storedSettings(): ChatSettings {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(NAME) ?? "{}");
    return { system: "", ...(stored as Partial<ChatSettings>) }; // written below
  } catch {
    return { system: "" };
  }
}

export function storeSettings(settings: ChatSettings): void {
  localStorage.setItem(NAME, JSON.stringify(settings));
}
