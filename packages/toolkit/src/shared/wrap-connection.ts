import type { ChatEvent, ChatRequest, ChatResponse, ChatStream, Connection } from "@lumiverse/core";
import { createBatchStream } from "./event-stream.ts";

/** How a middleware answers. `stream` yields batches of events. `signal` aborts with the stream; pass it on inside the request. */
export interface ConnectionMethods {
  stream(request: ChatRequest, signal: AbortSignal): AsyncGenerator<readonly ChatEvent[], ChatResponse>;
  generate(request: ChatRequest): Promise<ChatResponse>;
}

/** The connection with other ways to stream and to generate. Everything else is passed through. */
export function wrapConnection(connection: Connection, methods: ConnectionMethods): Connection {
  return {
    ...passThrough(connection),
    stream: <T>(request: ChatRequest<T>): ChatStream<T> => {
      const stream = createBatchStream((signal) => methods.stream(request, signal), request.signal);
      // The caller's own schema validates the output.
      return stream as ChatStream<T>;
    },
    generate: <T>(request: ChatRequest<T>): Promise<ChatResponse<T>> => methods.generate(request) as Promise<ChatResponse<T>>,
  };
}

function passThrough(connection: Connection): Omit<Connection, "stream" | "generate"> {
  return {
    provider: connection.provider,
    baseURL: connection.baseURL,
    explain: (request, options) => connection.explain(request, options),
    models: (options) => connection.models(options),
    check: (options) => connection.check(options),
    account: (options) => connection.account(options),
    countTokens: (request, options) => connection.countTokens(request, options),
    supports: (capability, model) => connection.supports(capability, model),
    probe: (options) => connection.probe(options),
    close: () => connection.close(),
  };
}

/** All events of a stream, and then its response. Leaving it early aborts the stream. */
export async function* forward(stream: ChatStream): AsyncGenerator<readonly ChatEvent[], ChatResponse> {
  yield* stream.batches();
  return stream.response();
}
