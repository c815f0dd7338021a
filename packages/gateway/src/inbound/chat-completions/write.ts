/** Writes answers of vendors that speak another protocol as Chat Completions. https://platform.openai.com/docs/api-reference/chat-streaming */
import type { ChatEvent, ChatResponse, FinishReason, JsonObject, LumiverseError, Part, SourcePart, ToolCallPart } from "@lumiverse/core";
import { isObject } from "@lumiverse/core/provider";
import type { AnswerHead, ParsedRequest } from "../protocol.ts";
import type { MessageBuilder, StreamFormat } from "../shared/answer-stream.ts";
import { argumentsOf, SentArguments } from "../shared/call-arguments.ts";
import { type ClientTool, clientTools, customInput } from "../shared/client-tools.ts";
import { urlOf } from "../shared/data-url.ts";
import { openaiError } from "../shared/openai-error.ts";
import { refusalText } from "../shared/refusal.ts";
import { chatUsage } from "./usage.ts";

export const CHAT_STREAM: StreamFormat = {
  contentType: "text/event-stream; charset=utf-8",
  message: (_, json) => `data: ${json}\n\n`,
  end: "data: [DONE]\n\n",
  failed: "data: [DONE]\n\n",
  heartbeat: ": keep-alive\n\n",
};

const FINISH: { readonly [R in FinishReason]: string } = {
  stop: "stop",
  length: "length",
  "tool-calls": "tool_calls",
  "content-filter": "content_filter",
  refusal: "content_filter",
  "context-overflow": "length",
  // The turn goes on in the next request, so it is not complete.
  pause: "length",
  other: "stop",
};

export class ChatChunks implements MessageBuilder {
  readonly #parsed: ParsedRequest;
  readonly #head: AnswerHead;
  #begun = false;
  /** The position of each call among the calls, by the index of its part. */
  readonly #calls: Map<number, number> = new Map();
  /** The calls of custom tools, by the index of their part. */
  readonly #custom: Set<number> = new Set();
  readonly #sent: SentArguments = new SentArguments();
  readonly #tools: ReadonlyMap<string, ClientTool>;
  readonly #sources: SourcePart[] = [];

  constructor(parsed: ParsedRequest, head: AnswerHead) {
    this.#parsed = parsed;
    this.#head = head;
    this.#tools = clientTools(parsed.answer["tools"]);
  }

  event(event: ChatEvent): JsonObject[] {
    switch (event.type) {
      case "text":
        return this.#delta({ content: event.text });
      case "reasoning":
        return this.#delta({ reasoning_content: event.text });
      case "part-start":
        return event.kind === "tool-call" ? this.#call(event.index, event.id, event.name) : [];
      case "tool-call-delta":
        return this.#arguments(event.index, event.text);
      case "part-end":
        return event.part.type === "tool-call" ? this.#endCall(event.index, event.part) : [];
      case "part":
        return this.#part(event.part);
      default:
        return [];
    }
  }

  #call(index: number, id: string, name: string): JsonObject[] {
    const position = this.#calls.size;
    this.#calls.set(index, position);
    // The input of a custom tool is inside of the arguments, so it is known at their end.
    if (this.#tools.get(name)?.isCustom === true) {
      this.#custom.add(index);
      return [];
    }
    return this.#delta({ tool_calls: [{ index: position, id, type: "function", function: { name, arguments: "" } }] });
  }

  #arguments(index: number, text: string): JsonObject[] {
    if (this.#custom.has(index)) return [];
    this.#sent.add(index, text);
    return this.#delta({ tool_calls: [{ index: this.#calls.get(index) ?? 0, function: { arguments: text } }] });
  }

  #endCall(index: number, call: ToolCallPart): JsonObject[] {
    if (this.#custom.has(index))
      return this.#delta({ tool_calls: [{ index: this.#calls.get(index) ?? 0, ...toolCall(call, this.#tools) }] });
    const missing = this.#sent.missing(index, call);
    const signature = signatureOf(call);
    if (missing === "" && signature === undefined) return [];
    return this.#delta({ tool_calls: [{ index: this.#calls.get(index) ?? 0, function: { arguments: missing }, ...signature }] });
  }

  #part(part: Part): JsonObject[] {
    if (part.type === "source") this.#sources.push(part);
    else if (part.type === "image") return this.#delta({ images: [chatImage(part)] });
    else if (part.type === "text" && part.text !== "") return this.#delta({ content: part.text });
    return [];
  }

  /** A chunk with a delta. The first one names the role. */
  #delta(delta: JsonObject): JsonObject[] {
    const first = this.#begun ? {} : { role: "assistant" };
    this.#begun = true;
    return [this.#chunk([{ index: 0, delta: { ...first, ...delta }, finish_reason: null }])];
  }

  #chunk(choices: JsonObject[], fields: JsonObject = {}): JsonObject {
    const { id, createdAt } = this.#head;
    return {
      id: `chatcmpl-${id}`,
      object: "chat.completion.chunk",
      created: Math.floor(createdAt / 1000),
      model: this.#parsed.model,
      choices,
      ...(this.#parsed.answer["includeUsage"] === true ? { usage: null } : {}),
      ...fields,
    };
  }

  end(response: ChatResponse): JsonObject[] {
    const { finishReason, usage } = response;
    const first = this.#begun ? {} : { role: "assistant", content: "" };
    const refusal = refusalText(response);
    const refused = refusal === "" ? {} : { refusal };
    const annotations = this.#sources.length === 0 ? {} : { annotations: annotationsOf(this.#sources) };
    const chunks = [this.#chunk([{ index: 0, delta: { ...first, ...refused, ...annotations }, finish_reason: FINISH[finishReason] }])];
    const counts = this.#parsed.answer["includeUsage"] === true ? chatUsage(usage) : undefined;
    if (counts !== undefined) chunks.push(this.#chunk([], { usage: counts }));
    return chunks;
  }

  fail(error: LumiverseError): JsonObject[] {
    return [openaiError(error)];
  }
}

/** False for the chunk that holds the usage alone. Clients that did not ask for it read `choices[0]` of every chunk. */
export function isNoUsageChunk({ choices, usage }: JsonObject): boolean {
  return !(Array.isArray(choices) && choices.length === 0 && isObject(usage));
}

/** The body of an unstreamed answer. */
export function chatBody(parsed: ParsedRequest, response: ChatResponse, { id, createdAt }: AnswerHead): JsonObject {
  const { text, reasoning, toolCalls, sources, finishReason, usage, message } = response;
  const images = typeof message.content === "string" ? [] : message.content.filter((part) => part.type === "image");
  const counts = chatUsage(usage);
  const tools = clientTools(parsed.answer["tools"]);
  const refusal = refusalText(response);
  return {
    id: `chatcmpl-${id}`,
    object: "chat.completion",
    created: Math.floor(createdAt / 1000),
    model: parsed.model,
    choices: [
      {
        index: 0,
        message: {
          role: "assistant",
          content: text === "" && (toolCalls.length > 0 || refusal !== "") ? null : text,
          refusal: refusal === "" ? null : refusal,
          ...(reasoning === "" ? {} : { reasoning_content: reasoning }),
          ...(toolCalls.length === 0
            ? {}
            : {
                tool_calls: toolCalls.map((call) => toolCall(call, tools)),
              }),
          ...(sources.length === 0 ? {} : { annotations: annotationsOf(sources) }),
          ...(images.length === 0 ? {} : { images: images.map(chatImage) }),
        },
        logprobs: null,
        finish_reason: FINISH[finishReason],
      },
    ],
    ...(counts === undefined ? {} : { usage: counts }),
  };
}

/** A call as the client knows its tool. */
function toolCall(call: ToolCallPart, tools: ReadonlyMap<string, ClientTool>): JsonObject {
  const { id, name } = call;
  const written = argumentsOf(call);
  return tools.get(name)?.isCustom === true
    ? { id, type: "custom", custom: { name, input: customInput(written) } }
    : { id, type: "function", function: { name, arguments: written }, ...signatureOf(call) };
}

/** Gemini's signature of a call, as Google's compatible endpoint writes it. https://ai.google.dev/gemini-api/docs/thought-signatures */
function signatureOf({ replay }: ToolCallPart): JsonObject | undefined {
  const data = replay?.origin.protocol === "generate-content" ? replay.data : undefined;
  const signature = isObject(data) ? data["thoughtSignature"] : undefined;
  return typeof signature === "string" ? { extra_content: { google: { thought_signature: signature } } } : undefined;
}

function chatImage(part: Extract<Part, { type: "image" }>): JsonObject {
  return { type: "image_url", image_url: { url: urlOf(part) } };
}

function annotationsOf(sources: readonly SourcePart[]): JsonObject[] {
  return sources.map(({ url = "", title = "", start = 0, end = 0, quote }) => ({
    type: "url_citation",
    url_citation: { url, title, start_index: start, end_index: end, ...(quote === undefined ? {} : { content: quote }) },
  }));
}
