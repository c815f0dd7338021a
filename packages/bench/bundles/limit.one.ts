import { createParser } from "eventsource-parser";

export default async function chat(base: string): Promise<string> {
  const response = await fetch(`${base}/stream`, { method: "POST", body: JSON.stringify({ model: "bench", stream: true }) });
  let text = "";
  const parser = createParser({
    onEvent({ data }) {
      if (data !== "[DONE]") text += JSON.parse(data).choices[0]?.delta.content ?? "";
    },
  });
  const decoder = new TextDecoder();
  const reader = response.body?.getReader();
  for (;;) {
    const result = await reader?.read();
    if (result === undefined || result.done) return text;
    parser.feed(decoder.decode(result.value, { stream: true }));
  }
}
