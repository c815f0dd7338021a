import { ChatOpenAI } from "@langchain/openai";

export default async function chat(base: string): Promise<string> {
  const model = new ChatOpenAI({
    model: "bench",
    apiKey: "bench-key",
    configuration: { baseURL: `${base}/v1`, dangerouslyAllowBrowser: true },
  });
  let text = "";
  for await (const chunk of await model.stream("Tell me about the tide.")) text += chunk.text;
  return text;
}
