/** Writes answers of vendors that speak another protocol as generateContent. https://ai.google.dev/api/generate-content#v1beta.GenerateContentResponse */
import type { ChatEvent, ChatResponse, FinishReason, JsonObject, LumiverseError, Part, SourcePart } from "@lumiverse/core";
import { isObject } from "@lumiverse/core/provider";
import type { AnswerHead, ParsedRequest } from "../protocol.ts";
import type { MessageBuilder, StreamFormat } from "../shared/answer-stream.ts";
import { refusalText } from "../shared/refusal.ts";
import { generateContentError } from "./errors.ts";
import { generateContentUsage } from "./usage.ts";

/** Server-sent events, as `alt=sse` asks for. */
export const SSE_STREAM: StreamFormat = {
  contentType: "text/event-stream; charset=utf-8",
  message: (_, json) => `data: ${json}\r\n\r\n`,
  end: "",
  failed: "",
  heartbeat: ": keep-alive\r\n\r\n",
};

/** A JSON list that grows, the protocol's own default. */
export function listStream(): StreamFormat {
  let begun = false;
  return {
    contentType: "application/json; charset=utf-8",
    message(_, json) {
      const before = begun ? ",\r\n" : "[";
      begun = true;
      return before + json;
    },
    end: "]",
    failed: "]",
    heartbeat: "\r\n",
  };
}

const FINISH: { readonly [R in FinishReason]: string } = {
  stop: "STOP",
  length: "MAX_TOKENS",
  "tool-calls": "STOP",
  "content-filter": "SAFETY",
  refusal: "SAFETY",
  "context-overflow": "MAX_TOKENS",
  // The turn goes on in the next request, so it is not complete.
  pause: "MAX_TOKENS",
  other: "OTHER",
};

export class GenerateContentChunks implements MessageBuilder {
  readonly #parsed: ParsedRequest;
  readonly #head: AnswerHead;

  constructor(parsed: ParsedRequest, head: AnswerHead) {
    this.#parsed = parsed;
    this.#head = head;
  }

  event(event: ChatEvent): JsonObject[] {
    switch (event.type) {
      case "text":
        return [this.#chunk([{ text: event.text }])];
      case "reasoning":
        return [this.#chunk([{ text: event.text, thought: true }])];
      case "part-end":
        return event.part.type === "tool-call" ? [this.#chunk(partsOf([event.part]))] : [];
      case "part": {
        const parts = partsOf([event.part]);
        return parts.length === 0 ? [] : [this.#chunk(parts)];
      }
      default:
        return [];
    }
  }

  #chunk(parts: JsonObject[]): JsonObject {
    return { candidates: [{ content: { parts, role: "model" }, index: 0 }], ...footer(this.#parsed, this.#head) };
  }

  end(response: ChatResponse): JsonObject[] {
    return [answerObject(this.#parsed, response, this.#head, [{ text: refusalText(response) }])];
  }

  fail(error: LumiverseError): JsonObject[] {
    return [generateContentError(error)];
  }
}

/** The body of an unstreamed answer. */
export function generateContentBody(parsed: ParsedRequest, response: ChatResponse, head: AnswerHead): JsonObject {
  const { content } = response.message;
  const parts = partsOf(typeof content === "string" ? [{ type: "text", text: content }] : content);
  // The protocol's clients read no other field that could hold the words.
  const refusal = refusalText(response);
  return answerObject(parsed, response, head, refusal === "" ? parts : [...parts, { text: refusal }]);
}

function answerObject(parsed: ParsedRequest, response: ChatResponse, head: AnswerHead, parts: JsonObject[]): JsonObject {
  const { finishReason, usage, sources } = response;
  const counts = generateContentUsage(usage);
  return {
    candidates: [
      {
        content: { parts, role: "model" },
        finishReason: FINISH[finishReason],
        index: 0,
        ...(sources.length === 0 ? {} : { groundingMetadata: groundingOf(sources) }),
      },
    ],
    ...(counts === undefined ? {} : { usageMetadata: counts }),
    ...footer(parsed, head),
  };
}

function footer({ model }: ParsedRequest, { id }: AnswerHead): JsonObject {
  return { modelVersion: model, responseId: id };
}

function partsOf(content: readonly Part[]): JsonObject[] {
  const parts: JsonObject[] = [];
  for (const part of content) {
    if (part.type === "text") parts.push({ text: part.text });
    else if (part.type === "reasoning" && part.text !== "") parts.push({ text: part.text, thought: true });
    else if (part.type === "tool-call")
      parts.push({ functionCall: { id: part.id, name: part.name, args: isObject(part.input) ? part.input : {} } });
    else if (part.type === "image" || part.type === "audio" || part.type === "file")
      parts.push(
        part.data === undefined
          ? { fileData: { fileUri: part.url, ...(part.mediaType === undefined ? {} : { mimeType: part.mediaType }) } }
          : { inlineData: { data: part.data, mimeType: part.mediaType } },
      );
  }
  return parts;
}

function groundingOf(sources: readonly SourcePart[]): JsonObject {
  return {
    groundingChunks: sources.map(({ url = "", title = "" }) => ({ web: { uri: url, title } })),
    groundingSupports: sources.flatMap(({ start, end, quote }, i) =>
      start === undefined || end === undefined
        ? []
        : [{ segment: { startIndex: start, endIndex: end, ...(quote === undefined ? {} : { text: quote }) }, groundingChunkIndices: [i] }],
    ),
  };
}
