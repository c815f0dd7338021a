/** The limit: global fetch, eventsource-parser, JSON.parse and a string append. What no library can go below. */
import { createParser } from "eventsource-parser";
import type { Wire } from "../streams.ts";
import type { Subject } from "../subject.ts";

type Chunk = {
  type?: string;
  delta?: string | { text?: string };
  choices?: { delta?: { content?: string | null; tool_calls?: { function?: { arguments?: string } }[] } }[];
  candidates?: { content?: { parts?: { text?: string }[] } }[];
};
const pick: Record<Wire, (chunk: Chunk) => string | undefined> = {
  "chat-completions": (chunk) => chunk.choices?.[0]?.delta?.content ?? undefined,
  responses: (chunk) => (chunk.type === "response.output_text.delta" ? (chunk.delta as string) : undefined),
  messages: (chunk) => (chunk.type === "content_block_delta" ? (chunk.delta as { text?: string }).text : undefined),
  "generate-content": (chunk) => chunk.candidates?.[0]?.content?.parts?.[0]?.text,
};

async function read(url: string, each: (chunk: Chunk) => void): Promise<void> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"model":"bench","stream":true}',
  });
  const decoder = new TextDecoder();
  const parser = createParser({
    onEvent(event) {
      if (event.data !== "[DONE]") each(JSON.parse(event.data) as Chunk);
    },
  });
  const reader = response.body?.getReader();
  for (;;) {
    const result = await reader?.read();
    if (result === undefined || result.done) return;
    parser.feed(decoder.decode(result.value, { stream: true }));
  }
}

export const subject: Subject = {
  name: "limit",
  text: (wire) => async (base) => {
    let text = "";
    let deltas = 0;
    await read(`${base}/stream`, (chunk) => {
      const delta = pick[wire](chunk);
      if (delta === undefined || delta === "") return;
      text += delta;
      deltas++;
    });
    return { deltas, characters: text.length };
  },
  async tool(base) {
    let text = "";
    await read(`${base}/stream`, (chunk) => {
      text += chunk.choices?.[0]?.delta?.tool_calls?.[0]?.function?.arguments ?? "";
    });
    JSON.parse(text);
    return text.length;
  },
  async small(base) {
    const response = await fetch(`${base}/call`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"model":"bench"}',
    });
    const json = (await response.json()) as { choices: { message: { content: string } }[] };
    return json.choices[0]?.message.content ?? "";
  },
  async first(base, first) {
    let seen = false;
    await read(`${base}/stream`, (chunk) => {
      if (seen || !chunk.choices?.[0]?.delta?.content) return;
      seen = true;
      first();
    });
  },
};
