import { normalizeContext } from "@earendil-works/pi-ai";
import { stream as messagesStream } from "@earendil-works/pi-ai/api/anthropic-messages";
import { stream as generateStream } from "@earendil-works/pi-ai/api/google-generative-ai";
import { stream as chatStream } from "@earendil-works/pi-ai/api/openai-completions";

export default async function chat(base: string, messages: string, generate: string): Promise<string> {
  const model = (api: string, baseUrl: string): never =>
    ({
      id: "bench",
      name: "bench",
      api,
      provider: "bench",
      baseUrl,
      reasoning: false,
      input: ["text"],
      cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
      contextWindow: 1_000_000,
      maxTokens: 64_000,
    }) as never;
  const context = normalizeContext({ messages: [{ role: "user", content: "Tell me about the tide.", timestamp: 1 }] });
  const options = { apiKey: "bench-key" };
  await chatStream(model("openai-completions", `${base}/v1`), context, options).result();
  await messagesStream(model("anthropic-messages", messages), context, options).result();
  const part = (await generateStream(model("google-generative-ai", `${generate}/v1beta`), context, options).result()).content[0];
  return part?.type === "text" ? part.text : "";
}
