/** What careless callers and cores do with a subject's calls; each is a mutant's fault (mutants-calling.ts). */
import { type ChatEvent, type ChatRequest, type ChatResponse, type ErrorFacts, LumiverseError } from "@lumiverse/core";
import type { Talk } from "./subject.ts";

export function rethrowing(talk: Talk, change: (error: unknown) => unknown): Talk {
  return {
    async *stream(request) {
      try {
        yield* talk.stream(request);
      } catch (error) {
        throw change(error);
      }
    },
    async generate(request): Promise<ChatResponse> {
      try {
        return await talk.generate(request);
      } catch (error) {
        throw change(error);
      }
    },
  };
}
export async function* changed(talk: Talk, request: ChatRequest, change: (event: ChatEvent) => ChatEvent[]): AsyncGenerator<ChatEvent> {
  for await (const event of talk.stream(request)) yield* change(event);
}
export function partless(error: unknown): unknown {
  if (error instanceof LumiverseError) error.partial = undefined;
  return error;
}
export async function* twice(talk: Talk, request: ChatRequest): AsyncGenerator<ChatEvent> {
  try {
    yield* talk.stream(request);
  } catch {
    yield* talk.stream(request);
  }
}
export async function* again(talk: Talk, request: ChatRequest): AsyncGenerator<ChatEvent> {
  let begun = false;
  try {
    for await (const event of talk.stream(request)) {
      begun = true;
      yield event;
    }
  } catch (error) {
    if (begun) throw error;
    yield* talk.stream(request);
  }
}
export function deaf({ signal: _signal, ...rest }: ChatRequest): ChatRequest {
  return rest;
}
/** An iteration whose end the source is not told. */
export function leaky(stream: AsyncIterable<ChatEvent>): AsyncIterable<ChatEvent> {
  return {
    [Symbol.asyncIterator]() {
      const inner = stream[Symbol.asyncIterator]();
      return { next: () => inner.next() };
    },
  };
}
export async function* hungry(stream: AsyncIterable<ChatEvent>): AsyncGenerator<ChatEvent> {
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
/** Whatever goes wrong is an answer that stopped. */
export function optimist(talk: Talk): Talk {
  return {
    async *stream(request) {
      try {
        yield* talk.stream(request);
      } catch {
        yield { type: "finish", reason: "stop" };
      }
    },
    generate: (request) => talk.generate(request).catch(() => NOTHING),
  };
}
/** Whatever goes well ends in an error, leaving included. */
export function pessimist(talk: Talk): Talk {
  const failure = (): LumiverseError => new LumiverseError({ code: "server", message: "nothing ever works" });
  return {
    stream: (request) => failing(talk.stream(request), failure),
    async generate(request): Promise<ChatResponse> {
      await talk.generate(request);
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
export function changedError(error: unknown, changes: Partial<ErrorFacts>): unknown {
  if (!(error instanceof LumiverseError)) return error;
  const { partial, cause } = error;
  return new LumiverseError({ ...error.toJSON(), partial, cause, ...changes } as ErrorFacts); // an absent field and an undefined one are the same to it
}
/** A fetch whose answers are held on to: neither a signal nor a cancelled body closes the connection. */
export function clinging(inner: typeof fetch): typeof fetch {
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
