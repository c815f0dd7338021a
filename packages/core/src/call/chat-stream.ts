import { LumiverseError } from "../chat/errors.ts";
import type { ChatEvent } from "../chat/event.ts";
import type { ChatResponse } from "../chat/response.ts";
import { aborted } from "../http/request-lifetime.ts";
import type { ChatCall } from "./chat-call.ts";
import type { ChatStream } from "./connection.ts";

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** An iterator over a call's queue, written by hand because it runs once per event. It reads the next packet only when the queue is empty. */
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
    if (this.#response !== undefined && !this.#call.queueing)
      throw new LumiverseError({
        code: "configuration",
        message: "response() already reads this stream",
        hint: "Iterate first and call response() afterwards, or use only one of the two",
      });
    this.#call.queueing = true;
    return this;
  }

  next(): Promise<IteratorResult<ChatEvent>> {
    const { queue, ready } = this.#call;
    const event = queue[this.#head];
    if (event === undefined || !ready) return this.#readMore();
    this.#head++;
    return Promise.resolve({ done: false, value: event });
  }

  async #readMore(): Promise<IteratorResult<ChatEvent>> {
    const call = this.#call;
    for (;;) {
      if (call.ready || call.ended) {
        const event = call.queue[this.#head];
        if (event !== undefined && call.ready) {
          this.#head++;
          return { done: false, value: event };
        }
        if (call.ended) {
          if (call.error === undefined || this.#closed) return DONE;
          this.#closed = true;
          throw call.error;
        }
        call.queue.length = 0;
        this.#head = 0;
      }
      await call.step();
    }
  }

  /** The loop was left early. */
  async return(): Promise<IteratorResult<ChatEvent>> {
    this.#closed = true;
    this.#call.stop(aborted("the iteration ended before the stream did"));
    this.#call.queue.length = 0;
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
