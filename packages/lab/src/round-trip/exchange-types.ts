/**
 * What clients and vendors exchange, from the vendors' own SDKs: bodies of requests, of answers, and of the events of a stream. Nothing here runs: the members
 * become JSON Schema, from which the samples of exchanges are made.
 */
import type { BetaMessage, BetaRawMessageStreamEvent } from "@anthropic-ai/sdk/resources/beta/messages/messages";
import type { Candidate, GenerateContentResponsePromptFeedback, GenerateContentResponseUsageMetadata, ModelStatus } from "@google/genai";
import type { ChatCompletionChunk as GroqChatChunk, ChatCompletion as GroqChatCompletion } from "groq-sdk/resources/chat/completions";
import type { ChatCompletion, ChatCompletionChunk } from "openai/resources/chat/completions/completions";
import type { Response, ResponseStreamEvent } from "openai/resources/responses/responses";
import type { VendorBodies } from "../spec/vendor-types.ts";

export type OpenaiChatRequest = VendorBodies["OpenaiChat"];
export type OpenaiChatBody = ChatCompletion;
export type OpenaiChatEvent = ChatCompletionChunk;
export type GroqChatRequest = VendorBodies["GroqChat"];
export type GroqChatBody = GroqChatCompletion;
export type GroqChatEvent = GroqChatChunk;
export type MistralChatRequest = VendorBodies["MistralChat"];
export type OpenrouterChatRequest = VendorBodies["OpenrouterChat"];
export type OpenaiResponsesRequest = VendorBodies["OpenaiResponses"];
export type OpenaiResponsesBody = Response;
export type OpenaiResponsesEvent = ResponseStreamEvent;
export type AnthropicMessagesRequest = VendorBodies["AnthropicMessages"];
export type AnthropicMessagesBody = BetaMessage;
export type AnthropicMessagesEvent = BetaRawMessageStreamEvent;
export type GoogleGenerateContentRequest = VendorBodies["GoogleGenerateContent"];

/** The SDK's class has methods, which no body has. A chunk of a stream has the same fields. */
export interface GoogleGenerateContentBody {
  candidates?: Candidate[];
  createTime?: string;
  modelVersion?: string;
  promptFeedback?: GenerateContentResponsePromptFeedback;
  responseId?: string;
  usageMetadata?: GenerateContentResponseUsageMetadata;
  modelStatus?: ModelStatus;
}
