/** Reads answers with the vendors' official clients, in the terms of the neutral form. */
import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import { isObject, type JsonObject } from "@lumiverse/core/provider";
import type { InboundProtocolId } from "@lumiverse/gateway/inbound";
import OpenAI from "openai";

/** What a client read of an answer. */
export interface ClientAnswer {
  text: string;
  reasoning: string;
  calls: { name: string; input: unknown }[];
  /** The protocol's own word. */
  finish: string | undefined;
  /** The tokens of the prompt, those of them that a cache had, all generated tokens, and those of them that were reasoning. */
  usage: { prompt: number | undefined; cached: number | undefined; generated: number | undefined; reasoning: number | undefined };
}

/** Sends a short request of a protocol to an address and reads the answer. Throws what the client throws. */
export type ReadWithClient = (origin: string, streaming: boolean) => Promise<ClientAnswer>;

const KEY = "across-key-0000000000";
const MODEL = "across";

export const officialClients: { readonly [P in InboundProtocolId]: ReadWithClient } = {
  "chat-completions": readChat,
  responses: readResponses,
  messages: readMessages,
  "generate-content": readGenerateContent,
};

function emptyAnswer(): ClientAnswer {
  return {
    text: "",
    reasoning: "",
    calls: [],
    finish: undefined,
    usage: { prompt: undefined, cached: undefined, generated: undefined, reasoning: undefined },
  };
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}

async function readChat(origin: string, streaming: boolean): Promise<ClientAnswer> {
  const client = new OpenAI({ apiKey: KEY, baseURL: `${origin}/v1`, maxRetries: 0 });
  const request = { model: MODEL, messages: [{ role: "user" as const, content: "?" }] };
  const answer = emptyAnswer();
  const readUsage = (usage: OpenAI.CompletionUsage | null | undefined): void => {
    if (usage === undefined || usage === null) return;
    answer.usage = {
      prompt: usage.prompt_tokens,
      cached: usage.prompt_tokens_details?.cached_tokens,
      generated: usage.completion_tokens,
      reasoning: usage.completion_tokens_details?.reasoning_tokens,
    };
  };
  if (!streaming) {
    const body = await client.chat.completions.create(request);
    const choice = body.choices[0];
    answer.text = choice?.message.content ?? "";
    answer.reasoning = reasoningOf(choice?.message);
    answer.finish = choice?.finish_reason;
    for (const call of choice?.message.tool_calls ?? [])
      if (call.type === "function") answer.calls.push({ name: call.function.name, input: parsed(call.function.arguments) });
    readUsage(body.usage);
    return answer;
  }
  const calls: { name: string; input: string }[] = [];
  const stream = await client.chat.completions.create({ ...request, stream: true, stream_options: { include_usage: true } });
  for await (const chunk of stream) {
    const choice = chunk.choices[0];
    answer.text += choice?.delta.content ?? "";
    answer.reasoning += reasoningOf(choice?.delta);
    for (const call of choice?.delta.tool_calls ?? []) {
      const known = (calls[call.index] ??= { name: "", input: "" });
      known.name += call.function?.name ?? "";
      known.input += call.function?.arguments ?? "";
    }
    answer.finish = choice?.finish_reason ?? answer.finish;
    readUsage(chunk.usage);
  }
  answer.calls = calls.map(({ name, input }) => ({ name, input: parsed(input) }));
  return answer;
}

/** The types of the client do not have the field, but the client keeps it. */
function reasoningOf(holder: unknown): string {
  const text = isObject(holder) ? holder["reasoning_content"] : undefined;
  return typeof text === "string" ? text : "";
}

async function readResponses(origin: string, streaming: boolean): Promise<ClientAnswer> {
  const client = new OpenAI({ apiKey: KEY, baseURL: `${origin}/v1`, maxRetries: 0 });
  const request = { model: MODEL, input: "?" };
  if (!streaming) return readResponse(await client.responses.create(request));
  const stream = await client.responses.create({ ...request, stream: true });
  let text = "";
  let reasoning = "";
  let last: OpenAI.Responses.Response | undefined;
  let sequence = 0;
  for await (const event of stream) {
    if (event.sequence_number !== sequence++) throw new Error(`event ${sequence - 1} has the number ${event.sequence_number}`);
    if (event.type === "response.output_text.delta") text += event.delta;
    else if (event.type === "response.reasoning_summary_text.delta") reasoning += event.delta;
    else if (event.type === "response.completed" || event.type === "response.incomplete") last = event.response;
    else if (event.type === "response.failed") throw new Error(event.response.error?.message ?? "the response failed");
  }
  if (last === undefined) throw new Error("the stream has no last event");
  const answer = readResponse(last);
  if (answer.text !== text || answer.reasoning !== reasoning) throw new Error("the deltas differ from the response");
  return answer;
}

function readResponse(response: OpenAI.Responses.Response): ClientAnswer {
  const answer = emptyAnswer();
  for (const item of response.output) {
    if (item.type === "message") for (const part of item.content) answer.text += part.type === "output_text" ? part.text : "";
    else if (item.type === "reasoning") for (const part of item.summary) answer.reasoning += part.text;
    else if (item.type === "function_call") answer.calls.push({ name: item.name, input: parsed(item.arguments) });
  }
  answer.finish = response.incomplete_details?.reason ?? response.status;
  const { usage } = response;
  if (usage !== undefined && usage !== null)
    answer.usage = {
      prompt: usage.input_tokens,
      cached: usage.input_tokens_details.cached_tokens,
      generated: usage.output_tokens,
      reasoning: usage.output_tokens_details.reasoning_tokens,
    };
  return answer;
}

async function readMessages(origin: string, streaming: boolean): Promise<ClientAnswer> {
  const client = new Anthropic({ apiKey: KEY, baseURL: origin, maxRetries: 0 });
  const request = { model: MODEL, max_tokens: 1000, messages: [{ role: "user" as const, content: "?" }] };
  const message = streaming ? await client.messages.stream(request).finalMessage() : await client.messages.create(request);
  const answer = emptyAnswer();
  for (const block of message.content) {
    if (block.type === "text") answer.text += block.text;
    else if (block.type === "thinking") answer.reasoning += block.thinking;
    else if (block.type === "tool_use") answer.calls.push({ name: block.name, input: block.input });
  }
  answer.finish = message.stop_reason ?? undefined;
  const { usage } = message;
  answer.usage = {
    prompt: usage.input_tokens + (usage.cache_read_input_tokens ?? 0) + (usage.cache_creation_input_tokens ?? 0),
    cached: usage.cache_read_input_tokens ?? undefined,
    generated: usage.output_tokens,
    reasoning: thinkingTokens(usage),
  };
  return answer;
}

function thinkingTokens(usage: unknown): number | undefined {
  const details = isObject(usage) ? usage["output_tokens_details"] : undefined;
  const tokens = isObject(details) ? details["thinking_tokens"] : undefined;
  return typeof tokens === "number" ? tokens : undefined;
}

async function readGenerateContent(origin: string, streaming: boolean): Promise<ClientAnswer> {
  const client = new GoogleGenAI({ apiKey: KEY, httpOptions: { baseUrl: origin } });
  const request = { model: MODEL, contents: "?" };
  const answer = emptyAnswer();
  const chunks = streaming ? await client.models.generateContentStream(request) : [await client.models.generateContent(request)];
  for await (const chunk of chunks) {
    const candidate = chunk.candidates?.[0];
    for (const part of candidate?.content?.parts ?? []) {
      if (part.functionCall !== undefined)
        answer.calls.push({ name: part.functionCall.name ?? "", input: part.functionCall.args as JsonObject });
      else if (part.thought === true) answer.reasoning += part.text ?? "";
      else answer.text += part.text ?? "";
    }
    answer.finish = candidate?.finishReason ?? answer.finish;
    const usage = chunk.usageMetadata;
    if (usage !== undefined)
      answer.usage = {
        prompt: usage.promptTokenCount,
        cached: usage.cachedContentTokenCount,
        generated: (usage.candidatesTokenCount ?? 0) + (usage.thoughtsTokenCount ?? 0),
        reasoning: usage.thoughtsTokenCount,
      };
  }
  return answer;
}
