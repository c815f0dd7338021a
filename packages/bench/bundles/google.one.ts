import { GoogleGenAI } from "@google/genai";

export default async function chat(_: string, __: string, generate: string): Promise<string> {
  const client = new GoogleGenAI({ apiKey: "bench-key", httpOptions: { baseUrl: generate } });
  let text = "";
  for await (const chunk of await client.models.generateContentStream({ model: "bench", contents: "Tell me about the tide." }))
    text += chunk.text ?? "";
  return text;
}
