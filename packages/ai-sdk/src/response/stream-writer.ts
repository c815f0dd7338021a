/** The events of a stream as the SDK's stream parts. */
import type { LanguageModelV4StreamPart, SharedV4Warning } from "@ai-sdk/provider";
import { type ChatEvent, LumiverseError, type Part, type ToolCallPart } from "@lumiverse/core";
import { writeMetadata } from "../metadata.ts";
import { warningOf } from "../warnings.ts";
import { contentOf, toolCallContent } from "./content.ts";
import { ExecutedTools } from "./provider-executed.ts";

type OpenPart = { kind: "text" | "reasoning" | "tool-call"; id: string };

export class StreamWriter {
  readonly #emit: (part: LanguageModelV4StreamPart) => void;
  readonly #open: Map<number, OpenPart> = new Map();
  readonly #executed: ExecutedTools = new ExecutedTools();
  /** Warnings about the request, until the first event of the answer. */
  #warnings: SharedV4Warning[] | undefined;
  /**
   * Calls that ended, until the next event shows that the answer goes on. A stream that breaks off ends its open parts before it throws, and a call that was
   * cut must not run.
   */
  #endedCalls: ToolCallPart[] = [];
  /** Counts the parts that were taken back, because an id cannot be used twice. */
  #generation = 0;

  constructor(warnings: readonly SharedV4Warning[], emit: (part: LanguageModelV4StreamPart) => void) {
    this.#warnings = [...warnings];
    this.#emit = emit;
  }

  write(event: ChatEvent): void {
    if (event.type === "note") {
      // Later notes are in the metadata of the answer.
      this.#warnings?.push(warningOf(event.note));
      return;
    }
    this.begin();
    if (event.type !== "part-end") this.#emitEndedCalls();
    switch (event.type) {
      case "start":
        this.#emit({
          type: "response-metadata",
          ...(event.id === undefined ? {} : { id: event.id }),
          ...(event.model === undefined ? {} : { modelId: event.model }),
        });
        return;
      case "part-start":
        this.#start(event);
        return;
      case "text":
      case "reasoning":
        this.#emit({ type: `${event.type}-delta`, id: this.#idOf(event.index), delta: event.text });
        return;
      case "tool-call-delta":
        this.#emit({ type: "tool-input-delta", id: this.#idOf(event.index), delta: event.text });
        return;
      case "part-end":
        this.#end(event.index, event.part);
        return;
      case "part":
        this.#whole(event.index, event.part);
        return;
      case "replace":
        this.#replace(event.index, event.part);
        return;
      case "vendor-fields":
        return;
      case "usage":
      case "finish":
        // Both are read from the response.
        return;
      default:
        event satisfies never;
    }
  }

  /** Emits the warnings, once. */
  begin(): void {
    if (this.#warnings === undefined) return;
    this.#emit({ type: "stream-start", warnings: this.#warnings });
    this.#warnings = undefined;
  }

  #start(event: Extract<ChatEvent, { type: "part-start" }>): void {
    if (event.kind === "tool-call") {
      this.#open.set(event.index, { kind: event.kind, id: event.id });
      this.#emit({ type: "tool-input-start", id: event.id, toolName: event.name });
      return;
    }
    const id = this.#newId(event.index);
    this.#open.set(event.index, { kind: event.kind, id });
    this.#emit({ type: `${event.kind}-start`, id });
  }

  #end(index: number, part: Part): void {
    const id = this.#idOf(index);
    this.#open.delete(index);
    if (part.type === "text" || part.type === "reasoning")
      this.#emit({ type: `${part.type}-end`, id, ...writeMetadata({ replay: part.replay }) });
    else if (part.type === "tool-call") this.#endedCalls.push(part);
  }

  #emitEndedCalls(): void {
    if (this.#endedCalls.length === 0) return;
    for (const part of this.#endedCalls) {
      this.#emit({ type: "tool-input-end", id: part.id });
      this.#emit(toolCallContent(part));
    }
    this.#endedCalls = [];
  }

  /** A part that was not streamed. */
  #whole(index: number, part: Part): void {
    const id = this.#newId(index);
    if (part.type !== "text" && part.type !== "reasoning") {
      for (const content of contentOf(part, id, this.#executed)) this.#emit(content);
      return;
    }
    this.#emit({ type: `${part.type}-start`, id });
    if (part.text !== "") this.#emit({ type: `${part.type}-delta`, id, delta: part.text });
    this.#emit({ type: `${part.type}-end`, id, ...writeMetadata({ replay: part.replay }) });
  }

  /**
   * The SDK has no part that takes something back. So the open part ends with a mark, with which it is not sent back to the vendor, and the replacement follows
   * under another id. Without a replacement, the host begins its answer anew, and two answers in one would be wrong.
   */
  #replace(index: number, part: Part | undefined): void {
    const open = this.#open.get(index);
    this.#open.delete(index);
    this.#generation++;
    if (part === undefined && open?.kind !== "reasoning") throw restarted();
    if (open !== undefined && open.kind !== "tool-call")
      this.#emit({ type: `${open.kind}-end`, id: open.id, ...writeMetadata({ replaced: true }) });
    if (part !== undefined) this.#whole(index, part);
  }

  #idOf(index: number): string {
    return this.#open.get(index)?.id ?? this.#newId(index);
  }

  #newId(index: number): string {
    return this.#generation === 0 ? String(index) : `${index}-${this.#generation}`;
  }
}

function restarted(): LumiverseError {
  return new LumiverseError({
    code: "server",
    retryable: true,
    message: "the host began its answer anew after a part of it had been delivered",
    hint: "Repeat the call: a stream of the SDK cannot take a part back",
  });
}
