/** What the tests of the Messages wire share: a provider on it, an answer read back, and a stream written from events. */
import {
  type ChatEvent,
  type ChatRequest,
  connect,
  createSse,
  defineProvider,
  type Explanation,
  Fold,
  type Folded,
  type Provider,
} from "@lumiverse/core";
import { claude } from "../src/families/index.ts";
import { parseError } from "../src/messages/errors.ts";
import { keyCheck, type MessagesHost, type MessagesOptions, messages, modelList, recover, tokenCount } from "../src/messages/index.ts";
import { createReader, type ReaderState } from "../src/messages/reader.ts";
import { meant } from "./meaning.ts";

const BASE = "https://messages.example/v1";

export function provider(options: MessagesOptions = {}, host: MessagesHost = { traits: claude.claudeTraits }): Provider {
  return defineProvider({
    id: "example",
    name: "Example",
    docs: "https://messages.example",
    version: "1.0.0",
    credential: { kind: "api-key", required: true, env: "EXAMPLE_KEY", header: "x-api-key" },
    base: BASE,
    route: (call) => ({
      protocol: messages(host, options),
      base: call.baseURL ?? new URL(BASE),
      takes: { ...claude.facts(call.request.model, call.request) },
      rules: claude.rules,
    }),
    operations: { check: keyCheck(BASE), models: modelList(), countTokens: tokenCount() },
    recover: (error, call) => recover(error, call, host),
  });
}

type Body = Record<string, never> & { [field: string]: never };
/** The request as it would leave. Bodies are looked into by path, so they are typed loosely here. */
export async function explained(
  request: Partial<ChatRequest>,
  options: MessagesOptions = {},
  how: { host?: MessagesHost; unsupported?: "warn" | "send" | "throw"; prefill?: "instruction"; streaming?: boolean } = {},
): Promise<Omit<Explanation, "body"> & { body: Body }> {
  const connection = connect(provider(options, how.host), {
    apiKey: "key-of-a-test",
    ...(how.unsupported === undefined ? {} : { unsupported: how.unsupported }),
    ...(how.prefill === undefined ? {} : { prefill: how.prefill }),
  });
  const full: ChatRequest = { model: "claude-opus-4-8", messages: [{ role: "user", content: "Hello" }], ...request };
  const explanation = await connection.explain(full, { streaming: how.streaming ?? true });
  return { ...explanation, body: JSON.parse(JSON.stringify(explanation.body)) as Body };
}

export const origin: { provider: string; wire: string; model: string; scope: string } = {
  provider: "example",
  wire: "messages",
  model: "claude-opus-4-8",
  scope: "vendor",
};
const plain: ReaderState = { toolName: (name) => name };

/** Server-sent events, in the vendor's framing. */
export function sse(events: readonly { type: string; [field: string]: unknown }[]): string {
  return events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join("");
}

export function start(usage: Record<string, unknown> = { input_tokens: 10, output_tokens: 1 }): { type: string; message: unknown } {
  return {
    type: "message_start",
    message: { id: "msg_a", type: "message", role: "assistant", model: "claude-opus-4-8", content: [], stop_reason: null, usage },
  };
}
/** A block from start to stop, with its deltas. */
export function block(
  index: number,
  content: Record<string, unknown>,
  ...deltas: Record<string, unknown>[]
): { type: string; [field: string]: unknown }[] {
  return [
    { type: "content_block_start", index, content_block: content },
    ...deltas.map((delta) => ({ type: "content_block_delta", index, delta })),
    { type: "content_block_stop", index },
  ];
}
export function stop(
  reason: string,
  usage: Record<string, unknown> = { output_tokens: 7 },
  more: Record<string, unknown> = {},
): { type: string; [field: string]: unknown }[] {
  return [{ type: "message_delta", delta: { stop_reason: reason, stop_sequence: null, ...more }, usage }, { type: "message_stop" }];
}

/** A stream read in pieces of `size` characters. Throws what the reader throws. */
export function readStream(text: string, state: ReaderState = plain, size: number = text.length, events: ChatEvent[] = []): Folded {
  const fold = new Fold(origin, events);
  const reader = meant(createReader(state), parseError);
  const feed = createSse(
    (message) => reader.message(message, (event) => fold.push(event)),
    (line) => reader.stray(line, (event) => fold.push(event)),
    1_000_000,
  );
  for (let at = 0; at < text.length; at += size) feed.feed(text.slice(at, at + size));
  feed.end();
  if (reader.phase !== "done") {
    const stray = feed.stray();
    if (stray !== "") reader.stray(stray, (event) => fold.push(event));
    reader.end((event) => fold.push(event));
  }
  return fold.folded();
}

export function readBody(json: unknown, state: ReaderState = plain): Folded {
  const fold = new Fold(origin);
  const reader = meant(createReader(state), parseError);
  reader.body(json, (event) => fold.push(event));
  reader.end((event) => fold.push(event));
  return fold.folded();
}
