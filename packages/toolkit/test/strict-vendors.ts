/**
 * Vendors that answer with a tool call at every request, each in its own protocol, and refuse what the real ones refuse: calls without results, results
 * without calls, and signatures that are missing or changed.
 */
import { anthropic } from "@lumiverse/anthropic/provider";
import { type Connection, connect } from "@lumiverse/core";
import { isObject, type JsonObject } from "@lumiverse/core/provider";
import { google } from "@lumiverse/google/provider";
import { groq } from "@lumiverse/groq/provider";
import { openai } from "@lumiverse/openai/provider";
import { openrouter } from "@lumiverse/openrouter/provider";
import { pause } from "./helpers.ts";

export interface StrictVendor {
  connection: Connection;
  model: string;
  /** Requests that were accepted. */
  accepted: number;
  /** Answers with a text from now on. */
  finish: boolean;
  /** Why a request is refused. Undefined: it is accepted. */
  refuses: (body: JsonObject) => string | undefined;
}

type Check = (body: JsonObject, signatures: readonly string[]) => string | undefined;
type Answer = (n: number, text: string | undefined) => { sse: string; signature?: string };

function vendor(open: (fetch: typeof globalThis.fetch) => Connection, model: string, check: Check, answer: Answer): StrictVendor {
  const signatures: string[] = [];
  const one: StrictVendor = { connection: open(serve), model, accepted: 0, finish: false, refuses: (body) => check(body, signatures) };
  async function serve(_: unknown, init?: RequestInit): Promise<Response> {
    const body: unknown = JSON.parse(String(init?.body));
    const problem = isObject(body) ? check(body, signatures) : "the body is not an object";
    if (problem !== undefined) return Response.json({ error: { type: "invalid_request_error", message: problem } }, { status: 400 });
    one.accepted++;
    const { sse, signature } = answer(one.accepted, one.finish ? "the end" : undefined);
    if (signature !== undefined) signatures.push(signature);
    return new Response(inPackets(sse), { headers: { "content-type": "text/event-stream" } });
  }
  return one;
}

/** One packet for each event, so that an abort finds an answer half read. */
function inPackets(sse: string): ReadableStream<Uint8Array> {
  const packets = sse.split(/(?<=\n\n)/);
  return new ReadableStream({
    async pull(controller) {
      await pause(1);
      const packet = packets.shift();
      if (packet === undefined) controller.close();
      else controller.enqueue(new TextEncoder().encode(packet));
    },
  });
}

const data = (...events: object[]): string => events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("");
const list = (value: unknown): JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : []);

/** Each call is answered by one tool message directly after the turn. */
const checkToolMessages: Check = ({ messages }) => {
  let waiting: unknown[] = [];
  for (const message of list(messages)) {
    if (message["role"] === "tool") {
      if (waiting.shift() !== message["tool_call_id"]) return `no call ${String(message["tool_call_id"])} waits for this result`;
    } else if (waiting.length > 0) return `the call ${String(waiting[0])} has no result`;
    else waiting = list(message["tool_calls"]).map(({ id }) => id);
  }
  return waiting.length > 0 ? "the last calls have no results" : undefined;
};

/** The first signature that is not in what was sent. While a turn goes on, its signatures must be complete. */
function missingIn(sent: unknown, signatures: readonly string[]): string | undefined {
  const text = JSON.stringify(sent);
  const missing = signatures.find((signature) => !text.includes(`"${signature}"`));
  return missing === undefined ? undefined : `the reasoning with ${missing} is missing`;
}

/** Groq. */
export function strictChatCompletions(): StrictVendor {
  const answer: Answer = (n, text) => {
    const call = { index: 0, id: `call_groq_${n}`, type: "function", function: { name: "step", arguments: JSON.stringify({ n }) } };
    const delta = text === undefined ? { tool_calls: [call] } : { content: text };
    const chunk = { id: `g${n}`, model: "m", choices: [{ index: 0, delta, finish_reason: text === undefined ? "tool_calls" : "stop" }] };
    return { sse: `${data(chunk)}data: [DONE]\n\n` };
  };
  return vendor((fetch) => connect(groq, { apiKey: "k", fetch, retry: false }), "qwen/qwen3.8-27b", checkToolMessages, answer);
}

/** OpenRouter with a Claude model: reasoning comes in signed, signed but empty, and encrypted blocks, which return unchanged. */
export function strictOpenRouter(): StrictVendor {
  const check: Check = (body, signatures) => {
    const last = list(body["messages"]).at(-1);
    return checkToolMessages(body, signatures) ?? (last?.["role"] === "tool" ? missingIn(body["messages"], signatures) : undefined);
  };
  const answer: Answer = (n, text) => {
    const signature = `sig_openrouter_${n}`;
    const format = "anthropic-claude-v1";
    const details: object[] = [
      [
        { type: "reasoning.text", text: "hm", format, index: 0 },
        { type: "reasoning.text", signature, format, index: 0 },
      ],
      [{ type: "reasoning.text", text: "", signature, format, index: 0 }],
      [{ type: "reasoning.encrypted", data: signature, format, index: 0 }],
    ][n % 3] as object[]; // one of three
    const chunk = (delta: object, finish: string | null = null): object => ({
      id: `or${n}`,
      model: "m",
      choices: [{ index: 0, delta: { role: "assistant", content: "", ...delta }, finish_reason: finish }],
    });
    const call = { index: 0, id: `call_or_${n}`, type: "function", function: { name: "step", arguments: JSON.stringify({ n }) } };
    const end = text === undefined ? chunk({ tool_calls: [call] }, "tool_calls") : chunk({ content: text }, "stop");
    const chunks = [...details.map((detail) => chunk({ reasoning_details: [detail] })), end];
    return { sse: `${data(...chunks)}data: [DONE]\n\n`, signature };
  };
  return vendor((fetch) => connect(openrouter, { apiKey: "k", fetch, retry: false }), "anthropic/claude-sonnet-4.5", check, answer);
}

/** OpenAI: each call is answered by its output, and encrypted reasoning returns before the call that it led to. */
export function strictResponses(): StrictVendor {
  const check: Check = ({ input }, signatures) => {
    const items = list(input);
    const outputs = new Set(items.filter(({ type }) => type === "function_call_output").map(({ call_id: id }) => id));
    const calls = new Set(items.filter(({ type }) => type === "function_call").map(({ call_id: id }) => id));
    for (const id of calls) if (!outputs.has(id)) return `No tool output found for function call ${String(id)}.`;
    for (const id of outputs) if (!calls.has(id)) return `No tool call found for function call output with call_id ${String(id)}.`;
    for (const { type, encrypted_content: encrypted } of items)
      if (type === "reasoning" && !signatures.includes(String(encrypted))) return "The encrypted content could not be verified.";
    return items.at(-1)?.["type"] === "function_call_output" ? missingIn(input, signatures) : undefined;
  };
  const answer: Answer = (n, text) => {
    const signature = `gAAAA_openai_${n}`;
    // Without a summary, only the encrypted content says that there was reasoning.
    const summary = n % 2 === 0 ? [] : [{ type: "summary_text", text: "hm" }];
    const reasoning = { id: `rs_${n}`, type: "reasoning", summary, encrypted_content: signature };
    const call = { id: `fc_${n}`, type: "function_call", call_id: `call_openai_${n}`, name: "step", arguments: JSON.stringify({ n }) };
    const content = [{ type: "output_text", text: text ?? "", annotations: [] }];
    const message = { id: `msg_${n}`, type: "message", role: "assistant", status: "completed", content };
    const output = [reasoning, text === undefined ? { ...call, status: "completed" } : message];
    const response = { id: `resp_${n}`, object: "response", model: "m", status: "completed", output };
    const events = [
      { type: "response.created", response: { ...response, status: "in_progress", output: [] } },
      ...output.flatMap((item, at) => [
        { type: "response.output_item.added", output_index: at, item: inProgress(item) },
        { type: "response.output_item.done", output_index: at, item },
      ]),
      { type: "response.completed", response: { ...response, usage: { input_tokens: 1, output_tokens: 2, total_tokens: 3 } } },
    ];
    return { sse: events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(""), signature };
  };
  return vendor((fetch) => connect(openai, { apiKey: "k", fetch, retry: false, settings: { api: "responses" } }), "gpt-5.4", check, answer);
}

/** An item as it is added, before its content has arrived. */
function inProgress(item: object): object {
  return {
    ...item,
    status: "in_progress",
    ...("summary" in item ? { summary: [] } : {}),
    ...("content" in item ? { content: [] } : {}),
    ...("arguments" in item ? { arguments: "" } : {}),
  };
}

/** Anthropic: all calls of a turn are answered at the beginning of the next one, and thinking returns with its signature. */
export function strictMessages(): StrictVendor {
  const check: Check = ({ messages }, signatures) => {
    let waiting = new Set<unknown>();
    for (const message of list(messages)) {
      const blocks = list(message["content"]);
      const results = blocks.filter(({ type }) => type === "tool_result");
      if (results.some(({ tool_use_id: id }) => !waiting.delete(id))) return "a result without its call";
      if (waiting.size > 0) return "tool_use ids were found without tool_result blocks immediately after";
      waiting = new Set(blocks.filter(({ type }) => type === "tool_use").map(({ id }) => id));
      for (const { type, signature, data: redacted } of blocks) {
        if (type === "thinking" && !signatures.includes(String(signature))) return `the signature ${String(signature)} is not valid`;
        if (type === "redacted_thinking" && !signatures.includes(String(redacted))) return `the data ${String(redacted)} is not valid`;
      }
    }
    const last = list(messages).at(-1);
    if (!list(last?.["content"]).every(({ type }) => type === "tool_result")) return undefined;
    return missingIn(messages, signatures);
  };
  const answer: Answer = (n, text) => {
    const signature = `sig_anthropic_${n}`;
    const block = (index: number, start: object, ...deltas: object[]): { type: string; [key: string]: unknown }[] => [
      { type: "content_block_start", index, content_block: start },
      ...deltas.map((delta) => ({ type: "content_block_delta", index, delta })),
      { type: "content_block_stop", index },
    ];
    const events = [
      {
        type: "message_start",
        message: { id: `a${n}`, model: "m", role: "assistant", content: [], usage: { input_tokens: 1, output_tokens: 1 } },
      },
      ...(n % 3 === 0
        ? block(0, { type: "redacted_thinking", data: signature })
        : block(
            0,
            { type: "thinking", thinking: "", signature: "" },
            // Claude signs thinking whose text it does not show.
            ...(n % 3 === 1 ? [{ type: "thinking_delta", thinking: "hm" }] : []),
            { type: "signature_delta", signature },
          )),
      ...(text === undefined
        ? block(
            1,
            { type: "tool_use", id: `toolu_${n}`, name: "step", input: {} },
            { type: "input_json_delta", partial_json: JSON.stringify({ n }) },
          )
        : block(1, { type: "text", text: "" }, { type: "text_delta", text })),
      { type: "message_delta", delta: { stop_reason: text === undefined ? "tool_use" : "end_turn" }, usage: { output_tokens: 5 } },
      { type: "message_stop" },
    ];
    const sse = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join("");
    return { sse, signature };
  };
  return vendor((fetch) => connect(anthropic, { apiKey: "k", fetch, retry: false }), "claude-sonnet-4-5", check, answer);
}

/** Gemini: as many responses as calls directly after the turn, and thought signatures return unchanged. */
export function strictGenerateContent(): StrictVendor {
  const check: Check = ({ contents }, signatures) => {
    let waiting = 0;
    for (const content of list(contents)) {
      const parts = list(content["parts"]);
      const responses = parts.filter((part) => "functionResponse" in part).length;
      if (responses !== waiting) return `${waiting} function calls, but ${responses} responses`;
      waiting = parts.filter((part) => "functionCall" in part).length;
    }
    if (waiting > 0) return "the last calls have no responses";
    const last = list(contents).at(-1);
    if (!list(last?.["parts"]).every((part) => "functionResponse" in part)) return undefined;
    return missingIn(contents, signatures);
  };
  const answer: Answer = (n, text) => {
    const signature = `c2lnX2dvb2dsZV${n}`;
    const part = text === undefined ? { functionCall: { name: "step", args: { n } }, thoughtSignature: signature } : { text };
    const candidate = { content: { role: "model", parts: [part] }, finishReason: "STOP", index: 0 };
    const usageMetadata = { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 };
    const sse = data({ candidates: [candidate], usageMetadata, modelVersion: "m", responseId: `r${n}` });
    return text === undefined ? { sse, signature } : { sse };
  };
  return vendor((fetch) => connect(google, { apiKey: "k", fetch, retry: false }), "gemini-2.5-flash", check, answer);
}

/** One vendor for each of the four protocols, and an aggregator. */
export const STRICT_VENDORS: readonly (readonly [string, () => StrictVendor])[] = [
  ["Chat Completions", strictChatCompletions],
  ["Messages", strictMessages],
  ["generateContent", strictGenerateContent],
  ["Responses", strictResponses],
  ["OpenRouter", strictOpenRouter],
];
