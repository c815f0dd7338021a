import type { ChatModelRunResult, MessageStatus } from "@assistant-ui/react";
import { type ChatEvent, type ChatResponse, isLumiverseError } from "@lumiverse/core";
import type { ConnectionView } from "@lumiverse/gateway/admin";
import { type Answer, failureOf } from "./answer.ts";
import { AnswerParts } from "./answer-parts.ts";
import type { RequestSettings } from "./chat-settings.ts";

/** An answer while it arrives: its parts, and what is known about it. */
export class ArrivingAnswer {
  readonly #started = performance.now();
  readonly #parts: AnswerParts;
  readonly #answer: Answer;
  #length = 0;

  constructor({ profile }: ConnectionView, model: string, settings: RequestSettings) {
    const hidesReasoning = profile.reasoning?.show === false;
    this.#parts = new AnswerParts(!hidesReasoning);
    this.#answer = {
      connection: profile.id,
      connectionName: profile.name,
      model,
      settings,
      ...(hidesReasoning ? { hidesReasoning } : {}),
      notes: [],
      attempts: [],
    };
  }

  /** Characters that have arrived. */
  get length(): number {
    return this.#length;
  }

  add(event: ChatEvent): void {
    this.#parts.add(event);
    if ("text" in event) this.#length += event.text.length;
    if (event.type === "text" || event.type === "reasoning") this.#answer.firstTokenMs ??= this.#elapsed();
  }

  /** The answer so far, for the chat component. */
  snapshot(status?: MessageStatus): ChatModelRunResult {
    return {
      content: this.#parts.content(),
      ...(status === undefined ? {} : { status }),
      metadata: { custom: { answer: { ...this.#answer } } },
    };
  }

  completed({ message, usage, cost, notes, attempts, finishReason, model, transport }: ChatResponse): ChatModelRunResult {
    Object.assign(this.#answer, {
      message,
      usage,
      notes,
      attempts,
      finishReason,
      answeredBy: model,
      totalMs: this.#elapsed(),
      url: transport.url,
      ...(cost === undefined ? {} : { cost }),
    } satisfies Partial<Answer>);
    return this.snapshot({ type: "complete", reason: "stop" });
  }

  failed(cause: unknown): ChatModelRunResult {
    const failure = failureOf(cause);
    Object.assign(this.#answer, {
      totalMs: this.#elapsed(),
      failure,
      ...(isLumiverseError(cause) ? { notes: cause.notes, attempts: cause.attempts } : {}),
    } satisfies Partial<Answer>);
    return this.snapshot({ type: "incomplete", reason: "error", error: failure.message });
  }

  #elapsed(): number {
    return performance.now() - this.#started;
  }
}
