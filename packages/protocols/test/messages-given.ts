/** Helpers of the Messages tests: a provider, a reader for answers, and events as a stream. */

import { connect, type Explanation } from "@lumiverse/core";
import {
  type BuiltResponse,
  type ChatEvent,
  type ChatRequest,
  createSse,
  defineProvider,
  type Origin,
  type Provider,
  ResponseBuilder,
  type Unsupported,
} from "@lumiverse/core/provider";
import { claude } from "../src/families/index.ts";
import { parseError } from "../src/messages/errors.ts";
import { type MessagesHost, type MessagesOptions, messages, recover } from "../src/messages/index.ts";
import { countTokens, modelList, modelListCheck } from "../src/messages/operations.ts";
import { MessagesReader, type ReaderState } from "../src/messages/response/reader.ts";
import { meant } from "./meaning.ts";

const BASE = "https://messages.example/v1";

export function provider(options: MessagesOptions = {}, host: MessagesHost = { traits: claude.claudeTraits }): Provider {
  return defineProvider({
    id: "example",
    name: "Example",
    docs: "https://messages.example",
    version: "1.0.0",
    contract: 1,
    credential: { kind: "api-key", required: true, env: "EXAMPLE_KEY", header: "x-api-key" },
    base: BASE,
    route: (call) => ({
      protocol: messages(host, options),
      base: call.baseURL ?? new URL(BASE),
      capabilities: { ...claude.capabilitiesOf(call.request.model, call.request) },
      rules: claude.rules,
    }),
    operations: async () => ({ check: modelListCheck(BASE), models: modelList(), countTokens: countTokens() }),
    recover: ({ error, call }) => recover({ error, call, host }),
  });
}

type Body = Record<string, never> & { [field: string]: never };
/** The request as it would be sent. Its body is typed loosely, because the tests read it by path. */
export async function explained(
  request: Partial<ChatRequest>,
  options: MessagesOptions = {},
  {
    host,
    unsupported,
    streaming = true,
    previous,
  }: { host?: MessagesHost; unsupported?: Unsupported; streaming?: boolean; previous?: Partial<ChatRequest> } = {},
): Promise<Omit<Explanation, "body"> & { body: Body }> {
  const connection = connect(provider(options, host), {
    apiKey: "key-of-a-test",
    ...(unsupported === undefined ? {} : { unsupported }),
  });
  const complete = (given: Partial<ChatRequest>): ChatRequest => ({
    model: "claude-opus-4-8",
    messages: [{ role: "user", content: "Hello" }],
    ...given,
  });
  const explanation = await connection.explain(complete(request), {
    streaming,
    ...(previous === undefined ? {} : { previous: complete(previous) }),
  });
  return { ...explanation, body: JSON.parse(JSON.stringify(explanation.body)) as Body };
}

export const origin: Origin = {
  provider: "example",
  protocol: "messages",
  model: "claude-opus-4-8",
  scope: "vendor",
};
const defaultState: ReaderState = { toolName: (name) => name };

/** Events as the vendor frames them. */
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

/** Reads a stream in packets of `size` characters. Throws what the reader throws. */
export function readStream(
  text: string,
  state: ReaderState = defaultState,
  size: number = text.length,
  events: ChatEvent[] = [],
): BuiltResponse {
  const builder = new ResponseBuilder(origin, events);
  const reader = meant(new MessagesReader(state), parseError);
  const feed = createSse(
    (message) => reader.message(message, (event) => builder.push(event)),
    (line) => reader.unframedText(line, (event) => builder.push(event)),
    1_000_000,
  );
  for (let at = 0; at < text.length; at += size) feed.feed(text.slice(at, at + size));
  feed.end();
  if (reader.phase !== "done") {
    const unframed = feed.unframedText();
    if (unframed !== "") reader.unframedText(unframed, (event) => builder.push(event));
    reader.end((event) => builder.push(event));
  }
  return builder.build();
}

export function readBody(json: unknown, state: ReaderState = defaultState): BuiltResponse {
  const builder = new ResponseBuilder(origin);
  const reader = meant(new MessagesReader(state), parseError);
  reader.body(json, (event) => builder.push(event));
  reader.end((event) => builder.push(event));
  return builder.build();
}
