/** Vendors of the four protocols on a loopback socket, with invented answers. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { anthropic } from "@lumiverse/anthropic/provider";
import { type Connection, connect, type Unsupported } from "@lumiverse/core";
import type { JsonObject, Provider } from "@lumiverse/core/provider";
import { google } from "@lumiverse/google/provider";
import { groq } from "@lumiverse/groq/provider";
import { openai } from "@lumiverse/openai/provider";
import { onTestFinished } from "vitest";
import { providers } from "../../../connections/test/providers.ts";
import type { InboundProtocolId } from "../../src/inbound/protocol.ts";

/** What a vendor answers: an answer of its protocol, a refusal, or a stream that does not go on. */
export interface VendorAnswer {
  status?: number;
  headers?: Record<string, string>;
  body: string;
  /** The socket stays open after the body. */
  hangs?: boolean;
}

export interface Vendor {
  connection: Connection;
  model: string;
  /** The bodies that the vendor received. */
  received: JsonObject[];
  receivedHeaders: Record<string, string | string[] | undefined>[];
  /** Settles when a client of the vendor went away before the answer ended. */
  abandoned: Promise<void>;
  close(): Promise<void>;
}

const PROVIDERS = {
  "chat-completions": { provider: groq, model: "openai/gpt-oss-20b", path: "/v1" },
  responses: { provider: openai, model: "gpt-5-mini", path: "/v1" },
  messages: { provider: anthropic, model: "claude-sonnet-4-5", path: "/v1" },
  "generate-content": { provider: google, model: "gemini-2.5-flash", path: "/v1beta" },
} as const;

interface VendorOptions {
  unsupported?: Unsupported;
  settings?: object;
  /** Default: one provider of the protocol. */
  provider?: Provider;
  model?: string;
}

/** A vendor that answers every request with what `answer` returns. */
export async function startVendor(
  protocol: InboundProtocolId,
  answer: (body: JsonObject, url: string) => VendorAnswer,
  { unsupported = {}, settings, ...other }: VendorOptions = {},
): Promise<Vendor> {
  const received: JsonObject[] = [];
  const receivedHeaders: Vendor["receivedHeaders"] = [];
  let abandon: () => void = () => {};
  const abandoned = new Promise<void>((resolve) => {
    abandon = resolve;
  });
  const server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8");
    request.on("data", (piece: string) => {
      text += piece;
    });
    request.on("end", () => {
      const body = JSON.parse(text) as JsonObject; // the providers send JSON objects
      received.push(body);
      receivedHeaders.push(request.headers);
      const { status = 200, headers, body: sent, hangs } = answer(body, request.url ?? "");
      const type = sent.startsWith("{") ? "application/json" : "text/event-stream";
      response.writeHead(status, { "content-type": type, ...headers });
      response.write(sent);
      if (hangs !== true) response.end();
      response.on("close", () => {
        if (!response.writableEnded) abandon();
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { provider, model, path } = { ...PROVIDERS[protocol], ...other };
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // a TCP server has an AddressInfo
  const options = { apiKey: "vendor-key-0000000000", baseURL: origin + path, retry: false, unsupported } as const;
  return {
    // At an address of its own, OpenAI's provider calls Chat Completions unless it is told otherwise.
    connection: connect(provider, { ...options, settings: { ...(protocol === "responses" ? { api: "responses" } : {}), ...settings } }),
    model,
    received,
    receivedHeaders,
    abandoned,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** The same until the test has ended. */
export async function startVendorForTest(...given: Parameters<typeof startVendor>): Promise<Vendor> {
  const vendor = await startVendor(...given);
  onTestFinished(() => vendor.close());
  return vendor;
}

/** A vendor of a protocol. `provider`: the id of another one than that protocol's. */
export interface Target extends Omit<VendorOptions, "provider"> {
  protocol: InboundProtocolId;
  provider?: string;
}

export function startTarget(
  { protocol, provider, ...options }: Target,
  answer: (body: JsonObject, url: string) => VendorAnswer,
): Promise<Vendor> {
  const other = providers.find(({ id }) => id === provider);
  return startVendorForTest(protocol, answer, { ...options, ...(other === undefined ? {} : { provider: other }) });
}

/** An answer in no protocol's form. */
export interface Scenario {
  reasoning?: string;
  text?: string;
  call?: { id: string; name: string; input: JsonObject };
  length?: boolean;
}

const pieces = (text: string): string[] => text.match(/.{1,7}/gs) ?? [];
const event = (data: JsonObject): string => `data: ${JSON.stringify(data)}\n\n`;
const named = (data: JsonObject): string => `event: ${String(data["type"])}\ndata: ${JSON.stringify(data)}\n\n`;

/** 20 tokens of prompt, 8 of them from a cache; 30 generated, 12 of them reasoning. Anthropic does not report reasoning. */
export const answers: { readonly [P in InboundProtocolId]: (scenario: Scenario, streaming: boolean) => string } = {
  "chat-completions": (scenario, streaming) => {
    const { reasoning, text, call, length } = scenario;
    const finish = length === true ? "length" : call === undefined ? "stop" : "tool_calls";
    const usage = {
      prompt_tokens: 20,
      completion_tokens: 30,
      total_tokens: 50,
      prompt_tokens_details: { cached_tokens: 8 },
      completion_tokens_details: { reasoning_tokens: 12 },
    };
    const calls = call && [{ id: call.id, type: "function", function: { name: call.name, arguments: JSON.stringify(call.input) } }];
    const base = { id: "chatcmpl-a1", created: 1, model: "m-1", system_fingerprint: "fp_1" };
    if (!streaming) {
      const message = { role: "assistant", content: text ?? null, ...(reasoning && { reasoning }), ...(calls && { tool_calls: calls }) };
      return JSON.stringify({
        ...base,
        object: "chat.completion",
        choices: [{ index: 0, message, finish_reason: finish, logprobs: null }],
        usage,
        x_groq: { id: "req_1" },
      });
    }
    const chunk = (delta: JsonObject, finish_reason: string | null = null): string =>
      event({ ...base, object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason }] });
    return [
      chunk({ role: "assistant", content: "" }),
      ...pieces(reasoning ?? "").map((piece) => chunk({ reasoning: piece })),
      ...pieces(text ?? "").map((piece) => chunk({ content: piece })),
      ...(calls === undefined ? [] : [chunk({ tool_calls: calls.map((one) => ({ index: 0, ...one })) })]),
      chunk({}, finish),
      event({ ...base, object: "chat.completion.chunk", choices: [], usage }),
      "data: [DONE]\n\n",
    ].join("");
  },
  responses: (scenario, streaming) => {
    const { reasoning, text, call, length } = scenario;
    const output: JsonObject[] = [];
    if (reasoning !== undefined)
      output.push({ type: "reasoning", id: "rs_1", summary: [{ type: "summary_text", text: reasoning }], encrypted_content: "enc-1" });
    if (text !== undefined)
      output.push({
        type: "message",
        id: "msg_1",
        status: "completed",
        role: "assistant",
        content: [{ type: "output_text", text, annotations: [] }],
      });
    if (call !== undefined)
      output.push({
        type: "function_call",
        id: "fc_1",
        status: "completed",
        call_id: call.id,
        name: call.name,
        arguments: JSON.stringify(call.input),
      });
    const response: JsonObject = {
      id: "resp_1",
      object: "response",
      created_at: 1,
      status: length === true ? "incomplete" : "completed",
      incomplete_details: length === true ? { reason: "max_output_tokens" } : null,
      model: "m-1",
      output,
      billing: { payer: "developer" },
      usage: {
        input_tokens: 20,
        input_tokens_details: { cached_tokens: 8 },
        output_tokens: 30,
        output_tokens_details: { reasoning_tokens: 12 },
        total_tokens: 50,
      },
    };
    if (!streaming) return JSON.stringify(response);
    let sequence = 0;
    const out: string[] = [];
    const send = (type: string, fields: JsonObject): void => void out.push(named({ type, sequence_number: sequence++, ...fields }));
    send("response.created", { response: { ...response, status: "in_progress", output: [], usage: null } });
    for (const [output_index, item] of output.entries()) {
      const at = { item_id: item["id"], output_index };
      if (item["type"] === "reasoning") {
        send("response.output_item.added", { output_index, item: { ...item, summary: [], encrypted_content: "enc-0" } });
        send("response.reasoning_summary_part.added", { ...at, summary_index: 0, part: { type: "summary_text", text: "" } });
        for (const delta of pieces(reasoning ?? "")) send("response.reasoning_summary_text.delta", { ...at, summary_index: 0, delta });
        send("response.reasoning_summary_text.done", { ...at, summary_index: 0, text: reasoning });
      } else if (item["type"] === "message") {
        send("response.output_item.added", { output_index, item: { ...item, content: [] } });
        send("response.content_part.added", { ...at, content_index: 0, part: { type: "output_text", text: "", annotations: [] } });
        for (const delta of pieces(text ?? "")) send("response.output_text.delta", { ...at, content_index: 0, delta, obfuscation: "x" });
        send("response.output_text.done", { ...at, content_index: 0, text });
      } else {
        send("response.output_item.added", { output_index, item: { ...item, arguments: "" } });
        for (const delta of pieces(String(item["arguments"]))) send("response.function_call_arguments.delta", { ...at, delta });
        send("response.function_call_arguments.done", { ...at, arguments: item["arguments"] });
      }
      send("response.output_item.done", { output_index, item });
    }
    send(length === true ? "response.incomplete" : "response.completed", { response });
    return out.join("");
  },
  messages: (scenario, streaming) => {
    const { reasoning, text, call, length } = scenario;
    const stop_reason = length === true ? "max_tokens" : call === undefined ? "end_turn" : "tool_use";
    const input = { input_tokens: 12, cache_creation_input_tokens: 0, cache_read_input_tokens: 8, service_tier: "standard" };
    const content: JsonObject[] = [];
    if (reasoning !== undefined) content.push({ type: "thinking", thinking: reasoning, signature: "sig-1" });
    if (text !== undefined) content.push({ type: "text", text });
    if (call !== undefined) content.push({ type: "tool_use", ...call });
    const message = { id: "msg_1", type: "message", role: "assistant", model: "m-1" };
    if (!streaming)
      return JSON.stringify({ ...message, content, stop_reason, stop_sequence: null, usage: { ...input, output_tokens: 30 } });
    const out = [
      named({
        type: "message_start",
        message: { ...message, content: [], stop_reason: null, stop_sequence: null, usage: { ...input, output_tokens: 1 } },
      }),
      named({ type: "ping" }),
    ];
    for (const [index, block] of content.entries()) {
      const delta = (fields: JsonObject): string => named({ type: "content_block_delta", index, delta: fields });
      if (block["type"] === "thinking") {
        out.push(named({ type: "content_block_start", index, content_block: { type: "thinking", thinking: "", signature: "" } }));
        out.push(...pieces(reasoning ?? "").map((thinking) => delta({ type: "thinking_delta", thinking })));
        out.push(delta({ type: "signature_delta", signature: "sig-1" }));
      } else if (block["type"] === "text") {
        out.push(named({ type: "content_block_start", index, content_block: { type: "text", text: "" } }));
        out.push(...pieces(text ?? "").map((piece) => delta({ type: "text_delta", text: piece })));
      } else {
        out.push(named({ type: "content_block_start", index, content_block: { ...block, input: {} } }));
        out.push(...pieces(JSON.stringify(call?.input)).map((partial_json) => delta({ type: "input_json_delta", partial_json })));
      }
      out.push(named({ type: "content_block_stop", index }));
    }
    out.push(named({ type: "message_delta", delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: 30 } }));
    out.push(named({ type: "message_stop" }));
    return out.join("");
  },
  "generate-content": (scenario, streaming) => {
    const { reasoning, text, call, length } = scenario;
    const usageMetadata = {
      promptTokenCount: 20,
      cachedContentTokenCount: 8,
      candidatesTokenCount: 18,
      thoughtsTokenCount: 12,
      totalTokenCount: 50,
      trafficType: "ON_DEMAND",
    };
    const base = { modelVersion: "m-1", responseId: "r-1" };
    const parts = (split: (text: string) => string[]): JsonObject[] => [
      ...(reasoning === undefined ? [] : split(reasoning).map((piece) => ({ text: piece, thought: true }))),
      ...(text === undefined ? [] : split(text).map((piece) => ({ text: piece }))),
      ...(call === undefined ? [] : [{ functionCall: { id: call.id, name: call.name, args: call.input }, thoughtSignature: "sig-1" }]),
    ];
    const finishReason = length === true ? "MAX_TOKENS" : "STOP";
    const whole = (content: JsonObject[]): JsonObject => ({
      candidates: [{ content: { parts: content, role: "model" }, finishReason, index: 0, avgLogprobs: -0.5 }],
      usageMetadata,
      ...base,
    });
    if (!streaming) return JSON.stringify(whole(parts((one) => [one])));
    const all = parts(pieces);
    const last = all.pop();
    return [
      ...all.map((part) => event({ candidates: [{ content: { parts: [part], role: "model" }, index: 0 }], ...base })),
      event(whole(last === undefined ? [] : [last])),
    ].join("");
  },
};

/** True if a request asks its vendor for a stream. */
export function asksForStream(body: JsonObject, url: string): boolean {
  return body["stream"] === true || url.includes(":streamGenerateContent");
}
