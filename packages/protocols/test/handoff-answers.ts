/** The same turn as each wire tells it: thinking, a sentence, and two calls at once. Invented throughout; the payloads are marked by the word `sealed`. */

import { anthropic } from "@lumiverse/anthropic/provider";
import type { JsonObject, Provider } from "@lumiverse/core/provider";
import { google } from "@lumiverse/google/provider";
import { openai } from "@lumiverse/openai/provider";
import { openrouter } from "@lumiverse/openrouter/provider";

export interface Home {
  // biome-ignore lint/suspicious/noExplicitAny: providers of four settings types in one table
  provider: Provider<any>;
  model: string;
  /** The turn on the wire; `names` are the tools' as the wire spells them. */
  answer(names: readonly string[], turn: string): string;
  /** What the wire wants back of a turn, byte for byte, as it stands in a body. */
  payloads(turn: string): readonly JsonObject[];
  /** Calls and results of a body, in order. */
  calls(body: JsonObject): { id: string | undefined; name: string; input: unknown }[];
  results(body: JsonObject): { id: string | undefined; text: string }[];
  tools(body: JsonObject): string[];
  /** What ids and names of this wire look like. */
  id: RegExp;
  name: RegExp;
}

const ARGUMENTS = { pier: 7 };
const list = (value: unknown): JsonObject[] => (Array.isArray(value) ? (value as JsonObject[]) : []); // bodies are looked at as JSON
const data = (events: readonly JsonObject[]): string => events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("");
const named = (events: readonly JsonObject[]): string =>
  events.map((event) => `event: ${String(event["type"])}\ndata: ${JSON.stringify(event)}\n\n`).join("");

const reasoningItem = (turn: string): JsonObject => ({
  id: `rs_${turn}`,
  type: "reasoning",
  summary: [{ type: "summary_text", text: "Look at both." }],
  encrypted_content: `sealed-openai-${turn}`,
});
const messageItem = (turn: string): JsonObject => ({
  id: `msg_${turn}`,
  type: "message",
  role: "assistant",
  status: "completed",
  phase: "commentary",
  content: [{ type: "output_text", annotations: [], text: "Let me look." }],
});
const callItem = (turn: string, n: number, name: string | undefined): JsonObject => ({
  id: `fc_${turn}_${n}`,
  type: "function_call",
  status: "completed",
  call_id: `call_${turn}_${n}`,
  name,
  arguments: JSON.stringify(ARGUMENTS),
});

const responses: Home = {
  provider: openai,
  model: "gpt-5.4",
  answer(names, turn) {
    const items = [reasoningItem(turn), messageItem(turn), ...[0, 1].map((n) => callItem(turn, n, names[n]))];
    const response = { id: `resp_${turn}`, object: "response", model: "gpt-5.4", status: "completed", output: items };
    return named([
      { type: "response.created", response: { ...response, status: "in_progress", output: [] } },
      ...items.map((item, output_index) => ({ type: "response.output_item.done", output_index, item })),
      { type: "response.completed", response },
    ]);
  },
  payloads: (turn) => [reasoningItem(turn), messageItem(turn), { id: `fc_${turn}_0` }, { id: `fc_${turn}_1` }],
  calls: (body) =>
    list(body["input"])
      .filter((item) => item["type"] === "function_call")
      .map((item) => ({
        id: String(item["call_id"]),
        name: String(item["name"]),
        input: JSON.parse(String(item["arguments"])) as unknown,
      })),
  results: (body) =>
    list(body["input"])
      .filter((item) => item["type"] === "function_call_output")
      .map((item) => ({ id: String(item["call_id"]), text: JSON.stringify(item["output"]) })),
  tools: (body) => list(body["tools"]).map((tool) => String(tool["name"])),
  id: /^[\w-]{1,64}$/,
  name: /^[\w-]{1,64}$/,
};

const thinking = (turn: string): JsonObject => ({ type: "thinking", thinking: "Look at both.", signature: `sealed-anthropic-${turn}` });
const redacted = (turn: string): JsonObject => ({ type: "redacted_thinking", data: `sealed-anthropic-hidden-${turn}` });
const blocksOf = (body: JsonObject): JsonObject[] => list(body["messages"]).flatMap((message) => list(message["content"]));

const messages: Home = {
  provider: anthropic,
  model: "claude-opus-4-8",
  answer(names, turn) {
    const block = (index: number, start: JsonObject, deltas: readonly JsonObject[]): JsonObject[] => [
      { type: "content_block_start", index, content_block: start },
      ...deltas.map((delta) => ({ type: "content_block_delta", index, delta })),
      { type: "content_block_stop", index },
    ];
    return named([
      {
        type: "message_start",
        message: {
          id: `msg_${turn}`,
          type: "message",
          role: "assistant",
          model: "claude-opus-4-8",
          content: [],
          usage: { input_tokens: 5 },
        },
      },
      ...block(0, { type: "thinking", thinking: "", signature: "" }, [
        { type: "thinking_delta", thinking: "Look at both." },
        { type: "signature_delta", signature: `sealed-anthropic-${turn}` },
      ]),
      ...block(1, redacted(turn), []),
      ...block(2, { type: "text", text: "" }, [{ type: "text_delta", text: "Let me look." }]),
      ...[0, 1].flatMap((n) =>
        block(3 + n, { type: "tool_use", id: `toolu_${turn}_${n}`, name: names[n], input: {} }, [
          { type: "input_json_delta", partial_json: JSON.stringify(ARGUMENTS) },
        ]),
      ),
      { type: "message_delta", delta: { stop_reason: "tool_use", stop_sequence: null }, usage: { output_tokens: 9 } },
      { type: "message_stop" },
    ]);
  },
  payloads: (turn) => [thinking(turn), redacted(turn)],
  calls: (body) =>
    blocksOf(body)
      .filter((block) => block["type"] === "tool_use")
      .map((block) => ({ id: String(block["id"]), name: String(block["name"]), input: block["input"] })),
  results: (body) =>
    blocksOf(body)
      .filter((block) => block["type"] === "tool_result")
      .map((block) => ({ id: String(block["tool_use_id"]), text: JSON.stringify(block["content"]) })),
  tools: (body) => list(body["tools"]).map((tool) => String(tool["name"])),
  id: /^[\w-]{1,64}$/,
  name: /^[\w-]{1,128}$/,
};

const partsOf = (body: JsonObject): JsonObject[] => list(body["contents"]).flatMap((content) => list(content["parts"]));
const inner = (part: JsonObject, key: string): JsonObject => (part[key] ?? {}) as JsonObject; // looked at as JSON

const generate: Home = {
  provider: google,
  model: "gemini-3.5-flash",
  answer: (names, turn) =>
    data([
      {
        responseId: `g-${turn}`,
        modelVersion: "gemini-3.5-flash",
        candidates: [{ content: { role: "model", parts: [{ text: "Look at both.", thought: true }] } }],
      },
      { candidates: [{ content: { role: "model", parts: [{ text: "Let me look." }] } }] },
      {
        candidates: [
          {
            content: {
              role: "model",
              parts: [
                // Of calls made at once the first alone is signed.
                { functionCall: { name: names[0], args: ARGUMENTS, id: `g.${turn}:0` }, thoughtSignature: `sealed-google-${turn}` },
                { functionCall: { name: names[1], args: ARGUMENTS } },
              ],
            },
            finishReason: "STOP",
          },
        ],
        usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 9, totalTokenCount: 14 },
      },
    ]),
  payloads: (turn) => [{ thoughtSignature: `sealed-google-${turn}` }],
  calls: (body) =>
    partsOf(body)
      .filter((part) => part["functionCall"] !== undefined)
      .map((part) => inner(part, "functionCall"))
      .map((call) => ({ id: call["id"] as string | undefined, name: String(call["name"]), input: call["args"] })), // a text where there is one
  results: (body) =>
    partsOf(body)
      .filter((part) => part["functionResponse"] !== undefined)
      .map((part) => inner(part, "functionResponse"))
      .map((result) => ({ id: result["id"] as string | undefined, text: JSON.stringify(result) })), // a text where there is one
  tools: (body) => list(body["tools"]).flatMap((tool) => list(tool["functionDeclarations"]).map((one) => String(one["name"]))),
  id: /./,
  name: /^[A-Za-z_][\w.-]{0,63}$/,
};

const details = (turn: string): JsonObject[] => [
  { type: "reasoning.text", text: "Look at both.", signature: `sealed-gateway-${turn}`, format: "anthropic-claude-v1", index: 0 },
  { type: "reasoning.encrypted", data: `sealed-gateway-hidden-${turn}`, format: "anthropic-claude-v1", index: 1 },
];
const turnsOf = (body: JsonObject): JsonObject[] => list(body["messages"]);

const chat: Home = {
  provider: openrouter,
  model: "anthropic/claude-opus-4.8",
  answer(names, turn) {
    const chunk = (delta: JsonObject, finish: string | null = null): JsonObject => ({
      id: `gen-${turn}`,
      object: "chat.completion.chunk",
      model: "anthropic/claude-opus-4.8",
      choices: [{ index: 0, delta, finish_reason: finish }],
    });
    const calls = [0, 1].map((n) => ({
      index: n,
      // As long and as odd as ids of gateways get.
      id: `call|${turn}|${n}|${"0123456789".repeat(7)}`,
      type: "function",
      function: { name: names[n], arguments: JSON.stringify(ARGUMENTS) },
    }));
    return `${data([
      chunk({ role: "assistant", content: "", reasoning: "Look at both.", reasoning_details: details(turn) }),
      chunk({ content: "Let me look." }),
      chunk({ tool_calls: calls }),
      chunk({}, "tool_calls"),
    ])}data: [DONE]\n\n`;
  },
  payloads: details,
  calls: (body) =>
    turnsOf(body)
      .flatMap((message) => list(message["tool_calls"]))
      .map((call) => ({ id: String(call["id"]), ...inner(call, "function") }))
      .map(({ id, ...call }: JsonObject) => ({
        id: String(id),
        name: String(call["name"]),
        input: JSON.parse(String(call["arguments"])) as unknown,
      })),
  results: (body) =>
    turnsOf(body)
      .filter((message) => message["role"] === "tool")
      .map((message) => ({ id: String(message["tool_call_id"]), text: JSON.stringify(message["content"]) })),
  tools: (body) => list(body["tools"]).map((tool) => String(inner(tool, "function")["name"])),
  id: /./,
  name: /^[\w-]{1,64}$/,
};

export const homes: Readonly<Record<string, Home>> = { openai: responses, anthropic: messages, google: generate, openrouter: chat };
