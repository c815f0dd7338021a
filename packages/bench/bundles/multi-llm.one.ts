import { igniteModel, Message } from "multi-llm-ts";

export default async function chat(base: string): Promise<string> {
  const model = igniteModel("openai", "bench", { apiKey: "bench-key", baseURL: `${base}/v1` });
  let text = "";
  for await (const chunk of model.generate([new Message("user", "Tell me about the tide.")]))
    if (chunk.type === "content") text += chunk.text;
  return text;
}
