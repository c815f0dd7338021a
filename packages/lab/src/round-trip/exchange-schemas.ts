/** The types of exchange-types.ts as JSON Schema. */
import { fileURLToPath } from "node:url";
import { schemasOf, type VendorSchema } from "../spec/vendor-schemas.ts";

/** A member of exchange-types.ts. */
export type ExchangeType =
  | "OpenaiChatRequest"
  | "OpenaiChatBody"
  | "OpenaiChatEvent"
  | "GroqChatRequest"
  | "GroqChatBody"
  | "GroqChatEvent"
  | "MistralChatRequest"
  | "OpenrouterChatRequest"
  | "OpenaiResponsesRequest"
  | "OpenaiResponsesBody"
  | "OpenaiResponsesEvent"
  | "AnthropicMessagesRequest"
  | "AnthropicMessagesBody"
  | "AnthropicMessagesEvent"
  | "GoogleGenerateContentRequest"
  | "GoogleGenerateContentBody";

/** The npm package that each type comes from. */
const PACKAGE_OF: Readonly<Record<ExchangeType, string>> = {
  OpenaiChatRequest: "openai",
  OpenaiChatBody: "openai",
  OpenaiChatEvent: "openai",
  GroqChatRequest: "groq-sdk",
  GroqChatBody: "groq-sdk",
  GroqChatEvent: "groq-sdk",
  MistralChatRequest: "@mistralai/mistralai",
  OpenrouterChatRequest: "@openrouter/sdk",
  OpenaiResponsesRequest: "openai",
  OpenaiResponsesBody: "openai",
  OpenaiResponsesEvent: "openai",
  AnthropicMessagesRequest: "@anthropic-ai/sdk",
  AnthropicMessagesBody: "@anthropic-ai/sdk",
  AnthropicMessagesEvent: "@anthropic-ai/sdk",
  GoogleGenerateContentRequest: "@google/genai",
  GoogleGenerateContentBody: "@google/genai",
};

export type ExchangeSchemas = Record<ExchangeType, VendorSchema>;

/** Fields that an SDK calls optional and that its vendor requires, by the names of the definitions. */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  FunctionCall: ["name"],
  FunctionDeclaration: ["name"],
  FileData: ["fileUri"],
  Blob_2: ["data", "mimeType"],
  FunctionResponse: ["name"],
  FunctionResponseFileData: ["fileUri", "mimeType"],
  FunctionResponseBlob: ["data", "mimeType"],
  "ChatCompletionAssistantMessageParam.FunctionCall": ["name"],
};

export async function exchangeSchemas(): Promise<ExchangeSchemas> {
  const schemas = await schemasOf(fileURLToPath(new URL("./exchange-types.ts", import.meta.url)), PACKAGE_OF);
  for (const { definitions } of Object.values(schemas))
    for (const [name, required] of Object.entries(REQUIRED)) {
      const definition = definitions[name];
      if (definition !== undefined) definition["required"] = required;
    }
  return schemas;
}
