/** What clients rely on in the order of a stream's messages. Each function throws at the first message that may not stand where it does. */
import { isObject, type JsonObject } from "@lumiverse/core/provider";
import { accumulateResponse } from "openai/lib/responses/ResponseAccumulator";
import type { Response, ResponseStreamEvent } from "openai/resources/responses/responses";
import { expect } from "vitest";
import type { InboundProtocolId } from "../../src/inbound/protocol.ts";

/** The messages of a stream, without comments and end marks. */
export function messagesOf(text: string): JsonObject[] {
  return [...text.matchAll(/^data: (\{.*\})\r?$/gm)].map(([, data = ""]) => JSON.parse(data) as JsonObject); // only objects match
}

interface Stream {
  text: string;
  /** The stream ended with an error. */
  failed: boolean;
  /** The client asked for usage (Chat Completions). */
  usage: boolean;
  /** The vendor may have corrected arguments of a call that it had sent before. */
  corrects?: boolean;
}

export const checkGrammar: { readonly [P in InboundProtocolId]: (stream: Stream) => void } = {
  "chat-completions": ({ text, failed, usage }) => {
    expect(text.endsWith("data: [DONE]\n\n")).toBe(true);
    expect(text.match(/^data: \[DONE\]$/gm)).toHaveLength(1);
    const chunks = messagesOf(text);
    if (failed) expect(isObject(chunks.pop()?.["error"])).toBe(true);
    const heads = new Set(chunks.map(({ id, object, created, model }) => JSON.stringify([id, object, created, model])));
    expect(heads.size).toBeLessThanOrEqual(1);
    // Usage has a chunk of its own, which has no choice.
    const counted = chunks.filter(({ choices }) => Array.isArray(choices) && choices.length === 0);
    expect(counted).toHaveLength(usage && !failed ? 1 : 0);
    if (counted.length > 0) expect(counted[0]).toBe(chunks.pop());
    for (const chunk of chunks) expect(chunk["usage"]).toBe(usage ? null : undefined);
    const calls: string[] = [];
    for (const [n, { choices }] of chunks.entries()) {
      expect(choices).toHaveLength(1);
      const [choice] = choices as [JsonObject]; // of length 1
      const delta = choice["delta"] as JsonObject; // read below
      expect(choice["index"]).toBe(0);
      expect(delta["role"]).toBe(n === 0 ? "assistant" : undefined);
      expect(choice["finish_reason"] !== null).toBe(!failed && n === chunks.length - 1);
      for (const call of [delta["tool_calls"] ?? []].flat() as { index: number; id?: string; function: { name?: string } }[]) {
        if (call.id === undefined) expect(call.function.name).toBe(undefined);
        // A call begins once, with its id and its name, at the next index.
        else expect([call.index, typeof call.function.name]).toEqual([calls.push(call.id) - 1, "string"]);
        expect(calls[call.index]).toBeDefined();
      }
    }
    expect(new Set(calls).size).toBe(calls.length);
  },

  messages: ({ text, failed }) => {
    const events = messagesOf(text).filter(({ type }) => type !== "ping");
    expect([...text.matchAll(/^event: (.*)$/gm)].map(([, name]) => name)).toEqual(messagesOf(text).map(({ type }) => type));
    const last = events.pop();
    expect(last?.["type"]).toBe(failed ? "error" : "message_stop");
    if (failed && events.length === 0) return;
    expect(events.shift()?.["type"]).toBe("message_start");
    if (!failed) expect(events.pop()?.["type"]).toBe("message_delta");
    let open: string | undefined;
    let next = 0;
    const deltas: Readonly<Record<string, readonly string[]>> = {
      text: ["text_delta", "citations_delta"],
      thinking: ["thinking_delta", "signature_delta"],
      tool_use: ["input_json_delta"],
    };
    for (const { type, index, content_block: block, delta } of events) {
      if (type === "content_block_start") {
        expect(open).toBe(undefined);
        expect(index).toBe(next);
        open = String((block as JsonObject)["type"]);
      } else if (type === "content_block_delta") {
        expect(index).toBe(next);
        expect(deltas[open ?? ""]).toContain((delta as JsonObject)["type"]);
      } else {
        expect([type, index, typeof open]).toEqual(["content_block_stop", next, "string"]);
        open = undefined;
        next++;
      }
    }
    if (!failed) expect(open).toBe(undefined);
  },

  responses: ({ text, failed, corrects = false }) => {
    const events = messagesOf(text);
    expect([...text.matchAll(/^event: (.*)$/gm)].map(([, name]) => name)).toEqual(events.map(({ type }) => type));
    expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, n) => n));
    const [created, begun, ...rest] = events.map((event) => event["type"]);
    expect([created, begun]).toEqual(["response.created", "response.in_progress"]);
    const terminal = /^response\.(completed|incomplete|failed)$/;
    expect(rest.filter((type) => terminal.test(String(type)))).toEqual([rest.at(-1)]);
    expect(rest.at(-1) === "response.failed").toBe(failed);
    const open = new Map<unknown, { id: unknown; parts: number; content: string }>();
    const messages = new Set<unknown>();
    let items = 0;
    for (const event of events.slice(2, -1)) {
      const { type, output_index: at, item, item_id: id } = event;
      const state = open.get(at);
      // Sources can come after the text that cites them has ended.
      if (type === "response.output_text.annotation.added" && messages.has(id) && state === undefined) continue;
      if (type === "response.output_item.added") {
        expect(at).toBe(items++);
        open.set(at, { id: (item as JsonObject)["id"], parts: 0, content: "" });
        if ((item as JsonObject)["type"] === "message") messages.add((item as JsonObject)["id"]);
        continue;
      }
      if (state === undefined) throw new Error(`${String(type)} of an item that is not open`);
      if (type === "response.output_item.done") {
        expect([(item as JsonObject)["id"], state.parts]).toEqual([state.id, 0]);
        open.delete(at);
        continue;
      }
      expect(id).toBe(state.id);
      if (/part\.added$/.test(String(type))) state.parts++;
      else if (/part\.done$/.test(String(type))) state.parts--;
      else if (/^response\.(output_text|refusal|reasoning_summary_text)\./.test(String(type))) expect(state.parts).toBe(1);
      if (typeof event["delta"] === "string") state.content += event["delta"];
      const whole = event["text"] ?? event["refusal"] ?? event["arguments"] ?? event["input"];
      if (/\.done$/.test(String(type)) && typeof whole === "string" && !(corrects && "arguments" in event))
        expect(state.content).toBe(whole);
    }
    if (failed) return;
    expect(open.size).toBe(0);
    expect(events.at(-1)).toMatchObject({ response: { output: accumulated(events) } });
  },

  "generate-content": ({ text, failed }) => {
    const chunks = messagesOf(text);
    if (failed) expect(isObject(chunks.pop()?.["error"])).toBe(true);
    for (const [n, { candidates, modelVersion, responseId }] of chunks.entries()) {
      expect([modelVersion, responseId]).toEqual([expect.any(String), chunks[0]?.["responseId"]]);
      const [candidate] = candidates as [JsonObject]; // one in each chunk
      expect((candidate["content"] as JsonObject)["role"]).toBe("model");
      expect(candidate["finishReason"] !== undefined).toBe(!failed && n === chunks.length - 1);
    }
  },
};

/** The output that OpenAI's client adds up from all events but the last. */
function accumulated(events: readonly JsonObject[]): unknown {
  let response: Response | undefined;
  // The client reads what any server sends, and checks it.
  for (const event of events.slice(0, -1)) response = accumulateResponse(event as unknown as ResponseStreamEvent, response);
  return response?.output;
}
