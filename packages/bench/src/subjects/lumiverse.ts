import { anthropic } from "@lumiverse/anthropic/provider";
import { type ChatRequest, type ChatStream, type Connection, connect, type Provider } from "@lumiverse/core";
import { google } from "@lumiverse/google/provider";
import { openai } from "@lumiverse/openai/provider";
import type { Protocol } from "../streams.ts";
import { type Final, noteTool, type Options, perBase, question, type Reading, type Subject } from "../subject.ts";

// The casts let providers with different settings types share one list.
const providers: Record<Protocol, { provider: Provider<never>; settings?: object }> = {
  chat: { provider: openai as unknown as Provider<never>, settings: { api: "chat-completions" } },
  responses: { provider: openai as unknown as Provider<never>, settings: { api: "responses" } },
  messages: { provider: anthropic as unknown as Provider<never> },
  generate: { provider: google as unknown as Provider<never> },
};
const connections = (protocol: Protocol): ((base: string) => Connection) =>
  perBase((base) => {
    const { provider, settings } = providers[protocol];
    const options = { apiKey: "bench-key", baseURL: `${base}/v1`, ...(settings === undefined ? {} : { settings }) };
    return connect(provider as unknown as Provider, options);
  });
const chat = connections("chat");

function request(options: Options): ChatRequest {
  return {
    model: "bench",
    messages: options.messages ?? question,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  };
}

type Open = (base: string, options: Options) => ChatStream;
const open: Record<Protocol, Open> = {
  chat: opener("chat"),
  responses: opener("responses"),
  messages: opener("messages"),
  generate: opener("generate"),
};

function opener(protocol: Protocol): Open {
  const connection = protocol === "chat" ? chat : connections(protocol);
  return (base, options) => connection(base).stream(request(options));
}

function text(protocol: Protocol): (base: string, options: Options) => AsyncGenerator<string, Final> {
  return async function* (base, options) {
    const stream = open[protocol](base, options);
    for await (const event of stream) if (event.type === "text") yield event.text;
    const response = await stream.response();
    return { text: response.text, response };
  };
}

function packets(protocol: Protocol): (base: string, options: Options) => Promise<Reading> {
  return async (base, options) => {
    let deltas = 0;
    const stream = open[protocol](base, options);
    for await (const events of stream.batches()) for (const event of events) if (event.type === "text" && deltas++ === 0) options.first?.();
    const response = await stream.response();
    return { deltas, text: response.text, response };
  };
}

function large(protocol: Protocol): ReturnType<NonNullable<Subject["large"]>> {
  const { provider, settings } = providers[protocol];
  const connection = connect(provider as unknown as Provider, {
    apiKey: "bench-key",
    fetch: async () => new Response(ANSWERS[protocol], { headers: { "content-type": "application/json" } }),
    ...(settings === undefined ? {} : { settings }),
    // OpenAI accepts only 128 tools in Chat Completions. With the policy `send`, all tools are rendered.
    unsupported: { tools: "send" },
  });
  return { send: (sent) => connection.generate(sent), explain: (explained) => connection.explain(explained, { streaming: false }) };
}

/** The shortest whole answers. */
const ANSWERS: Record<Protocol, string> = {
  chat: '{"choices":[{"message":{"role":"assistant","content":"Yes"},"finish_reason":"stop"}]}',
  responses:
    '{"object":"response","status":"completed","output":[{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Yes"}]}]}',
  messages: '{"type":"message","role":"assistant","content":[{"type":"text","text":"Yes"}],"stop_reason":"end_turn"}',
  generate: '{"candidates":[{"content":{"role":"model","parts":[{"text":"Yes"}]},"finishReason":"STOP"}]}',
};

export const subject: Subject = {
  name: "lumiverse",
  text: { chat: text("chat"), responses: text("responses"), messages: text("messages"), generate: text("generate") },
  packets: { chat: packets("chat"), responses: packets("responses"), messages: packets("messages"), generate: packets("generate") },
  async tool(base) {
    const stream = chat(base).stream({ ...request({}), tools: [noteTool] });
    for await (const _ of stream.batches());
    const response = await stream.response();
    // The server sends arguments that match the schema of the tool.
    const input = response.toolCalls[0]?.input as { note: string } | undefined;
    return input?.note.length ?? 0;
  },
  large,
  // Loaded when it is asked for, so that it takes no memory in the other measures.
  models: async (base, count) => (await import("./model-questions.ts")).modelQuestions(base, count),
  async small(base, options) {
    return (await chat(base).generate(request(options))).text;
  },
};
