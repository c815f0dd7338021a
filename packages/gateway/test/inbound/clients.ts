/** One question to the gateway with each vendor's official client, and what the client read. */
import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import type { JsonObject } from "@lumiverse/core/provider";
import OpenAI from "openai";
import type { InboundProtocolId } from "../../src/inbound/protocol.ts";

export interface ClientAnswer {
  reasoning: string;
  text: string;
  calls: { id: string; name: string; input: unknown }[];
  finish: unknown;
  /** Tokens of the prompt, and all generated tokens. */
  usage: [prompt: number | undefined, generated: number | undefined];
}

export interface Question {
  streaming: boolean;
  /** Ask for JSON of this schema. */
  schema?: JsonObject;
  signal?: AbortSignal;
}

export const SYSTEM = "Answer like a pilot.";
export const ASKED = "What is the weather in Oslo?";
export const TOOL: { name: string; description: string; schema: JsonObject & { type: "object" } } = {
  name: "get_weather",
  description: "The weather of a city",
  schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};

const KEY = "client-key-0000000000";
const MODEL = "home/best";

/** Asks with a system prompt, a tool, a limit and a temperature. */
export const ask: { readonly [P in InboundProtocolId]: (origin: string, question: Question) => Promise<ClientAnswer> } = {
  async "chat-completions"(origin, { streaming, schema, signal }) {
    const client = new OpenAI({ apiKey: KEY, baseURL: `${origin}/v1`, maxRetries: 0 });
    const request = {
      model: MODEL,
      messages: [
        { role: "system" as const, content: SYSTEM },
        { role: "user" as const, content: ASKED },
      ],
      max_completion_tokens: 500,
      ...(schema === undefined
        ? {
            tools: [{ type: "function" as const, function: { name: TOOL.name, description: TOOL.description, parameters: TOOL.schema } }],
          }
        : { response_format: { type: "json_schema" as const, json_schema: { name: "report", schema } } }),
    };
    const answer = emptyAnswer();
    if (!streaming) {
      const { choices, usage } = await client.chat.completions.create(request, { signal });
      const message = choices[0]?.message;
      answer.text = message?.content ?? "";
      answer.reasoning = reasoningOf(message);
      for (const call of message?.tool_calls ?? [])
        if (call.type === "function")
          answer.calls.push({ id: call.id, name: call.function.name, input: JSON.parse(call.function.arguments) });
      answer.finish = choices[0]?.finish_reason;
      answer.usage = [usage?.prompt_tokens, usage?.completion_tokens];
      return answer;
    }
    const stream = await client.chat.completions.create({ ...request, stream: true, stream_options: { include_usage: true } }, { signal });
    const calls: { id: string; name: string; input: string }[] = [];
    for await (const { choices, usage } of stream) {
      const delta = choices[0]?.delta;
      answer.text += delta?.content ?? "";
      answer.reasoning += reasoningOf(delta);
      for (const { index, id, function: called } of delta?.tool_calls ?? []) {
        const call = (calls[index] ??= { id: "", name: "", input: "" });
        call.id += id ?? "";
        call.name += called?.name ?? "";
        call.input += called?.arguments ?? "";
      }
      answer.finish = choices[0]?.finish_reason ?? answer.finish;
      if (usage) answer.usage = [usage.prompt_tokens, usage.completion_tokens];
    }
    answer.calls = calls.map((call) => ({ ...call, input: JSON.parse(call.input) }));
    return answer;
  },
  async responses(origin, { streaming, schema, signal }) {
    const client = new OpenAI({ apiKey: KEY, baseURL: `${origin}/v1`, maxRetries: 0 });
    const request = {
      model: MODEL,
      instructions: SYSTEM,
      input: ASKED,
      max_output_tokens: 500,
      ...(schema === undefined
        ? {
            tools: [{ type: "function" as const, name: TOOL.name, description: TOOL.description, parameters: TOOL.schema, strict: false }],
          }
        : { text: { format: { type: "json_schema" as const, name: "report", schema } } }),
    };
    const response = streaming
      ? await client.responses.stream(request, { signal }).finalResponse()
      : await client.responses.create(request, { signal });
    // The client returns a response that failed.
    if (response.status === "failed") throw new Error(response.error?.message);
    const answer = emptyAnswer();
    for (const item of response.output) {
      if (item.type === "message") for (const part of item.content) answer.text += part.type === "output_text" ? part.text : "";
      else if (item.type === "reasoning") for (const part of item.summary) answer.reasoning += part.text;
      else if (item.type === "function_call") answer.calls.push({ id: item.call_id, name: item.name, input: JSON.parse(item.arguments) });
    }
    answer.finish = response.incomplete_details?.reason ?? response.status;
    answer.usage = [response.usage?.input_tokens, response.usage?.output_tokens];
    return answer;
  },
  async messages(origin, { streaming, schema, signal }) {
    const client = new Anthropic({ apiKey: KEY, baseURL: origin, maxRetries: 0 });
    const request = {
      model: MODEL,
      max_tokens: 500,
      system: SYSTEM,
      messages: [{ role: "user" as const, content: ASKED }],
      ...(schema === undefined
        ? { tools: [{ name: TOOL.name, description: TOOL.description, input_schema: TOOL.schema }] }
        : { output_config: { format: { type: "json_schema" as const, schema } } }),
    };
    const message = streaming
      ? await client.messages.stream(request, { signal }).finalMessage()
      : await client.messages.create(request, { signal });
    const answer = emptyAnswer();
    for (const block of message.content) {
      if (block.type === "text") answer.text += block.text;
      else if (block.type === "thinking") answer.reasoning += block.thinking;
      else if (block.type === "tool_use") answer.calls.push({ id: block.id, name: block.name, input: block.input });
    }
    answer.finish = message.stop_reason;
    const { input_tokens, cache_read_input_tokens, cache_creation_input_tokens, output_tokens } = message.usage;
    answer.usage = [input_tokens + (cache_read_input_tokens ?? 0) + (cache_creation_input_tokens ?? 0), output_tokens];
    return answer;
  },
  async "generate-content"(origin, { streaming, schema, signal }) {
    const client = new GoogleGenAI({ apiKey: KEY, httpOptions: { baseUrl: origin } });
    const request = {
      model: MODEL,
      contents: ASKED,
      config: {
        systemInstruction: SYSTEM,
        maxOutputTokens: 500,
        ...(signal === undefined ? {} : { abortSignal: signal }),
        ...(schema === undefined
          ? { tools: [{ functionDeclarations: [{ name: TOOL.name, description: TOOL.description, parametersJsonSchema: TOOL.schema }] }] }
          : { responseMimeType: "application/json", responseJsonSchema: schema }),
      },
    };
    const answer = emptyAnswer();
    const chunks = streaming ? await client.models.generateContentStream(request) : [await client.models.generateContent(request)];
    for await (const { candidates, usageMetadata } of chunks) {
      for (const { text, thought, functionCall } of candidates?.[0]?.content?.parts ?? []) {
        if (functionCall) answer.calls.push({ id: functionCall.id ?? "", name: functionCall.name ?? "", input: functionCall.args });
        else if (thought === true) answer.reasoning += text ?? "";
        else answer.text += text ?? "";
      }
      answer.finish = candidates?.[0]?.finishReason ?? answer.finish;
      if (usageMetadata)
        answer.usage = [
          usageMetadata.promptTokenCount,
          (usageMetadata.candidatesTokenCount ?? 0) + (usageMetadata.thoughtsTokenCount ?? 0),
        ];
    }
    return answer;
  },
};

function emptyAnswer(): ClientAnswer {
  return { reasoning: "", text: "", calls: [], finish: undefined, usage: [undefined, undefined] };
}

/** The client has no type for it. A vendor of the same protocol names it as it likes. */
function reasoningOf(holder: object | undefined): string {
  const fields = (holder ?? {}) as JsonObject; // any object can be read by key
  const text = fields["reasoning_content"] ?? fields["reasoning"];
  return typeof text === "string" ? text : "";
}
