import type { CheckedCall } from "@lumiverse/core/provider";

/** The note for names of tools that were changed. */
export const NAMES_CHANGED = "Tool names were changed to what the host accepts. Answers use the given names.";

/** The names of all tools that the conversation has called, each once. They must be spelled as the request's tools are. */
export function calledNames({ messages }: Pick<CheckedCall, "messages">): string[] {
  const called = new Set<string>();
  for (const message of messages)
    if (message.role === "assistant" && typeof message.content !== "string")
      for (const part of message.content) if (part.type === "tool-call") called.add(part.name);
  return [...called];
}
