import { LumiverseError } from "../chat/errors.ts";
import type { ChatEvent } from "../chat/event.ts";
import type { ChatResponse } from "../chat/response.ts";
import { aborted } from "../http/request-lifetime.ts";
import type { ChatCall } from "./chat-call.ts";
import type { ChatStream } from "./connection.ts";

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** Iterators over a call's queue, written by hand because one of them runs once per event. They read the next packet only when the queue is empty. */
export class CallStream<T> implements ChatStream<T>, AsyncIterator<ChatEvent> {
  readonly #call: ChatCall;
  #head = 0;
  /** The error was thrown, or the loop was left. */
  #closed = false;
  #response: Promise<ChatResponse<T>> | undefined;

  constructor(call: ChatCall) {
    this.#call = call;
  }

  [Symbol.asyncIterator](): AsyncIterator<ChatEvent> {
    this.#startIterating("events");
    return this;
  }

  batches(): AsyncIterable<readonly ChatEvent[]> {
    return {
      [Symbol.asyncIterator]: () => {
        this.#startIterating("batches");
        return { next: () => this.#readUntil(this.#takeBatch), return: () => this.return() };
      },
    };
  }

  #startIterating(consumer: "events" | "batches"): void {
    if (this.#response !== undefined && this.#call.consumer === "response")
      throw new LumiverseError({
        code: "configuration",
        message: "response() already reads this stream",
        hint: "Iterate first and call response() afterwards, or use only one of the two",
      });
    this.#call.consumer = consumer;
  }

  next(): Promise<IteratorResult<ChatEvent>> {
    const event = this.#call.ready ? this.#takeEvent() : undefined;
    return event === undefined ? this.#readUntil(this.#takeEvent) : Promise.resolve({ done: false, value: event });
  }

  #takeEvent(): ChatEvent | undefined {
    const event = this.#call.queue[this.#head];
    if (event !== undefined) this.#head++;
    return event;
  }

  #takeBatch(): ChatEvent[] | undefined {
    const batch = this.#call.queue.slice(this.#head);
    this.#clearQueue();
    return batch.length === 0 ? undefined : batch;
  }

  /** Reads packets until there is something to take that may be handed out. */
  async #readUntil<V>(take: (this: this) => V | undefined): Promise<IteratorResult<V, undefined>> {
    const call = this.#call;
    for (;;) {
      const value = call.ready ? take.call(this) : undefined;
      if (value !== undefined) return { done: false, value };
      if (call.ended) {
        if (call.error === undefined || this.#closed) return DONE;
        this.#closed = true;
        throw call.error;
      }
      if (call.ready) this.#clearQueue();
      await call.step();
    }
  }

  #clearQueue(): void {
    this.#call.queue.length = 0;
    this.#head = 0;
  }

  /** The loop was left early. */
  async return(): Promise<IteratorReturnResult<undefined>> {
    this.#closed = true;
    this.#call.stop(aborted("the iteration ended before the stream did"));
    this.#clearQueue();
    return DONE;
  }

  response(): Promise<ChatResponse<T>> {
    // The caller's own schema validates the output.
    this.#response ??= this.#call.response() as Promise<ChatResponse<T>>;
    return this.#response;
  }

  abort(reason?: string): void {
    this.#call.stop(aborted(reason));
  }
}
