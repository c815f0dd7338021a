/** The four protocols that the template supports. */
export type ProtocolId = "chat-completions" | "responses" | "messages" | "generate-content";

export interface ProtocolInfo {
  /** One line for a list of choices. */
  title: string;
  /** URL of the protocol's documentation: the source of the first fixtures, until the provider has a page or a recording of its own. */
  page: string;
  /** The usual version at the end of a base URL's path. */
  version: string;
}

export const protocols: Readonly<Record<ProtocolId, ProtocolInfo>> = {
  "chat-completions": {
    title: "OpenAI Chat Completions and compatible APIs",
    page: "https://platform.openai.com/docs/api-reference/chat",
    version: "/v1",
  },
  responses: { title: "OpenAI Responses", page: "https://platform.openai.com/docs/api-reference/responses", version: "/v1" },
  messages: { title: "Anthropic Messages", page: "https://platform.claude.com/docs/en/api/messages", version: "/v1" },
  "generate-content": { title: "Gemini generateContent", page: "https://ai.google.dev/api/generate-content", version: "/v1beta" },
};

export function isProtocolId(text: string): text is ProtocolId {
  return Object.hasOwn(protocols, text);
}
