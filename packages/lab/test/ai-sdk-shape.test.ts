/** The AI SDK's real types (types only, nothing of the package runs) against what the bridge takes: a word that is new there is seen here first. */
import type { LanguageModelV4, LanguageModelV4FinishReason, LanguageModelV4StreamPart } from "@ai-sdk/provider";
import { expectTypeOf, it } from "vitest";
import type { AiSdkModel } from "../src/ai-sdk/language-model.ts";

it("a model of the AI SDK is what the bridge takes", () => {
  expectTypeOf<LanguageModelV4>().toExtend<AiSdkModel>();
});

it("the bridge knows every reason and every part of a stream", () => {
  expectTypeOf<LanguageModelV4FinishReason["unified"]>().toEqualTypeOf<
    "stop" | "length" | "content-filter" | "tool-calls" | "error" | "interrupted" | "other"
  >();
  expectTypeOf<LanguageModelV4StreamPart["type"]>().toEqualTypeOf<Read | Passed>();
});
type Read =
  | `${"text" | "reasoning"}-${"start" | "delta" | "end"}`
  | `tool-input-${"start" | "delta"}`
  | "tool-call"
  | "source"
  | "file"
  | "response-metadata"
  | "error"
  | "finish";
/** Nothing of an answer, or nothing that a host of ours sends. */
type Passed = "stream-start" | "ping" | "raw" | "tool-input-end" | "tool-result" | "tool-approval-request" | "custom" | "reasoning-file";
