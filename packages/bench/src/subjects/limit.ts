/** The limit: global fetch, eventsource-parser, one JSON.parse per event and a string append. */
import { createParser } from "eventsource-parser";
import type { Protocol } from "../streams.ts";
import { type Options, question, type Reading, type Subject, type Turn } from "../subject.ts";

type Chunk = {
  type?: string;
  delta?: string | { text?: string };
  choices?: { delta?: { content?: string | null; tool_calls?: { function?: { arguments?: string } }[] } }[];
  candidates?: { content?: { parts?: { text?: string }[] } }[];
};
const pick: Record<Protocol, (chunk: Chunk) => string | undefined> = {
  chat: (chunk) => chunk.choices?.[0]?.delta?.content ?? undefined,
  responses: (chunk) => (chunk.type === "response.output_text.delta" ? (chunk.delta as string) : undefined),
  messages: (chunk) => (chunk.type === "content_block_delta" ? (chunk.delta as { text?: string }).text : undefined),
  generate: (chunk) => chunk.candidates?.[0]?.content?.parts?.[0]?.text,
};

function post(url: string, stream: boolean, messages: readonly Turn[] = question, signal?: AbortSignal): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer bench-key" },
    body: JSON.stringify({ model: "bench", messages, stream }),
    ...(signal === undefined ? {} : { signal }),
  });
}

async function read(url: string, each: (chunk: Chunk) => void, options: Options = {}): Promise<void> {
  const response = await post(url, true, options.messages, options.signal);
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

function text(protocol: Protocol): (base: string, options: Options) => Promise<Reading> {
  return async (base, options) => {
    let text = "";
    let deltas = 0;
    await read(
      `${base}/stream`,
      (chunk) => {
        const delta = pick[protocol](chunk);
        if (delta === undefined || delta === "") return;
        text += delta;
        if (deltas++ === 0) options.first?.();
      },
      options,
    );
    return { deltas, text, response: text };
  };
}

export const subject: Subject = {
  name: "limit",
  text: {},
  packets: { chat: text("chat"), responses: text("responses"), messages: text("messages"), generate: text("generate") },
  async tool(base) {
    let text = "";
    await read(`${base}/stream`, (chunk) => {
      text += chunk.choices?.[0]?.delta?.tool_calls?.[0]?.function?.arguments ?? "";
    });
    return (JSON.parse(text) as { note: string }).note.length;
  },
  async small(base, options) {
    const response = await post(`${base}/call`, false, options.messages, options.signal);
    const json = (await response.json()) as { choices: { message: { content: string } }[] };
    return json.choices[0]?.message.content ?? "";
  },
};
