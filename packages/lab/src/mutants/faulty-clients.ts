/** Wrappers that make calls faulty. calling-mutants.ts and reading-mutants.ts use them. */

import type { ChatClient } from "@lumiverse/conformance/internals";
import { type ChatEvent, type ChatRequest, type ChatResponse, LumiverseError, type LumiverseErrorOptions } from "@lumiverse/core/provider";

/** Changes every thrown error. */
export function rethrowing(client: ChatClient, change: (error: unknown) => unknown): ChatClient {
  return {
    async *stream(request) {
      try {
        yield* client.stream(request);
      } catch (error) {
        throw change(error);
      }
    },
    async generate(request): Promise<ChatResponse> {
      try {
        return await client.generate(request);
      } catch (error) {
        throw change(error);
      }
    },
  };
}
/** Changes the events of a stream. */
export async function* changedEvents(
  client: ChatClient,
  request: ChatRequest,
  change: (event: ChatEvent) => ChatEvent[],
): AsyncGenerator<ChatEvent> {
  for await (const event of client.stream(request)) yield* change(event);
}
/** Removes the partial answer from an error. */
export function withoutPartial(error: unknown): unknown {
  if (error instanceof LumiverseError) error.partial = undefined;
  return error;
}
/** Repeats a failed stream, even after content. */
export async function* retryAfterContent(client: ChatClient, request: ChatRequest): AsyncGenerator<ChatEvent> {
  try {
    yield* client.stream(request);
  } catch {
    yield* client.stream(request);
  }
}
/** Repeats a stream that failed before its first event. */
export async function* retryBeforeContent(client: ChatClient, request: ChatRequest): AsyncGenerator<ChatEvent> {
  let begun = false;
  try {
    for await (const event of client.stream(request)) {
      begun = true;
      yield event;
    }
  } catch (error) {
    if (begun) throw error;
    yield* client.stream(request);
  }
}
/** Removes the signal from a request. */
export function withoutSignal({ signal: _signal, ...rest }: ChatRequest): ChatRequest {
  return rest;
}
/** An iterable that does not tell its source when the iteration stops early. */
export function withoutReturn(stream: AsyncIterable<ChatEvent>): AsyncIterable<ChatEvent> {
  return {
    [Symbol.asyncIterator]() {
      const inner = stream[Symbol.asyncIterator]();
      return { next: () => inner.next() };
    },
  };
}
/** Reads the stream as fast as possible, independently of the caller. */
export async function* readAhead(stream: AsyncIterable<ChatEvent>): AsyncGenerator<ChatEvent> {
  const held: ChatEvent[] = [];
  let over = false;
  let failure: unknown;
  const inner = stream[Symbol.asyncIterator]();
  const drained = (async () => {
    try {
      for (let one = await inner.next(); one.done !== true; one = await inner.next()) held.push(one.value);
    } catch (error) {
      failure = error;
    }
    over = true;
  })();
  try {
    while (!over || held.length > 0) {
      const event = held.shift();
      if (event !== undefined) yield event;
      else await Promise.race([drained, new Promise((resolve) => setTimeout(resolve, 1))]);
    }
  } finally {
    await inner.return?.();
  }
  if (failure !== undefined) throw failure;
}

const NOTHING: ChatResponse = {
  model: "none",
  message: { role: "assistant", content: [] },
  text: "",
  reasoning: "",
  toolCalls: [],
  sources: [],
  finishReason: "stop",
  usage: { completeness: "unknown" },
  notes: [],
  attempts: [],
  transport: { url: "", status: 200, streamed: true, totalMs: 0 },
  details: {},
};
/** Turns every failure into an answer. */
export function neverFails(client: ChatClient): ChatClient {
  return {
    async *stream(request) {
      try {
        yield* client.stream(request);
      } catch {
        yield { type: "finish", reason: "stop" };
      }
    },
    generate: (request) => client.generate(request).catch(() => NOTHING),
  };
}
/** Turns every success into an error, also when the iteration stops early. */
export function alwaysFails(client: ChatClient): ChatClient {
  const failure = (): LumiverseError => new LumiverseError({ code: "server", message: "nothing ever works" });
  return {
    stream: (request) => failing(client.stream(request), failure),
    async generate(request): Promise<ChatResponse> {
      await client.generate(request);
      throw failure();
    },
  };
}
function failing(stream: AsyncIterable<ChatEvent>, failure: () => Error): AsyncIterable<ChatEvent> {
  return {
    [Symbol.asyncIterator]() {
      const inner = stream[Symbol.asyncIterator]();
      return {
        async next() {
          const one = await inner.next();
          if (one.done === true) throw failure();
          return one;
        },
        async return() {
          await inner.return?.();
          throw failure();
        },
      };
    },
  };
}
/** A copy of an error with changes. */
export function changedError(error: unknown, changes: Partial<LumiverseErrorOptions>): unknown {
  if (!(error instanceof LumiverseError)) return error;
  const { partial, cause } = error;
  return new LumiverseError({ ...error.toJSON(), partial, cause, ...changes } as LumiverseErrorOptions); // it treats absent and undefined fields alike
}
/** A fetch whose connections stay open, although the signal aborts or the body is cancelled. */
export function keepOpen(inner: typeof fetch): typeof fetch {
  return async (input, init) => {
    const { signal: _signal, ...rest } = init ?? {};
    const response = await inner(input, rest);
    const reader = response.body?.getReader();
    if (reader === undefined) return response;
    const held = new ReadableStream<Uint8Array<ArrayBuffer>>({
      async pull(controller) {
        const { done, value } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
    });
    return new Response(held, { status: response.status, headers: response.headers });
  };
}
