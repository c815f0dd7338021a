import { createAnthropic } from "@ai-sdk/anthropic";
import { createGoogle } from "@ai-sdk/google";
import { createOpenAI } from "@ai-sdk/openai";
import { streamText } from "ai";

export default async function chat(base: string, messages: string, generate: string): Promise<string> {
  const apiKey = "bench-key";
  const models = [
    createOpenAI({ apiKey, baseURL: `${base}/v1` }).chat("bench"),
    createAnthropic({ apiKey, baseURL: `${messages}/v1` })("bench"),
    createGoogle({ apiKey, baseURL: `${generate}/v1beta` })("bench"),
  ];
  let text = "";
  for (const model of models) text = await streamText({ model, prompt: "Tell me about the tide." }).text;
  return text;
}
