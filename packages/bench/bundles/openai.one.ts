import OpenAI from "openai";

export default async function chat(base: string): Promise<string> {
  const client = new OpenAI({ apiKey: "bench-key", baseURL: `${base}/v1`, dangerouslyAllowBrowser: true });
  const stream = client.chat.completions.stream({ model: "bench", messages: [{ role: "user", content: "Tell me about the tide." }] });
  return (await stream.finalChatCompletion()).choices[0]?.message.content ?? "";
}
