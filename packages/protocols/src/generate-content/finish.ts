import type { FinishReason } from "@lumiverse/core";

/** Finish words. A word that is not here ends as `other`, with a note. */
const FINISH: Readonly<Record<string, FinishReason>> = {
  STOP: "stop",
  MAX_TOKENS: "length",
  SAFETY: "content-filter",
  RECITATION: "content-filter",
  BLOCKLIST: "content-filter",
  PROHIBITED_CONTENT: "content-filter",
  SPII: "content-filter",
  LANGUAGE: "content-filter",
  MODEL_ARMOR: "content-filter",
  IMAGE_SAFETY: "content-filter",
  IMAGE_PROHIBITED_CONTENT: "content-filter",
  IMAGE_RECITATION: "content-filter",
  // The long-output model stops at a chunk's end and hands out a token to go on with.
  CONTINUATION: "pause",
  MALFORMED_FUNCTION_CALL: "other",
  UNEXPECTED_TOOL_CALL: "other",
  TOO_MANY_TOOL_CALLS: "other",
  MISSING_THOUGHT_SIGNATURE: "other",
  MALFORMED_RESPONSE: "other",
  NO_IMAGE: "other",
  IMAGE_OTHER: "other",
  OTHER: "other",
  FINISH_REASON_UNSPECIFIED: "other",
};

export function finishReason(word: string): FinishReason | undefined {
  return Object.hasOwn(FINISH, word) ? FINISH[word] : undefined;
}
