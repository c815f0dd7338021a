/**
 * The transcript as a wire may have it: payloads of other origins left at home, calls and results paired, nothing empty, nothing that no vendor accepts.
 * Works on a copy, and notes each kind of change once. Turns of parts need `transcript-parts.ts`.
 */
import type { Message, Note, Origin, Part } from "./chat.ts";
import type * as Parts from "./transcript-parts.ts";
import { wellFormed } from "./wire.ts";

export interface Prepared {
  messages: Message[];
  /** The text of a trailing assistant turn, which is a prefill. */
  prefill: string | undefined;
}

/** Is any message more than a plain text? */
export function hasParts(messages: readonly Message[]): boolean {
  return messages.some((message) => typeof message.content !== "string");
}

export function prepareTranscript(
  messages: readonly Message[],
  origin: Origin,
  binds: "model" | "wire",
  notes: Note[],
  parts?: typeof Parts,
): Prepared {
  const once = new Set<string>();
  const note: Noter = (kind, message) => {
    if (once.has(message)) return;
    once.add(message);
    notes.push({ kind, field: "messages", message });
  };
  const clean: Message[] = [];
  for (const message of messages) {
    const cleaned =
      typeof message.content === "string" ? cleanText(message, message.content, note) : parts?.cleanParts(message, origin, binds, note);
    if (cleaned !== undefined) clean.push(cleaned);
  }
  const paired = parts?.pair(clean, note) ?? clean;
  const last = paired[paired.length - 1];
  // A turn that a vendor paused holds its own parts and goes back as it is; any other closing assistant turn is to be continued.
  if (last?.role === "assistant" && parts?.isPaused(last) !== true) {
    paired.pop();
    return { messages: paired, prefill: textOf(last.content) };
  }
  return { messages: paired, prefill: undefined };
}

export function textOf(content: string | readonly Part[]): string {
  if (typeof content === "string") return content;
  let text = "";
  for (const part of content) if (part.type === "text") text += part.text;
  return text;
}

export type Noter = (kind: Note["kind"], message: string) => void;
export const MENDED = "half a surrogate pair in the text was replaced: vendors refuse it as no JSON";

function cleanText(message: Message, text: string, note: Noter): Message | undefined {
  if (text.trim() === "" && message.role !== "user") {
    note("changed", `an empty ${message.role} message was left out`);
    return undefined;
  }
  const content = wellFormed(text);
  if (content !== text) note("changed", MENDED);
  return content === text ? message : ({ ...message, content } as Message);
}
