/** Acme as a correct language model of the AI SDK. A problem that the suite finds with it is a fault of the adapter. */

import type { AdapterOptions } from "@lumiverse/conformance/internals";
import { connect } from "@lumiverse/core";
import { type ChatEvent, type ChatRequest, isLumiverseError, type Message, type Usage } from "@lumiverse/core/provider";
import { acme } from "../../../conformance/test/acme/provider.ts";
import type { AiSdkCall, AiSdkModel, AiSdkUsage } from "../src/ai-sdk/language-model.ts";

export function acmeModel(modelId: string, { fetch, baseURL, apiKey, limits }: AdapterOptions): AiSdkModel {
  const connection = connect(acme, {
    fetch,
    retry: false,
    cost: false,
    ...(baseURL === undefined ? {} : { baseURL }),
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(limits === undefined ? {} : { limits }),
  });
  return {
    specificationVersion: "v4",
    modelId,
    async doGenerate(call) {
      const { id, model, message, finishReason, rawFinishReason, usage } = await connection
        .generate(requestOf(modelId, call))
        .catch((error: unknown) => Promise.reject(theirs(error)));
      const content = message.content as Exclude<typeof message.content, string>; // a response is made of parts
      return {
        content: content.map((part) =>
          part.type === "tool-call" ? { type: part.type, toolCallId: part.id, toolName: part.name, input: part.arguments } : part,
        ),
        finishReason: { unified: finishReason, raw: rawFinishReason },
        usage: counts(usage),
        response: { modelId: model, ...(id === undefined ? {} : { id }) },
      };
    },
    async doStream(call) {
      const events = connection.stream(requestOf(modelId, call))[Symbol.asyncIterator]();
      // A refusal rejects the call, as in the SDK's packages, which wait for the headers.
      const first = await events.next().catch((error: unknown) => {
        if (isLumiverseError(error) && (error.status ?? 200) < 400 && error.code !== "network") return error;
        throw theirs(error);
      });
      return { stream: partsOf(first, events) };
    },
  };
}

function partsOf(first: IteratorResult<ChatEvent> | Error, events: AsyncIterator<ChatEvent>): ReadableStream<object> {
  const open = new Map<number, string>();
  let usage: Usage = { completeness: "unknown" };
  let ahead: IteratorResult<ChatEvent> | Error | undefined = first;
  return new ReadableStream<object>(
    {
      async pull(to) {
        try {
          const next: IteratorResult<ChatEvent> | Error = ahead ?? (await events.next());
          ahead = undefined;
          if (next instanceof Error) throw next;
          if (next.done === true) return to.close();
          if (next.value.type === "usage") usage = next.value.usage;
          to.enqueue(partOf(next.value, open, usage));
        } catch (error) {
          if (isLumiverseError(error) && error.code === "truncated")
            to.enqueue({ type: "finish", finishReason: { unified: "interrupted", raw: undefined }, usage: counts(usage) });
          else to.enqueue({ type: "error", error: theirs(error) });
          to.close();
        }
      },
      cancel: async () => void (await events.return?.()),
    },
    { highWaterMark: 0 },
  );
}

function partOf(event: ChatEvent, open: Map<number, string>, usage: Usage): object {
  const id = "index" in event ? String(event.index) : "";
  switch (event.type) {
    case "start":
      return { type: "response-metadata", id: event.id, modelId: event.model };
    case "part-start":
      open.set(event.index, event.kind === "tool-call" ? event.id : id);
      return event.kind === "tool-call"
        ? { type: "tool-input-start", id: event.id, toolName: event.name }
        : { type: `${event.kind}-start`, id };
    case "text":
    case "reasoning":
      return { type: `${event.type}-delta`, id, delta: event.text };
    case "tool-call-delta":
      return { type: "tool-input-delta", id: open.get(event.index), delta: event.text };
    case "part-end": {
      const { part } = event;
      return part.type === "tool-call"
        ? { type: "tool-call", toolCallId: part.id, toolName: part.name, input: part.arguments }
        : {
            type: `${part.type}-end`,
            id,
            ...(part.type === "text" && part.replay ? { providerMetadata: { acme: part.replay.data } } : {}),
          };
    }
    case "finish":
      return { type: "finish", finishReason: { unified: event.reason, raw: event.raw }, usage: counts(usage) };
    default:
      return { type: "ping" };
  }
}

function counts({ input, output, reasoning }: Usage): AiSdkUsage {
  return { inputTokens: { total: input, noCache: input }, outputTokens: { total: output, reasoning } };
}

function requestOf(modelId: string, { prompt, tools, temperature, maxOutputTokens, abortSignal }: AiSdkCall): ChatRequest {
  return {
    model: modelId,
    messages: prompt.map(messageOf),
    ...(tools === undefined
      ? {}
      : { tools: tools.map((tool: AiSdkCall) => ({ name: tool.name, description: tool.description, parameters: tool.inputSchema })) }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    ...(abortSignal === undefined ? {} : { signal: abortSignal }),
  };
}
function messageOf({ role, content }: AiSdkCall): Message {
  if (typeof content === "string") return { role: "system", content };
  return {
    role,
    content: content.map((part: AiSdkCall) => {
      if (part.type === "tool-call")
        return { type: part.type, id: part.toolCallId, name: part.toolName, arguments: JSON.stringify(part.input), input: part.input };
      if (part.type === "tool-result") return { type: part.type, id: part.toolCallId, content: part.output.value };
      return { type: part.type, text: part.text };
    }),
  };
}

/** An error as the SDK's packages throw it. */
function theirs(error: unknown): unknown {
  if (!isLumiverseError(error)) return error;
  const { code, message, status, retryable, retryAfterMs } = error;
  if (code === "aborted") return new DOMException("This operation was aborted", "AbortError");
  if (code === "malformed-response") return Object.assign(new Error(message), { name: "AI_JSONParseError" });
  const headers = retryAfterMs === undefined ? {} : { "retry-after-ms": String(retryAfterMs) };
  const facts = { name: "AI_APICallError", statusCode: status, isRetryable: retryable, responseHeaders: headers };
  return Object.assign(new Error(code === "network" ? `Cannot connect to API: ${message}` : message), facts);
}
