import { chat as run } from "@tanstack/ai";
import { createOpenaiChatCompletions } from "@tanstack/ai-openai";

export default async function chat(base: string): Promise<string> {
  const adapter = createOpenaiChatCompletions("gpt-5-mini", "bench-key", { baseURL: `${base}/v1`, dangerouslyAllowBrowser: true });
  let text = "";
  for await (const event of run({ adapter, messages: [{ role: "user", content: "Tell me about the tide." }] }))
    if (event.type === "TEXT_MESSAGE_CONTENT") text += event.delta;
  return text;
}
