/** Answers in the four protocols, rendered before the measurement. Their events vary in the same fields as those of the vendors. */
export type Protocol = "chat" | "responses" | "messages" | "generate";
export const protocols: readonly Protocol[] = ["chat", "responses", "messages", "generate"];

const words = ["tide ", "harbour ", "lantern, ", "ferry ", "gull", "s ", "rope ", "quay", ".\n\n", "mist ", 'the "', "Étoile", '" ', "a "];
const word = (i: number): string => words[(i * 7 + (i >> 3)) % words.length] ?? "";
/** OpenAI pads its events with random letters, so that their size does not show the length of the text. Mistral does the same (`p`). */
const padding = (i: number): string => "k3mQz8RtLw0XcV5b".slice(0, 3 + ((i * 11) % 13));
const data = (value: unknown, event?: string): string =>
  `${event === undefined ? "" : `event: ${event}\n`}data: ${JSON.stringify(value)}\n\n`;

/** A chunk as OpenAI sends it. */
function chatChunk(i: number, delta: unknown, finish: string | null = null): string {
  return data({
    id: "chatcmpl-bench",
    object: "chat.completion.chunk",
    created: 1_700_000_000,
    model: "bench",
    service_tier: "default",
    system_fingerprint: "fp_bench",
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
    obfuscation: padding(i),
  });
}

/** A text answer with this number of deltas. Each element is one event. */
export function textStream(protocol: Protocol, deltas: number): string[] {
  return textStreams[protocol](Array.from({ length: deltas }, (_, i) => word(i)));
}

/** The events of an answer that consists of these texts, by protocol. */
const textStreams: Readonly<Record<Protocol, (texts: readonly string[]) => string[]>> = {
  chat: chatText,
  responses: responsesText,
  messages: messagesText,
  generate: generateText,
};

function chatText(texts: readonly string[]): string[] {
  const usage = { prompt_tokens: 5, completion_tokens: texts.length, total_tokens: texts.length + 5 };
  return [
    chatChunk(0, { role: "assistant", content: "" }),
    ...texts.map((content, i) => chatChunk(i, { content })),
    chatChunk(texts.length, {}, "stop"),
    data({ id: "chatcmpl-bench", choices: [], usage }),
    "data: [DONE]\n\n",
  ];
}

function responsesText(texts: readonly string[]): string[] {
  const response = { id: "resp_bench", object: "response", model: "bench" };
  const message = { id: "msg_bench", type: "message", role: "assistant" };
  const at = { item_id: "msg_bench", output_index: 0, content_index: 0 };
  const part = { type: "output_text", text: "", annotations: [] };
  const item = { ...message, status: "completed", content: [{ ...part, text: texts.join("") }] };
  const usage = {
    input_tokens: 5,
    output_tokens: texts.length,
    total_tokens: texts.length + 5,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens_details: { reasoning_tokens: 0 },
  };
  const events = [
    { type: "response.created", response: { ...response, status: "in_progress", output: [] } },
    { type: "response.output_item.added", output_index: 0, item: { ...message, content: [] } },
    { type: "response.content_part.added", ...at, part },
    ...texts.map((delta, i) => ({ type: "response.output_text.delta", ...at, delta, logprobs: [], obfuscation: padding(i) })),
    { type: "response.output_item.done", output_index: 0, item },
    { type: "response.completed", response: { ...response, status: "completed", output: [item], usage } },
  ];
  return events.map(({ type, ...fields }, n) => data({ type, sequence_number: n, ...fields }, type));
}

function messagesText(texts: readonly string[]): string[] {
  const message = {
    id: "msg_bench",
    type: "message",
    role: "assistant",
    model: "bench",
    content: [],
    stop_reason: null,
    usage: { input_tokens: 5, output_tokens: 1 },
  };
  const events = [
    { type: "message_start", message },
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
    ...texts.map((text) => ({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } })),
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage: { output_tokens: texts.length } },
    { type: "message_stop" },
  ];
  return events.map((event) => data(event, event.type));
}

function generateText(texts: readonly string[]): string[] {
  const chunk = (text: string, tokens: number, finish?: { finishReason: string }): string =>
    data({
      candidates: [{ content: { role: "model", parts: [{ text }] }, ...finish, index: 0 }],
      usageMetadata: { promptTokenCount: 5, candidatesTokenCount: tokens, totalTokenCount: tokens + 5 },
      modelVersion: "bench",
      responseId: "bench",
    });
  return [...texts.map((text, i) => chunk(text, i)), chunk("", texts.length, { finishReason: "STOP" })];
}

/** A tool call with this number of characters in its arguments, in deltas of 20 characters. */
export function toolStream(characters: number): string[] {
  const text = JSON.stringify({ note: "x".repeat(Math.max(0, characters - 11)) });
  const events = [
    chatChunk(0, {
      role: "assistant",
      content: null,
      tool_calls: [{ index: 0, id: "call_bench", type: "function", function: { name: "note", arguments: "" } }],
    }),
  ];
  for (let at = 0; at < text.length; at += 20)
    events.push(chatChunk(at, { tool_calls: [{ index: 0, function: { arguments: text.slice(at, at + 20) } }] }));
  events.push(chatChunk(0, {}, "tool_calls"), "data: [DONE]\n\n");
  return events;
}

/** A small unstreamed answer. */
export function smallBody(): string {
  return JSON.stringify({
    id: "chatcmpl-bench",
    object: "chat.completion",
    created: 1,
    model: "bench",
    choices: [{ index: 0, message: { role: "assistant", content: "The tide turns at four." }, finish_reason: "stop" }],
    usage: { prompt_tokens: 9, completion_tokens: 6, total_tokens: 15 },
  });
}
