import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import OpenAI from "openai";

export default async function chat(base: string, messages: string, generate: string): Promise<string> {
  const content = "Tell me about the tide.";
  const openai = new OpenAI({ apiKey: "bench-key", baseURL: `${base}/v1`, dangerouslyAllowBrowser: true });
  const anthropic = new Anthropic({ apiKey: "bench-key", baseURL: messages, dangerouslyAllowBrowser: true });
  const google = new GoogleGenAI({ apiKey: "bench-key", httpOptions: { baseUrl: generate } });
  await openai.chat.completions.stream({ model: "bench", messages: [{ role: "user", content }] }).finalChatCompletion();
  await anthropic.messages.stream({ model: "bench", max_tokens: 99, messages: [{ role: "user", content }] }).finalMessage();
  let text = "";
  for await (const chunk of await google.models.generateContentStream({ model: "bench", contents: content })) text += chunk.text ?? "";
  return text;
}
