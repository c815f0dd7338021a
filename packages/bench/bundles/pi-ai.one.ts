import { normalizeContext } from "@earendil-works/pi-ai";
import { stream } from "@earendil-works/pi-ai/api/openai-completions";

export default async function chat(base: string): Promise<string> {
  const model = {
    id: "bench",
    name: "bench",
    api: "openai-completions",
    provider: "bench",
    baseUrl: `${base}/v1`,
    reasoning: false,
    input: ["text"],
    cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
    contextWindow: 1_000_000,
    maxTokens: 64_000,
  };
  const context = normalizeContext({ messages: [{ role: "user", content: "Tell me about the tide.", timestamp: 1 }] });
  const part = (await stream(model as never, context, { apiKey: "bench-key" }).result()).content[0];
  return part?.type === "text" ? part.text : "";
}
