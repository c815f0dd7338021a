/** Reads a response of `toResponse`, in a browser or anywhere else. */
import { type ChatEvent, type ChatResponse, type ErrorCode, LumiverseError, type LumiverseErrorOptions } from "@lumiverse/core";
import { isObject } from "@lumiverse/core/provider";
import { createParser, type EventSourceMessage } from "eventsource-parser";
import { messageOf } from "../shared/errors.ts";
import { abortError, createEventStream, type EventStream } from "../shared/event-stream.ts";
import { type Frame, isLast, STREAM_ID_HEADER } from "./frame.ts";
import { AnswerParts, type ResponseEnvelope } from "./rebuild.ts";

/** How a stream is read, and how it is resumed. */
export interface ReadOptions {
  /** Requests the rest of a stream whose connection was lost: a call to the route that returns `resumeResponse`. Default: a lost connection is an error. */
  resume?: (position: { id: string; after: number }) => Promise<Response>;
  /** Resumptions at most. Default 5. */
  maxResumes?: number;
  signal?: AbortSignal;
}

/** Characters of one event at most. */
const LONGEST_EVENT = 64_000_000;

/**
 * The same events that the server's stream yielded, and the same response. For a tool run, name its types:
 * `readStream<ToolRunEvent, ToolRunResult>(response)`.
 *
 * Leaving the loop early closes the connection; the server then ends its stream, unless it has a store.
 */
export function readStream<E = ChatEvent, R = ChatResponse>(
  response: Response | Promise<Response>,
  options: ReadOptions = {},
): EventStream<E, R> {
  // The server sent these types; JSON does not carry them.
  return createEventStream((signal) => read(response, options, signal) as AsyncGenerator<E, R>, options.signal);
}

async function* read(given: Response | Promise<Response>, options: ReadOptions, signal: AbortSignal): AsyncGenerator<unknown, unknown> {
  const parts = new AnswerParts();
  let response = await given;
  const id = response.headers.get(STREAM_ID_HEADER);
  let after = 0;
  for (let resumes = 0; ; resumes++) {
    let lost: unknown;
    try {
      for await (const frame of framesIn(response, signal)) {
        // A resumed stream may repeat what was read already.
        if (frame.id <= after) continue;
        after = frame.id;
        if (isLast(frame)) return resultOf(frame, parts);
        const event: unknown = JSON.parse(frame.data);
        parts.add(event as ChatEvent); // other events have none of its types
        yield event;
      }
    } catch (cause) {
      if (signal.aborted || !(cause instanceof ConnectionLost)) throw cause;
      lost = cause.cause;
    }
    if (options.resume === undefined || id === null || resumes >= (options.maxResumes ?? 5)) throw truncated(lost);
    response = await options.resume({ id, after });
  }
}

/** Reading the body failed. Other errors of reading are not about the connection. */
class ConnectionLost extends Error {}

async function* framesIn(response: Response, signal: AbortSignal): AsyncGenerator<Frame> {
  if (!response.ok || response.body === null) throw await refused(response);
  const frames: Frame[] = [];
  const parser = createParser({
    onEvent: (message) => {
      const frame = frameOf(message);
      if (frame !== undefined) frames.push(frame);
    },
    maxBufferSize: LONGEST_EVENT,
  });
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  const cancel = (): void => void reader.cancel().catch(() => {});
  signal.addEventListener("abort", cancel, { once: true });
  try {
    for (;;) {
      const { done, value } = await readPacket(reader);
      if (signal.aborted) throw abortError(signal.reason);
      if (done) return;
      parser.feed(decoder.decode(value, { stream: true }));
      yield* frames.splice(0);
    }
  } finally {
    signal.removeEventListener("abort", cancel);
    cancel();
  }
}

async function readPacket(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<ReadableStreamReadResult<Uint8Array>> {
  try {
    return await reader.read();
  } catch (cause) {
    throw new ConnectionLost("the connection was lost", { cause });
  }
}

function frameOf({ event, data, id }: EventSourceMessage): Frame | undefined {
  const number = Number(id);
  if (!Number.isInteger(number)) return undefined;
  if (event === "response" || event === "result" || event === "error") return { id: number, event, data };
  return { id: number, data };
}

function resultOf({ event, data }: Frame, parts: AnswerParts): unknown {
  const json: unknown = JSON.parse(data);
  if (event === "error") throw errorOf(json);
  // The server made it with `responseEnvelope`.
  return event === "response" ? parts.complete(json as ResponseEnvelope) : json;
}

function errorOf(json: unknown): LumiverseError {
  const fields = isObject(json) ? json : {};
  const { name: _, code, message, ...rest } = fields;
  return new LumiverseError({
    ...(rest as Partial<LumiverseErrorOptions>), // written by `LumiverseError.toJSON`
    code: typeof code === "string" ? (code as ErrorCode) : "server",
    message: typeof message === "string" ? message : "the stream failed",
  });
}

async function refused(response: Response): Promise<LumiverseError> {
  const text = await response.text().catch((cause: unknown) => messageOf(cause));
  return new LumiverseError({
    code: response.status === 404 ? "not-found" : "server",
    message: `the server answered with status ${response.status}: ${text.slice(0, 200)}`,
    status: response.status,
  });
}

function truncated(cause: unknown): LumiverseError {
  return new LumiverseError({
    code: "truncated",
    message: "the connection to the server ended before the stream did",
    ...(cause === undefined ? {} : { cause }),
  });
}
