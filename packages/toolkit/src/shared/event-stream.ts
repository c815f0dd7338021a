import { isLumiverseError, LumiverseError } from "@lumiverse/core";

/** Events as they arrive, and the result that they add up to. A `ChatStream` is one. */
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
  return openStream(generate, (queue, event) => queue.push(event), callerSignal);
}

/** `createEventStream` from a generator that yields arrays of events, so that a whole packet passes with one wait. */
export function createBatchStream<E, R>(
  generate: (signal: AbortSignal) => AsyncGenerator<readonly E[], R>,
  callerSignal?: AbortSignal,
): EventStream<E, R> {
  const append = (queue: E[], batch: readonly E[]): void => {
    for (const event of batch) queue.push(event);
  };
  return openStream(generate, append, callerSignal);
}

/** A stream whose events wait in a queue until an iterator reads them. `append` adds what the generator yielded to the queue. */
function openStream<Y, E, R>(
  generate: (signal: AbortSignal) => AsyncGenerator<Y, R>,
  append: (queue: E[], yielded: Y) => void,
  callerSignal: AbortSignal | undefined,
): EventStream<E, R> {
  const controller = new AbortController();
  const signal = callerSignal === undefined ? controller.signal : AbortSignal.any([callerSignal, controller.signal]);
  const queue: E[] = [];
  let head = 0;
  let source: AsyncGenerator<Y, R> | undefined;
  let outcome: { value: R } | { error: unknown } | undefined;
  /** True once an iterator reads the queue. Without one, events are dropped, and only the result counts. */
  let queueing = false;
  let closed = false;
  let running: Promise<void> | undefined;
  let response: Promise<R> | undefined;

  const advance = async (): Promise<void> => {
    source ??= generate(signal);
    try {
      const step = await source.next();
      if (step.done === true) outcome ??= { value: step.value };
      else if (queueing && !closed) append(queue, step.value);
    } catch (error) {
      outcome ??= { error };
    } finally {
      running = undefined;
    }
  };
  /** Readers that arrive while a step runs share it. */
  const step = (): Promise<void> => {
    running ??= advance();
    return running;
  };
  const read = async (): Promise<R> => {
    while (outcome === undefined) await step();
    if ("error" in outcome) throw outcome.error;
    return outcome.value;
  };
  const takeEvent = (): E | undefined => {
    const event = queue[head];
    if (event !== undefined) head++;
    return event;
  };
  const takeBatch = (): E[] | undefined => {
    const batch = queue.slice(head);
    head = queue.length;
    return batch.length === 0 ? undefined : batch;
  };
  const iteratorOf = <V>(take: () => V | undefined): AsyncIterator<V> => ({
    async next() {
      for (;;) {
        const value = take();
        if (value !== undefined) return { done: false, value };
        queue.length = 0;
        head = 0;
        if (closed) return DONE;
        if (outcome !== undefined) {
          closed = true;
          if ("error" in outcome) throw outcome.error;
          return DONE;
        }
        await step();
      }
    },
    async return() {
      closed = true;
      queue.length = 0;
      if (outcome === undefined) {
        const error = abortError("the iteration ended before the stream did");
        controller.abort(error);
        outcome = { error };
        // Ends the generator where it is; its `finally` blocks close what it opened. A step that still runs ends by the signal, and is not waited for.
        const ended = source?.return(undefined as never).catch(() => {});
        if (running === undefined) await ended;
      }
      return DONE;
    },
  });
  const iterate = <V>(take: () => V | undefined): AsyncIterator<V> => {
    if (response !== undefined && !queueing)
      throw new LumiverseError({
        code: "configuration",
        message: "response() already reads this stream",
        hint: "Iterate first and call response() afterwards, or use only one of the two",
      });
    queueing = true;
    return iteratorOf(take);
  };
  return {
    [Symbol.asyncIterator]: () => iterate(takeEvent),
    batches: () => ({ [Symbol.asyncIterator]: () => iterate(takeBatch) }),
    response() {
      response ??= read();
      return response;
    },
    abort(reason) {
      if (outcome === undefined) controller.abort(abortError(reason));
    },
  };
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
