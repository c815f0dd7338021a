/** Compares the AI SDK's own types with those that the adapter reads. Only types are imported. A new member of a union fails here. */
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
/** Parts that hold nothing of an answer, and parts that no host of this repository sends. */
type Passed = "stream-start" | "ping" | "raw" | "tool-input-end" | "tool-result" | "tool-approval-request" | "custom" | "reasoning-file";
