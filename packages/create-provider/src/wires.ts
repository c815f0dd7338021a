/** The four wire formats that a new provider can speak, each with the page that its first fixtures follow. */
export type Wire = "chat-completions" | "responses" | "messages" | "generate-content";

export interface WireFacts {
  /** One line for a list to choose from. */
  title: string;
  /** The page that describes the wire: the source of fixtures until the provider has a page or a recording of its own. */
  page: string;
  /** What the path of a base URL usually ends with. */
  version: string;
}

export const wires: Readonly<Record<Wire, WireFacts>> = {
  "chat-completions": {
    title: "OpenAI Chat Completions, and everything that resembles it",
    page: "https://platform.openai.com/docs/api-reference/chat",
    version: "/v1",
  },
  responses: { title: "OpenAI Responses", page: "https://platform.openai.com/docs/api-reference/responses", version: "/v1" },
  messages: { title: "Anthropic Messages", page: "https://platform.claude.com/docs/en/api/messages", version: "/v1" },
  "generate-content": { title: "Gemini generateContent", page: "https://ai.google.dev/api/generate-content", version: "/v1beta" },
};

export function isWire(word: string): word is Wire {
  return Object.hasOwn(wires, word);
}
