/**
 * The bodies that vendors' own SDKs send, by the name used in specs.ts. Nothing here runs: vendor-schemas.ts turns each member into JSON Schema. Where an SDK
 * converts its arguments before it sends them, the type of the converted body is taken.
 */
import type { MessageCreateParams } from "@anthropic-ai/sdk/resources/beta/messages/messages";
import type { Content, GenerationConfig, SafetySetting, ServiceTier, Tool, ToolConfig } from "@google/genai";
import type { ChatCompletionRequest$Outbound, ChatCompletionStreamRequest$Outbound } from "@mistralai/mistralai/models/components";
import type { ChatRequest$Outbound } from "@openrouter/sdk/models";
import type { CompletionCreateParams as SonarCreateParams } from "@perplexity-ai/perplexity_ai/resources/chat/completions";
import type { ResponseCreateParams as AgentCreateParams } from "@perplexity-ai/perplexity_ai/resources/responses/responses";
import type { ChatCompletionCreateParams as GroqCreateParams } from "groq-sdk/resources/chat/completions";
import type { ChatCompletionCreateParams } from "openai/resources/chat/completions/completions";
import type { ResponseCreateParams } from "openai/resources/responses/responses";

export type OpenaiChat = ChatCompletionCreateParams;
export type OpenaiResponses = ResponseCreateParams;
export type AnthropicMessages = MessageCreateParams;
export type MistralChat = ChatCompletionRequest$Outbound | ChatCompletionStreamRequest$Outbound;
export type GroqChat = GroqCreateParams;
export type OpenrouterChat = ChatRequest$Outbound;
export type PerplexitySonar = SonarCreateParams;
export type PerplexityAgent = AgentCreateParams;

/** The SDK has no type for the body: it moves the fields of its `config` to these places. https://ai.google.dev/api/generate-content#request-body */
export interface GoogleGenerateContent {
  contents: Content[];
  systemInstruction?: Content;
  tools?: Tool[];
  toolConfig?: ToolConfig;
  safetySettings?: SafetySetting[];
  cachedContent?: string;
  labels?: Record<string, string>;
  serviceTier?: ServiceTier;
  generationConfig?: GenerationConfig;
}

/** All bodies by name. */
export interface VendorBodies {
  OpenaiChat: OpenaiChat;
  OpenaiResponses: OpenaiResponses;
  AnthropicMessages: AnthropicMessages;
  GoogleGenerateContent: GoogleGenerateContent;
  MistralChat: MistralChat;
  GroqChat: GroqChat;
  OpenrouterChat: OpenrouterChat;
  PerplexitySonar: PerplexitySonar;
  PerplexityAgent: PerplexityAgent;
}
