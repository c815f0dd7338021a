import { anthropic } from "@lumiverse/anthropic/provider";
import { connect } from "@lumiverse/core";
import { google } from "@lumiverse/google/provider";
import { openai } from "@lumiverse/openai/provider";

/** One chat with each of three providers. */
export default async function chat(base: string, messages: string, generate: string): Promise<string> {
  const connections = [
    connect(openai, { apiKey: "bench-key", baseURL: `${base}/v1` }),
    connect(anthropic, { apiKey: "bench-key", baseURL: messages }),
    connect(google, { apiKey: "bench-key", baseURL: `${generate}/v1beta` }),
  ];
  let text = "";
  for (const connection of connections) {
    const request = { model: "bench", messages: [{ role: "user", content: "Tell me about the tide." }] } as const;
    text = (await connection.stream(request).response()).text;
  }
  return text;
}
