import type { Message, Part } from "./message.ts";

/** Replaces lone surrogates, which vendors reject as invalid JSON. Never pass signed payloads through it. */
export function wellFormed(text: string): string {
  return text.isWellFormed() ? text : text.toWellFormed();
}

/** True when any message has content parts and not just text. */
export function hasParts(messages: readonly Message[]): boolean {
  return messages.some((message) => typeof message.content !== "string");
}

/** The text of a message: its text parts joined, everything else left out. */
export function textOf(content: string | readonly Part[]): string {
  if (typeof content === "string") return content;
  let text = "";
  for (const part of content) if (part.type === "text") text += part.text;
  return text;
}
