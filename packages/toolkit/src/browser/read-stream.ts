/** Reads a response of `toResponse`, in a browser or anywhere else. */
import { type ChatEvent, type ChatResponse, type ErrorCode, LumiverseError, type LumiverseErrorOptions } from "@lumiverse/core";
import { isObject, type JsonObject } from "@lumiverse/core/provider";
import { createParser, type EventSourceMessage } from "eventsource-parser";
import { messageOf } from "../shared/errors.ts";
import { abortError, createEventStream, type EventStream, until } from "../shared/event-stream.ts";
import { type Frame, isLast, STREAM_ID_HEADER } from "./frame.ts";
import { AnswerParts, malformed, type ResponseEnvelope } from "./rebuild.ts";

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
  let response = await until(Promise.resolve(given), signal);
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
        const event = parseFrame(frame);
        parts.add(event as ChatEvent & JsonObject); // other events have none of its types
        yield event;
      }
    } catch (cause) {
      if (signal.aborted || !(cause instanceof ConnectionLost)) throw cause;
      lost = cause.cause;
    }
    if (options.resume === undefined || id === null || resumes >= (options.maxResumes ?? 5)) throw truncated(lost);
    response = await until(options.resume({ id, after }), signal);
  }
}

/** Reading the body failed. Other errors of reading are not about the connection. */
class ConnectionLost extends Error {}

async function* framesIn(response: Response, signal: AbortSignal): AsyncGenerator<Frame> {
  if (!response.ok || response.body === null) throw await refused(response, signal);
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

function resultOf(frame: Frame, parts: AnswerParts): unknown {
  const { event } = frame;
  // A result is what a program of the server returned, which may be anything.
  if (event === "result") return parseJson(frame);
  const json = parseFrame(frame);
  if (event === "error") throw errorOf(json);
  if (!isObject(json["message"])) throw malformed("its response has no message");
  // The server made it with `responseEnvelope`.
  return parts.complete(json as unknown as ResponseEnvelope);
}

function parseFrame(frame: Frame): JsonObject {
  const json = parseJson(frame);
  if (!isObject(json)) throw malformed("an event is no object");
  return json;
}

function parseJson({ data }: Frame): unknown {
  try {
    return JSON.parse(data);
  } catch (cause) {
    throw malformed("an event is not JSON", cause);
  }
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

/** Characters of a refusal that are read. */
const LONGEST_REFUSAL = 200;

async function refused(response: Response, signal: AbortSignal): Promise<LumiverseError> {
  const text = await until(startOf(response), signal).catch((cause: unknown) => {
    if (signal.aborted) throw cause;
    return messageOf(cause);
  });
  return new LumiverseError({
    code: response.status === 404 ? "not-found" : "server",
    message: `the server answered with status ${response.status}: ${text}`,
    status: response.status,
  });
}

/** A body may be long, or never end. */
async function startOf(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = "";
  while (reader !== undefined && text.length < LONGEST_REFUSAL) {
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  reader?.cancel().catch(() => {});
  return text.slice(0, LONGEST_REFUSAL);
}

function truncated(cause: unknown): LumiverseError {
  return new LumiverseError({
    code: "truncated",
    message: "the connection to the server ended before the stream did",
    ...(cause === undefined ? {} : { cause }),
  });
}
