/**
 * Three vendors that answer with a tool call at every request, each in its own protocol, and refuse what the real ones refuse: calls without results, results
 * without calls, and signatures that are missing or changed.
 */
import { anthropic } from "@lumiverse/anthropic/provider";
import { type Connection, connect } from "@lumiverse/core";
import { isObject, type JsonObject } from "@lumiverse/core/provider";
import { google } from "@lumiverse/google/provider";
import { groq } from "@lumiverse/groq/provider";
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

/** Groq: each call is answered by one tool message directly after the turn. */
export function strictChatCompletions(): StrictVendor {
  const check: Check = ({ messages }) => {
    let waiting: unknown[] = [];
    for (const message of list(messages)) {
      if (message["role"] === "tool") {
        if (waiting.shift() !== message["tool_call_id"]) return `no call ${String(message["tool_call_id"])} waits for this result`;
      } else if (waiting.length > 0) return `the call ${String(waiting[0])} has no result`;
      else waiting = list(message["tool_calls"]).map(({ id }) => id);
    }
    return waiting.length > 0 ? "the last calls have no results" : undefined;
  };
  const answer: Answer = (n, text) => {
    const call = { index: 0, id: `call_groq_${n}`, type: "function", function: { name: "step", arguments: JSON.stringify({ n }) } };
    const delta = text === undefined ? { tool_calls: [call] } : { content: text };
    const chunk = { id: `g${n}`, model: "m", choices: [{ index: 0, delta, finish_reason: text === undefined ? "tool_calls" : "stop" }] };
    return { sse: `${data(chunk)}data: [DONE]\n\n` };
  };
  return vendor((fetch) => connect(groq, { apiKey: "k", fetch, retry: false }), "qwen/qwen3.8-27b", check, answer);
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
      for (const { type, signature } of blocks)
        if (type === "thinking" && !signatures.includes(String(signature))) return `the signature ${String(signature)} is not valid`;
    }
    const last = list(messages).at(-1);
    if (!list(last?.["content"]).every(({ type }) => type === "tool_result")) return undefined;
    const sent = JSON.stringify(messages);
    // The turn goes on, so its thinking must be complete.
    const missing = signatures.find((signature) => !sent.includes(`"${signature}"`));
    return missing === undefined ? undefined : `the thinking block with ${missing} is missing`;
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
      ...block(
        0,
        { type: "thinking", thinking: "", signature: "" },
        { type: "thinking_delta", thinking: "hm" },
        { type: "signature_delta", signature },
      ),
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
    const sent = JSON.stringify(contents);
    // The turn goes on, so its signatures must be complete.
    const missing = signatures.find((signature) => !sent.includes(`"${signature}"`));
    return missing === undefined ? undefined : `the thought signature ${missing} is missing`;
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
