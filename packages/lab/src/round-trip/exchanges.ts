/** Exchanges in the form of recordings, made from the samples of the vendors' types. A sample is a request, an answer or one event of a stream. */
import { isObject, type JsonObject } from "@lumiverse/core/provider";
import type { Recording } from "../corpus/readers.ts";
import type { ExchangeSchemas, ExchangeType } from "./exchange-schemas.ts";
import { samplesOf } from "./samples.ts";

/** An exchange that was made. */
export interface MadeExchange {
  /** The type and what is special about it. */
  name: string;
  recording: Recording;
}

/** The exchanges of one protocol. */
interface ExchangeKind {
  kind: Recording["kind"];
  url(streaming: boolean): string;
  /** A request, without `model` and `stream`. */
  request: JsonObject;
  /** `model` and `stream`, where the protocol has them in the body. */
  stated(streaming: boolean): JsonObject;
  /** An answer that is not streamed. */
  body: JsonObject;
  /** The messages of a stream around one that is tried. */
  stream(tried?: JsonObject): JsonObject[];
  write(messages: readonly JsonObject[]): string;
}

const usage = { prompt_tokens: 9, completion_tokens: 4, total_tokens: 13 };
const chunk = (delta: JsonObject, finish: string | null): JsonObject => ({
  id: "c",
  object: "chat.completion.chunk",
  created: 1,
  model: "m",
  choices: [{ index: 0, delta, finish_reason: finish }],
});
const sse = (messages: readonly JsonObject[]): string => messages.map((message) => `data: ${JSON.stringify(message)}\n\n`).join("");
const named = (messages: readonly JsonObject[]): string =>
  messages.map((message) => `event: ${String(message["type"])}\ndata: ${JSON.stringify(message)}\n\n`).join("");

const listed = (tried: JsonObject | undefined): JsonObject[] => (tried === undefined ? [] : [tried]);

const chat: ExchangeKind = {
  kind: "chat",
  url: () => "https://vendor.invalid/v1/chat/completions",
  request: { messages: [{ role: "user", content: "Hi" }] },
  stated: (streaming) => (streaming ? { model: "m", stream: true } : { model: "m" }),
  body: {
    id: "c",
    object: "chat.completion",
    created: 1,
    model: "m",
    choices: [{ index: 0, message: { role: "assistant", content: "Hello" }, finish_reason: "stop" }],
    usage,
  },
  stream: (tried) => [
    chunk({ role: "assistant", content: "" }, null),
    chunk({ content: "Hello" }, null),
    ...listed(tried),
    { ...chunk({}, "stop"), usage },
  ],
  write: (messages) => `${sse(messages)}data: [DONE]\n\n`,
};

const part = { type: "output_text", text: "Hello", annotations: [], logprobs: [] };
const message = { type: "message", id: "msg_1", status: "completed", role: "assistant", content: [part] };
const response = (status: string, output: readonly JsonObject[]): JsonObject => ({
  id: "resp_1",
  object: "response",
  created_at: 1,
  status,
  model: "m",
  output,
  usage: status === "completed" ? { input_tokens: 9, output_tokens: 4, total_tokens: 13 } : null,
});
const TERMINAL: ReadonlySet<unknown> = new Set(["response.completed", "response.incomplete", "response.failed", "error"]);

/** A stream with a message, and the tried event beside it, as the vendor numbers both. */
function responsesStream(given: JsonObject = { type: "response.in_progress", response: response("in_progress", []) }): JsonObject[] {
  const head = [{ type: "response.created", response: response("in_progress", []) }];
  const tried = asSecondItem(given);
  if (TERMINAL.has(given["type"])) return [...head, tried];
  const { before = [], after = [], item } = itemAround(tried);
  const end = { type: "response.completed", response: response("completed", item === undefined ? [message] : [message, item]) };
  return [...head, ...MESSAGE_EVENTS, ...before, tried, ...after, end];
}

const AT = { output_index: 0, item_id: "msg_1" };
const MESSAGE_EVENTS: readonly JsonObject[] = [
  { type: "response.output_item.added", output_index: 0, item: { ...message, status: "in_progress", content: [] } },
  { type: "response.content_part.added", ...AT, content_index: 0, part: { ...part, text: "" } },
  { type: "response.output_text.delta", ...AT, content_index: 0, delta: "Hello", logprobs: [] },
  { type: "response.output_text.done", ...AT, content_index: 0, text: "Hello", logprobs: [] },
  { type: "response.content_part.done", ...AT, content_index: 0, part },
  { type: "response.output_item.done", output_index: 0, item: message },
];

/** An event of the item after the message. */
function asSecondItem(given: JsonObject): JsonObject {
  const announced = given["part"];
  const isAdded = /added$/.test(String(given["type"]));
  return {
    ...given,
    ...("output_index" in given ? { output_index: 1 } : {}),
    ...("item_id" in given ? { item_id: "item_2" } : {}),
    // A part is announced without its text.
    ...(isAdded && isObject(announced) && "text" in announced ? { part: { ...announced, text: "" } } : {}),
  };
}

/** The item that an event belongs to, and the events that a vendor sends before and after it for that item. */
function itemAround(tried: JsonObject): { before?: JsonObject[]; after?: JsonObject[]; item?: JsonObject } {
  const type = String(tried["type"]);
  if (type.startsWith("response.function_call_arguments")) {
    const call = { type: "function_call", id: "item_2", call_id: "c2", name: "look", arguments: "", status: "in_progress" };
    const item = { ...call, arguments: String(tried["delta"] ?? tried["arguments"]), status: "completed" };
    return {
      before: [{ type: "response.output_item.added", output_index: 1, item: call }],
      after: [{ type: "response.output_item.done", output_index: 1, item }],
      item,
    };
  }
  const item = Object(tried["item"]) as JsonObject; // samples of the two types have one
  if (type === "response.output_item.added") return { after: [{ type: "response.output_item.done", output_index: 1, item }], item };
  return type === "response.output_item.done" ? { item } : {};
}

const responses: ExchangeKind = {
  kind: "responses",
  url: () => "https://vendor.invalid/v1/responses",
  request: { input: [{ role: "user", content: "Hi" }] },
  stated: (streaming) => (streaming ? { model: "m", stream: true } : { model: "m" }),
  body: response("completed", [message]),
  stream: responsesStream,
  write: (messages) => named(messages.map((one, n) => ({ ...one, sequence_number: n }))),
};

/** The block that a delta belongs to. */
const BLOCK_OF: Readonly<Record<string, JsonObject>> = {
  input_json_delta: { type: "tool_use", id: "t2", name: "look", input: {} },
  thinking_delta: { type: "thinking", thinking: "", signature: "" },
  signature_delta: { type: "thinking", thinking: "", signature: "" },
  compaction_delta: { type: "compaction", content: null },
};

const MESSAGE_START: JsonObject = {
  type: "message_start",
  message: {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "m",
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: 9, output_tokens: 1 },
  },
};
const TEXT_BLOCK: readonly JsonObject[] = [
  { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
  { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Hello" } },
  { type: "content_block_stop", index: 0 },
];
const MESSAGE_DELTA: JsonObject = {
  type: "message_delta",
  delta: { stop_reason: "end_turn", stop_sequence: null },
  usage: { output_tokens: 4 },
};
const MESSAGE_STOP: JsonObject = { type: "message_stop" };

/** A stream with a block of text, and the tried event in a second block or in the place of the event of its type. */
function messagesStream(given: JsonObject = { type: "ping" }): JsonObject[] {
  const { type } = given;
  if (type === "message_start") return [given, ...TEXT_BLOCK, MESSAGE_DELTA, MESSAGE_STOP];
  if (type === "message_delta") return [MESSAGE_START, ...TEXT_BLOCK, given, MESSAGE_STOP];
  if (type === "message_stop") return [MESSAGE_START, ...TEXT_BLOCK, MESSAGE_DELTA, given];
  return [MESSAGE_START, ...TEXT_BLOCK, ...secondBlock("index" in given ? { ...given, index: 1 } : given), MESSAGE_DELTA, MESSAGE_STOP];
}

/** The tried event, with what its block needs before and after it. */
function secondBlock(tried: JsonObject): JsonObject[] {
  const start = (content_block: JsonObject): JsonObject => ({ type: "content_block_start", index: 1, content_block });
  const stop = { type: "content_block_stop", index: 1 };
  switch (tried["type"]) {
    case "content_block_start":
      return [tried, stop];
    case "content_block_delta": {
      const delta = Object(tried["delta"]) as JsonObject; // samples of the type have one
      return [start(BLOCK_OF[String(delta["type"])] ?? { type: "text", text: "" }), tried, stop];
    }
    case "content_block_stop":
      return [start({ type: "text", text: "" }), tried];
    default:
      return [tried];
  }
}

const messages: ExchangeKind = {
  kind: "messages",
  url: () => "https://vendor.invalid/v1/messages",
  request: { max_tokens: 50, messages: [{ role: "user", content: "Hi" }] },
  stated: (streaming) => (streaming ? { model: "m", stream: true } : { model: "m" }),
  body: {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "m",
    content: [{ type: "text", text: "Hello" }],
    stop_reason: "end_turn",
    stop_sequence: null,
    usage: { input_tokens: 9, output_tokens: 4 },
  },
  stream: messagesStream,
  write: named,
};

const generateBody = (finish: JsonObject): JsonObject => ({
  candidates: [{ content: { parts: [{ text: "Hello" }], role: "model" }, index: 0, ...finish }],
  modelVersion: "m",
});
const counts = { promptTokenCount: 9, candidatesTokenCount: 4, totalTokenCount: 13 };

const generate: ExchangeKind = {
  kind: "generate",
  url: (streaming) => `https://vendor.invalid/v1beta/models/m:${streaming ? "streamGenerateContent?alt=sse" : "generateContent"}`,
  request: { contents: [{ role: "user", parts: [{ text: "Hi" }] }] },
  stated: () => ({}),
  body: { ...generateBody({ finishReason: "STOP" }), usageMetadata: counts },
  stream({ usageMetadata, ...tried } = {}) {
    // The last chunk has the counts.
    const end = { ...generateBody({ finishReason: "STOP" }), usageMetadata: usageMetadata ?? counts };
    return [generateBody({}), ...(Object.keys(tried).length === 0 ? [] : [tried]), end];
  },
  write: sse,
};

/** The types that are tried, at a provider that uses the protocol. */
const TRIED: readonly { type: ExchangeType; provider: string; of: ExchangeKind; as: "request" | "body" | "event" }[] = [
  { type: "OpenaiChatRequest", provider: "openai", of: chat, as: "request" },
  { type: "OpenaiChatBody", provider: "openai", of: chat, as: "body" },
  { type: "OpenaiChatEvent", provider: "openai", of: chat, as: "event" },
  { type: "GroqChatRequest", provider: "groq", of: chat, as: "request" },
  { type: "GroqChatBody", provider: "groq", of: chat, as: "body" },
  { type: "GroqChatEvent", provider: "groq", of: chat, as: "event" },
  { type: "MistralChatRequest", provider: "mistral", of: chat, as: "request" },
  { type: "OpenrouterChatRequest", provider: "openrouter", of: chat, as: "request" },
  { type: "OpenaiResponsesRequest", provider: "openai", of: responses, as: "request" },
  { type: "OpenaiResponsesBody", provider: "openai", of: responses, as: "body" },
  { type: "OpenaiResponsesEvent", provider: "openai", of: responses, as: "event" },
  { type: "AnthropicMessagesRequest", provider: "anthropic", of: messages, as: "request" },
  { type: "AnthropicMessagesBody", provider: "anthropic", of: messages, as: "body" },
  { type: "AnthropicMessagesEvent", provider: "anthropic", of: messages, as: "event" },
  { type: "GoogleGenerateContentRequest", provider: "google", of: generate, as: "request" },
  { type: "GoogleGenerateContentBody", provider: "google", of: generate, as: "body" },
  { type: "GoogleGenerateContentBody", provider: "google", of: generate, as: "event" },
];

/** Every exchange. */
export function* madeExchanges(schemas: ExchangeSchemas): Iterable<MadeExchange> {
  for (const { type, provider, of, as } of TRIED)
    for (const sample of samplesOf(schemas[type])) {
      if (!isObject(sample.value)) continue;
      const made = as === "request" ? withRequest(of, sample.value) : withAnswer(of, sample.value, as === "event");
      if (made !== undefined) yield { name: `${type}${sample.name}`, recording: { provider, kind: of.kind, ...made } };
    }
}

function withRequest(of: ExchangeKind, given: JsonObject): Omit<Recording, "provider" | "kind"> | undefined {
  const [[contentField, content] = ["", undefined]] = Object.entries(of.request).slice(-1);
  const streaming = given["stream"] === true;
  const asked = given[contentField];
  const isEmpty = asked === undefined || asked === null || (Array.isArray(asked) && asked.length === 0);
  const turns = Array.isArray(asked) && Array.isArray(content) ? [...(content as unknown[]), ...(asked as unknown[])] : asked;
  const body = { ...of.request, ...given, ...of.stated(streaming), [contentField]: isEmpty ? content : turns };
  return exchange(of, body, streaming, streaming ? of.write(of.stream()) : JSON.stringify(of.body));
}

function withAnswer(of: ExchangeKind, given: JsonObject, streaming: boolean): Omit<Recording, "provider" | "kind"> {
  const body = { ...of.request, ...of.stated(streaming) };
  return exchange(of, body, streaming, streaming ? of.write(of.stream(given)) : JSON.stringify({ ...of.body, ...finished(of, given) }));
}

/** Adds the finish reason, which every whole answer has, to candidates of generateContent. */
function finished(of: ExchangeKind, given: JsonObject): JsonObject {
  const { candidates } = given;
  if (of !== generate || !Array.isArray(candidates)) return given;
  return { ...given, candidates: (candidates as readonly unknown[]).map((one) => ({ finishReason: "STOP", ...Object(one) })) };
}

function exchange(of: ExchangeKind, body: JsonObject, streaming: boolean, answer: string): Omit<Recording, "provider" | "kind"> {
  return {
    streaming,
    request: { method: "POST", url: of.url(streaming), body },
    response: { status: 200, headers: { "content-type": streaming ? "text/event-stream" : "application/json" }, body: answer },
  };
}
