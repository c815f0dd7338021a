import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { streamText } from "ai";

export default async function chat(base: string): Promise<string> {
  const provider = createOpenAICompatible({ name: "bench", apiKey: "bench-key", baseURL: `${base}/v1` });
  return streamText({ model: provider.chatModel("bench"), prompt: "Tell me about the tide." }).text;
}
