/** Answers in the four protocols, rendered before the measurement. Their events vary where those of the vendors do. */
export type Protocol = "chat" | "responses" | "messages" | "generate";
export const protocols: readonly Protocol[] = ["chat", "responses", "messages", "generate"];

const words = ["tide ", "harbour ", "lantern, ", "ferry ", "gull", "s ", "rope ", "quay", ".\n\n", "mist ", 'the "', "Étoile", '" ', "a "];
const word = (i: number): string => words[(i * 7 + (i >> 3)) % words.length] ?? "";
/** OpenAI fills its events up with random letters, so that their size does not tell the length of the text. Mistral does the same (`p`). */
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
  const events: string[] = [];
  switch (protocol) {
    case "chat": {
      events.push(chatChunk(0, { role: "assistant", content: "" }));
      for (let i = 0; i < deltas; i++) events.push(chatChunk(i, { content: word(i) }));
      events.push(chatChunk(deltas, {}, "stop"));
      events.push(
        data({ id: "chatcmpl-bench", choices: [], usage: { prompt_tokens: 5, completion_tokens: deltas, total_tokens: deltas + 5 } }),
      );
      events.push("data: [DONE]\n\n");
      return events;
    }
    case "responses": {
      let n = 0;
      const event = (type: string, fields: object): string => data({ type, sequence_number: n++, ...fields }, type);
      const response = { id: "resp_bench", object: "response", model: "bench", status: "in_progress", output: [] as unknown[] };
      events.push(event("response.created", { response }));
      events.push(
        event("response.output_item.added", {
          output_index: 0,
          item: { id: "msg_bench", type: "message", role: "assistant", content: [] },
        }),
      );
      events.push(
        event("response.content_part.added", {
          item_id: "msg_bench",
          output_index: 0,
          content_index: 0,
          part: { type: "output_text", text: "", annotations: [] },
        }),
      );
      let text = "";
      for (let i = 0; i < deltas; i++) {
        text += word(i);
        events.push(
          event("response.output_text.delta", {
            item_id: "msg_bench",
            output_index: 0,
            content_index: 0,
            delta: word(i),
            logprobs: [],
            obfuscation: padding(i),
          }),
        );
      }
      const item = {
        id: "msg_bench",
        type: "message",
        role: "assistant",
        status: "completed",
        content: [{ type: "output_text", text, annotations: [] }],
      };
      events.push(event("response.output_item.done", { output_index: 0, item }));
      const usage = {
        input_tokens: 5,
        output_tokens: deltas,
        total_tokens: deltas + 5,
        input_tokens_details: { cached_tokens: 0 },
        output_tokens_details: { reasoning_tokens: 0 },
      };
      events.push(event("response.completed", { response: { ...response, status: "completed", output: [item], usage } }));
      return events;
    }
    case "messages": {
      const event = (value: { type: string }): string => data(value, value.type);
      events.push(
        event({
          type: "message_start",
          message: {
            id: "msg_bench",
            type: "message",
            role: "assistant",
            model: "bench",
            content: [],
            stop_reason: null,
            usage: { input_tokens: 5, output_tokens: 1 },
          },
        } as { type: string }),
      );
      events.push(event({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } } as { type: string }));
      for (let i = 0; i < deltas; i++)
        events.push(event({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text: word(i) } } as { type: string }));
      events.push(event({ type: "content_block_stop", index: 0 } as { type: string }));
      events.push(
        event({ type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage: { output_tokens: deltas } } as {
          type: string;
        }),
      );
      events.push(event({ type: "message_stop" }));
      return events;
    }
    case "generate": {
      const usage = (i: number): object => ({ promptTokenCount: 5, candidatesTokenCount: i, totalTokenCount: i + 5 });
      for (let i = 0; i < deltas; i++)
        events.push(
          data({
            candidates: [{ content: { role: "model", parts: [{ text: word(i) }] }, index: 0 }],
            usageMetadata: usage(i),
            modelVersion: "bench",
            responseId: "bench",
          }),
        );
      events.push(
        data({
          candidates: [{ content: { role: "model", parts: [{ text: "" }] }, finishReason: "STOP", index: 0 }],
          usageMetadata: usage(deltas),
          modelVersion: "bench",
          responseId: "bench",
        }),
      );
      return events;
    }
  }
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
