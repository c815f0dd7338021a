import { isLumiverseError, LumiverseError } from "@lumiverse/core";

/** Events as they arrive, and what they add up to. A `ChatStream` is one. */
export interface EventStream<E, R> extends AsyncIterable<E> {
  /** The same events in arrays, which are never empty: those that had arrived together. Each event is delivered once, whichever of the two reads it. */
  batches(): AsyncIterable<readonly E[]>;
  /** The result. Reads the stream to its end if nobody iterates it. Rejects with the error that ended the stream. */
  response(): Promise<R>;
  /** Ends the work and closes its socket. */
  abort(reason?: string): void;
}

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

/**
 * A stream from a generator that yields the events and returns the result. The generator starts with the first reader. It receives a signal that aborts
 * when the stream is aborted, when its loop is left early, or when the caller's own signal aborts.
 */
export function createEventStream<E, R>(
  generate: (signal: AbortSignal) => AsyncGenerator<E, R>,
  callerSignal?: AbortSignal,
): EventStream<E, R> {
  return new GeneratedStream(generate, (queue, event) => queue.push(event), callerSignal);
}

/** `createEventStream` from a generator that yields arrays of events, so that a whole packet passes with one wait. */
export function createBatchStream<E, R>(
  generate: (signal: AbortSignal) => AsyncGenerator<readonly E[], R>,
  callerSignal?: AbortSignal,
): EventStream<E, R> {
  const append = (queue: E[], batch: readonly E[]): void => {
    for (const event of batch) queue.push(event);
  };
  return new GeneratedStream(generate, append, callerSignal);
}

/** Steps the generator when somebody reads. Events wait in a queue for the iterator, and the outcome waits for `response()`. */
class GeneratedStream<Y, E, R> implements EventStream<E, R> {
  readonly #generate: (signal: AbortSignal) => AsyncGenerator<Y, R>;
  /** Adds what the generator yielded to the queue. */
  readonly #append: (queue: E[], yielded: Y) => void;
  readonly #controller: AbortController = new AbortController();
  readonly #signal: AbortSignal;
  readonly #queue: E[] = [];
  /** The index of the first event of the queue that was not read. */
  #head = 0;
  #source: AsyncGenerator<Y, R> | undefined;
  #outcome: { value: R } | { error: unknown } | undefined;
  /** An iterator reads the queue. Otherwise events are only counted towards the result. */
  #isIterated = false;
  #isClosed = false;
  #running: Promise<void> | undefined;
  #response: Promise<R> | undefined;

  constructor(
    generate: (signal: AbortSignal) => AsyncGenerator<Y, R>,
    append: (queue: E[], yielded: Y) => void,
    callerSignal: AbortSignal | undefined,
  ) {
    const { signal } = this.#controller;
    this.#generate = generate;
    this.#append = append;
    this.#signal = callerSignal === undefined ? signal : AbortSignal.any([callerSignal, signal]);
  }

  [Symbol.asyncIterator](): AsyncIterator<E> {
    return this.#iterate(() => this.#takeEvent());
  }

  batches(): AsyncIterable<readonly E[]> {
    return { [Symbol.asyncIterator]: () => this.#iterate(() => this.#takeBatch()) };
  }

  response(): Promise<R> {
    this.#response ??= this.#read();
    return this.#response;
  }

  abort(reason?: string): void {
    if (this.#outcome === undefined) this.#controller.abort(abortError(reason));
  }

  async #read(): Promise<R> {
    while (this.#outcome === undefined) await this.#step();
    if ("error" in this.#outcome) throw this.#outcome.error;
    return this.#outcome.value;
  }

  /** Readers that arrive while a step runs share it. */
  #step(): Promise<void> {
    this.#running ??= this.#advance();
    return this.#running;
  }

  async #advance(): Promise<void> {
    this.#source ??= this.#generate(this.#signal);
    try {
      const step = await this.#source.next();
      if (step.done === true) this.#outcome ??= { value: step.value };
      else if (this.#isIterated && !this.#isClosed) this.#append(this.#queue, step.value);
    } catch (error) {
      this.#outcome ??= { error };
    } finally {
      this.#running = undefined;
    }
  }

  #iterate<V>(take: () => V | undefined): AsyncIterator<V> {
    if (this.#response !== undefined && !this.#isIterated)
      throw new LumiverseError({
        code: "configuration",
        message: "response() already reads this stream",
        hint: "Iterate first and call response() afterwards, or use only one of the two",
      });
    this.#isIterated = true;
    return { next: () => this.#next(take), return: () => this.#leave() };
  }

  async #next<V>(take: () => V | undefined): Promise<IteratorResult<V, undefined>> {
    for (;;) {
      const value = take();
      if (value !== undefined) return { done: false, value };
      this.#queue.length = 0;
      this.#head = 0;
      if (this.#isClosed) return DONE;
      if (this.#outcome !== undefined) {
        this.#isClosed = true;
        if ("error" in this.#outcome) throw this.#outcome.error;
        return DONE;
      }
      await this.#step();
    }
  }

  async #leave(): Promise<IteratorReturnResult<undefined>> {
    this.#isClosed = true;
    this.#queue.length = 0;
    if (this.#outcome === undefined) {
      const error = abortError("the iteration ended before the stream did");
      this.#controller.abort(error);
      this.#outcome = { error };
      // Ends the generator where it is; its `finally` blocks close what it opened. A step that still runs ends by the signal, and is not waited for.
      const ended = this.#source?.return(undefined as never).catch(() => {});
      if (this.#running === undefined) await ended;
    }
    return DONE;
  }

  #takeEvent(): E | undefined {
    const event = this.#queue[this.#head];
    if (event !== undefined) this.#head++;
    return event;
  }

  #takeBatch(): E[] | undefined {
    const batch = this.#queue.slice(this.#head);
    this.#head = this.#queue.length;
    return batch.length === 0 ? undefined : batch;
  }
}

/** The error of work that was ended from outside. */
export function abortError(reason?: unknown): LumiverseError {
  if (isLumiverseError(reason)) return reason;
  const detail = typeof reason === "string" ? `: ${reason}` : "";
  return new LumiverseError({
    code: "aborted",
    message: `the call was aborted${detail}`,
    ...(reason === undefined ? {} : { cause: reason }),
  });
}

/** Starts work that may ignore the signal, and waits for it no longer than until the signal aborts. */
export async function until<T>(start: () => T | Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) throw abortError(signal.reason);
  let stop = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(abortError(signal.reason));
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    // The race also handles a rejection that comes after the abort.
    return await Promise.race([start(), aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
