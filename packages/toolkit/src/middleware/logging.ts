/** Reports every call to a function. */
import type { ChatRequest, ChatResponse, Connection, Cost, ErrorCode, Note, Usage } from "@lumiverse/core";
import { clock } from "@lumiverse/core/provider";
import { toLumiverseError } from "../shared/errors.ts";
import { forward, wrapConnection } from "../shared/wrap-connection.ts";

/** One entry of the log. Plain data; without `content` it holds no secret and nothing that a person or a model wrote. */
export type LogEntry =
  | {
      type: "start";
      call: number;
      provider: string;
      model: string;
      streaming: boolean;
      messages: number;
      content?: ChatRequest["messages"];
    }
  | {
      type: "end";
      call: number;
      provider: string;
      model: string;
      finishReason: ChatResponse["finishReason"];
      usage: Usage;
      cost?: Cost;
      attempts: number;
      notes: readonly Note[];
      ms: number;
      content?: ChatResponse["message"];
    }
  | { type: "error"; call: number; provider: string; model: string; code: ErrorCode; message: string; attempts: number; ms: number }
  /** The caller left the stream before its end. */
  | { type: "left"; call: number; provider: string; model: string; ms: number };

/** Where entries go, and whether they hold content. */
export interface LoggingOptions {
  log: (entry: LogEntry) => void;
  /** Also log messages and answers. Default false. */
  content?: boolean;
}

/** A connection that reports the start and the end of every call. An error thrown by `log` does not reach the call. */
export function withLogging(connection: Connection, options: LoggingOptions): Connection {
  const provider = connection.provider.id;
  let calls = 0;
  const begin = (request: ChatRequest, streaming: boolean): CallLog => startLog(options, ++calls, provider, request, streaming);
  return wrapConnection(connection, {
    async *stream(request, signal) {
      const entry = begin(request, true);
      let over = false;
      try {
        const response = yield* forward(connection.stream({ ...request, signal }));
        over = true;
        entry.end(response);
        return response;
      } catch (cause) {
        over = true;
        entry.fail(cause);
        throw cause;
      } finally {
        if (!over) entry.leave();
      }
    },
    async generate(request) {
      const entry = begin(request, false);
      try {
        const response = await connection.generate(request);
        entry.end(response);
        return response;
      } catch (cause) {
        entry.fail(cause);
        throw cause;
      }
    },
  });
}

/** Writes the last entry of a call. */
interface CallLog {
  end(response: ChatResponse): void;
  fail(cause: unknown): void;
  leave(): void;
}

/** Writes the first entry of a call. */
function startLog(options: LoggingOptions, call: number, provider: string, { model, messages }: ChatRequest, streaming: boolean): CallLog {
  const log = (entry: LogEntry): void => {
    try {
      options.log(entry);
    } catch {
      // A broken log must not break the call.
    }
  };
  const startedAt = clock();
  log({
    type: "start",
    call,
    provider,
    model,
    streaming,
    messages: messages.length,
    ...(options.content === true ? { content: messages } : {}),
  });
  return {
    end: ({ model: usedModel, finishReason, usage, cost, attempts, notes, message }) =>
      log({
        type: "end",
        call,
        provider,
        model: usedModel,
        finishReason,
        usage,
        ...(cost === undefined ? {} : { cost }),
        attempts: attempts.length,
        notes,
        ms: clock() - startedAt,
        ...(options.content === true ? { content: message } : {}),
      }),
    fail(cause) {
      const { code, message, attempts } = toLumiverseError(cause);
      log({ type: "error", call, provider, model, code, message, attempts: attempts.length, ms: clock() - startedAt });
    },
    leave: () => log({ type: "left", call, provider, model, ms: clock() - startedAt }),
  };
}
