import type { ChatEvent, ChatResponse } from "./chat.ts";
import type { ChatStream } from "./connection.ts";
import { LumiverseError } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import { aborted } from "./transport.ts";

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** The rim: one hand-written iterator over the queue. Reads the next packet only when the queue is empty. */
export class Stream<T> implements ChatStream<T>, AsyncIterator<ChatEvent> {
  readonly #exchange: Exchange;
  #head = 0;
  #thrown = false;
  #settled: Promise<ChatResponse<T>> | undefined;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  [Symbol.asyncIterator](): AsyncIterator<ChatEvent> {
    if (this.#settled !== undefined && !this.#exchange.keeping)
      throw new LumiverseError({
        code: "configuration",
        message: "this stream is being read by response(): iterate first, or call only one of the two",
      });
    this.#exchange.keeping = true;
    return this;
  }

  next(): Promise<IteratorResult<ChatEvent>> {
    const { queue, ready } = this.#exchange;
    const event = queue[this.#head];
    if (event === undefined || !ready) return this.#more();
    this.#head++;
    return Promise.resolve({ done: false, value: event });
  }

  async #more(): Promise<IteratorResult<ChatEvent>> {
    const exchange = this.#exchange;
    for (;;) {
      if (exchange.ready || exchange.ended) {
        const event = exchange.queue[this.#head];
        if (event !== undefined && exchange.ready) {
          this.#head++;
          return { done: false, value: event };
        }
        if (exchange.ended) {
          if (exchange.error === undefined || this.#thrown) return DONE;
          this.#thrown = true;
          throw exchange.error;
        }
        exchange.queue.length = 0;
        this.#head = 0;
      }
      await exchange.step();
    }
  }

  /** A loop that is left early. */
  async return(): Promise<IteratorResult<ChatEvent>> {
    this.#thrown = true;
    this.#exchange.stop(aborted("the stream was left before its end"));
    this.#exchange.queue.length = 0;
    return DONE;
  }

  response(): Promise<ChatResponse<T>> {
    // The value was validated by the caller's own schema.
    this.#settled ??= this.#exchange.response() as Promise<ChatResponse<T>>;
    return this.#settled;
  }

  abort(reason?: string): void {
    this.#exchange.stop(aborted(reason));
  }
}
