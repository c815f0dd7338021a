import type { Message, Part } from "./message.ts";

/** Replaces lone surrogates, which vendors reject as invalid JSON. Never pass signed payloads through it. */
export function wellFormed(text: string): string {
  return text.isWellFormed() ? text : text.toWellFormed();
}

/** The beginning of a text that a host sent, for a message. The ellipsis tells redaction that a secret can be cut off there. */
export function excerpt(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`;
}

/** A value of unknown type as a word of a message. `String` throws for an object that has a field named `toString`, which a host can send. */
export function wordOf(value: unknown): string {
  return typeof value === "object" && value !== null ? (Array.isArray(value) ? "a list" : "an object") : String(value);
}

/** The message of an error that was thrown, or whatever else was thrown as a word. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : wordOf(thrown);
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
