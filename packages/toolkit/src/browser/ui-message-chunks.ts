/**
 * A stream as the chunks of AI SDK 7's UI message stream (https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol), which `useChat` reads. Signatures travel in
 * `providerMetadata.lumiverse`, where the SDK's message conversion keeps them.
 */
import type { ChatEvent, FinishReason, Part, Replay } from "@lumiverse/core";
import { isObject, type JsonObject } from "@lumiverse/core/provider";
import { toLumiverseError } from "../shared/errors.ts";
import type { ToolRunEvent } from "../tools/run-tools.ts";
import { batchesOf, type StreamSource } from "./stream-source.ts";

/** One chunk, as JSON. */
export type UiChunk = JsonObject & { type: string };

const FINISH: Readonly<Record<FinishReason, string>> = {
  stop: "stop",
  length: "length",
  "tool-calls": "tool-calls",
  "content-filter": "content-filter",
  refusal: "content-filter",
  "context-overflow": "length",
  pause: "other",
  other: "other",
};

/** The chunks of a stream, in arrays: those of events that arrived together. */
export async function* uiChunks(stream: StreamSource): AsyncGenerator<UiChunk[]> {
  const message = new UiMessage();
  yield [{ type: "start" }];
  try {
    // The stream is a chat or a tool run; events of other streams have no counterpart and are left out.
    for await (const batch of batchesOf(stream) as AsyncIterable<readonly (ToolRunEvent | { type: "retry" })[]>)
      yield batch.flatMap((event) => [...message.chunks(event)]);
  } catch (cause) {
    const { code, message: text } = toLumiverseError(cause);
    yield [code === "aborted" ? { type: "abort", reason: text } : { type: "error", errorText: text }];
    return;
  }
  yield [...message.end()];
}

class UiMessage {
  #inStep = false;
  #step = 0;
  #finishReason: FinishReason = "other";
  #metadata: JsonObject = {};
  /** The whole parts of the step. When one is replaced, the others are sent again. */
  readonly #parts: Map<number, Part> = new Map();
  /** The ids of the step's tool calls, by the index of their part. */
  readonly #callIds: Map<number, string> = new Map();
  /** Changes with every replacement, because an id cannot be used twice. */
  #generation = 0;

  *chunks(event: ToolRunEvent | { type: "retry" }): Generator<UiChunk> {
    switch (event.type) {
      case "retry":
        this.#parts.clear();
        this.#generation++;
        yield { type: "reset-step" };
        return;
      case "step-start":
        yield* this.#beginStep();
        return;
      case "tool-end": {
        const { id: toolCallId, result, output } = event;
        const { content } = result;
        if (result.isError === true)
          yield {
            type: "tool-output-error",
            toolCallId,
            errorText: typeof content === "string" ? content : JSON.stringify(content),
            dynamic: true,
          };
        else yield { type: "tool-output-available", toolCallId, output: output ?? content, dynamic: true };
        return;
      }
      case "approval-request":
        yield { type: "tool-approval-request", approvalId: event.call.id, toolCallId: event.call.id };
        return;
      case "step-end":
      case "tool-start":
      case "run-end":
        return;
      default:
        if (isObject(event) && typeof event.type === "string") yield* this.#chat(event);
    }
  }

  *end(): Generator<UiChunk> {
    if (this.#inStep) yield { type: "finish-step" };
    yield { type: "finish", finishReason: FINISH[this.#finishReason], messageMetadata: this.#metadata };
  }

  *#beginStep(): Generator<UiChunk> {
    // Results of tools belong to the step that called them, so a step ends when the next one begins.
    if (this.#inStep) yield { type: "finish-step" };
    yield { type: "start-step" };
    this.#inStep = true;
    this.#step++;
    this.#parts.clear();
  }

  *#chat(event: ChatEvent): Generator<UiChunk> {
    if (!this.#inStep) yield* this.#beginStep();
    switch (event.type) {
      case "part-start":
        if (event.kind === "tool-call") yield { type: "tool-input-start", toolCallId: event.id, toolName: event.name, dynamic: true };
        else yield { type: `${event.kind}-start`, id: this.#id(event.index) };
        if (event.kind === "tool-call") this.#callIds.set(event.index, event.id);
        return;
      case "text":
      case "reasoning":
        yield { type: `${event.type}-delta`, id: this.#id(event.index), delta: event.text };
        return;
      case "tool-call-delta":
        yield { type: "tool-input-delta", toolCallId: this.#callIds.get(event.index) ?? "", inputTextDelta: event.text };
        return;
      case "part-end":
        this.#parts.set(event.index, event.part);
        yield* this.#endPart(event.index, event.part);
        return;
      case "part":
        this.#parts.set(event.index, event.part);
        yield* this.#wholePart(event.index, event.part);
        return;
      case "replace":
        yield* this.#replace(event.index, event.part);
        return;
      case "start":
        if (event.model !== undefined) this.#metadata = { ...this.#metadata, model: event.model };
        return;
      case "usage":
        this.#metadata = { ...this.#metadata, usage: event.usage };
        return;
      case "finish":
        this.#finishReason = event.reason;
        return;
      case "note":
      case "vendor-fields":
        return;
      default:
        event satisfies never;
    }
  }

  *#endPart(index: number, part: Part): Generator<UiChunk> {
    if (part.type === "text" || part.type === "reasoning")
      yield { type: `${part.type}-end`, id: this.#id(index), ...metadataOf(part.replay) };
    else if (part.type === "tool-call") {
      const { id: toolCallId, name: toolName, input, inputError } = part;
      const call = { toolCallId, toolName, dynamic: true, ...metadataOf(part.replay) };
      if (inputError === undefined) yield { type: "tool-input-available", ...call, input };
      else yield { type: "tool-input-error", ...call, input: part.arguments, errorText: inputError };
    }
  }

  /** A part that was never streamed, or that is sent again. */
  *#wholePart(index: number, part: Part): Generator<UiChunk> {
    switch (part.type) {
      case "text":
      case "reasoning":
        yield { type: `${part.type}-start`, id: this.#id(index) };
        yield { type: `${part.type}-delta`, id: this.#id(index), delta: part.text };
        yield* this.#endPart(index, part);
        return;
      case "tool-call":
        yield* this.#endPart(index, part);
        return;
      case "source":
        if (part.url !== undefined)
          yield {
            type: "source-url",
            sourceId: this.#id(index),
            url: part.url,
            ...(part.title === undefined ? {} : { title: part.title }),
          };
        return;
      case "image":
      case "audio":
      case "file":
        yield {
          type: "file",
          mediaType: part.mediaType ?? "application/octet-stream",
          url: part.url ?? `data:${part.mediaType};base64,${part.data}`,
        };
        return;
      case "tool-result":
      case "opaque":
        return;
      default:
        part satisfies never;
    }
  }

  /** The format cannot take back a single part, so the step begins again with the others. */
  *#replace(index: number, part: Part | undefined): Generator<UiChunk> {
    if (part === undefined) this.#parts.delete(index);
    else this.#parts.set(index, part);
    this.#generation++;
    yield { type: "reset-step" };
    for (const [at, kept] of [...this.#parts].sort(([a], [b]) => a - b)) yield* this.#wholePart(at, kept);
  }

  #id(index: number): string {
    return `${this.#step}-${index}${this.#generation === 0 ? "" : `-${this.#generation}`}`;
  }
}

function metadataOf(replay: Replay | undefined): JsonObject {
  return replay === undefined ? {} : { providerMetadata: { lumiverse: { replay } } };
}
