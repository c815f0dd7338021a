import { connect } from "@lumiverse/core";
import { groq } from "@lumiverse/groq/provider";

export default async function chat(base: string): Promise<string> {
  const stream = connect(groq, { apiKey: "bench-key", baseURL: `${base}/v1` }).stream({
    model: "bench",
    messages: [{ role: "user", content: "Tell me about the tide." }],
  });
  let text = "";
  for await (const event of stream) if (event.type === "text") text += event.text;
  return (await stream.response()).text === text ? text : "";
}
