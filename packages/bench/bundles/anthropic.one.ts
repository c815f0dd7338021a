import Anthropic from "@anthropic-ai/sdk";

export default async function chat(_: string, messages: string): Promise<string> {
  const client = new Anthropic({ apiKey: "bench-key", baseURL: messages, dangerouslyAllowBrowser: true });
  const stream = client.messages.stream({
    model: "bench",
    max_tokens: 99,
    messages: [{ role: "user", content: "Tell me about the tide." }],
  });
  return stream.finalText();
}
