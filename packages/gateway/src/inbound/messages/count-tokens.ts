/** Anthropic's token count. https://platform.claude.com/docs/en/api/messages/count_tokens */
import type { JsonObject } from "@lumiverse/core";

/** The answer. The request is a Messages request without `max_tokens`, which `parse` reads. */
export function messagesTokenCount(tokens: number): JsonObject {
  return { input_tokens: tokens };
}
