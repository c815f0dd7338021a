import type { LanguageModelV4FinishReason } from "@ai-sdk/provider";
import type { FinishReason } from "@lumiverse/core";

const UNIFIED: Readonly<Record<FinishReason, LanguageModelV4FinishReason["unified"]>> = {
  stop: "stop",
  length: "length",
  "tool-calls": "tool-calls",
  "content-filter": "content-filter",
  refusal: "content-filter",
  "context-overflow": "length",
  pause: "other",
  other: "other",
};

/** The SDK's word, and the vendor's. */
export function finishReasonOf(reason: FinishReason, raw: string | undefined): LanguageModelV4FinishReason {
  return { unified: UNIFIED[reason], raw };
}
