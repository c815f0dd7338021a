/** Reads a response of `toResponse`, in a browser or anywhere else. */
import {
  type ChatEvent,
  type ChatResponse,
  type ErrorCode,
  isLumiverseError,
  LumiverseError,
  type LumiverseErrorOptions,
} from "@lumiverse/core";
import { isObject } from "@lumiverse/core/provider";
import { createParser, type EventSourceMessage } from "eventsource-parser";
import { abortError, createEventStream, type EventStream, until } from "../shared/event-stream.ts";
import { type Frame, isLast, STREAM_ID_HEADER } from "./frame.ts";
import { AnswerParts, type ResponseEnvelope } from "./rebuild.ts";

/** How a stream is read, and how it is resumed. */
export interface ReadOptions {
  /**
   * Requests the rest of a stream whose connection was lost: a call to the route that returns `resumeResponse`. A request that fails, or whose answer has a status
   * from 500, is made again, each time after half a second more. Default: a lost connection is an error.
   */
  resume?: (position: { id: string; after: number }) => Promise<Response>;
  /** How often `resume` is called in a row without an event in between. After that, the lost connection is an error. Default 5. */
  maxResumes?: number;
  signal?: AbortSignal;
}

/** The most characters of one event. */
const LONGEST_EVENT = 64_000_000;

/**
 * The same events that the server's stream yielded, and the same response. For a tool run, name its types:
 * `readStream<ToolRunEvent, ToolRunResult>(response)`.
 *
 * Leaving the loop early closes the connection; the server then ends its stream, unless it has a store.
 *
 * @throws LumiverseError The stream's own error; `network` when `fetch` gets no response; `truncated` when the connection ends early; `malformed-response` for
 *   a response that is no such stream. Any other error that the promise `response` rejects with is thrown as it is.
 */
export function readStream<E = ChatEvent, R = ChatResponse>(
  response: Response | Promise<Response>,
  options: ReadOptions = {},
): EventStream<E, R> {
  // The server sent these types; JSON does not carry them.
  return createEventStream((signal) => read(response, options, signal) as AsyncGenerator<E, R>, options.signal);
}

async function* read(given: Response | Promise<Response>, options: ReadOptions, signal: AbortSignal): AsyncGenerator<unknown, unknown> {
  const { resume, maxResumes = 5 } = options;
  const parts = new AnswerParts();
  const first = await arrival(given, signal);
  const id = first.headers.get(STREAM_ID_HEADER);
  let request = async (): Promise<Response> => first;
  let after = 0;
  for (let resumes = 0; ; resumes++) {
    try {
      const response = await request();
      for await (const frame of framesIn(response, signal)) {
        // A resumed stream may repeat what was read already.
        if (frame.id <= after) continue;
        after = frame.id;
        resumes = 0;
        if (isLast(frame)) return resultOf(frame, parts);
        const event = JSON.parse(frame.data) as ChatEvent; // other events have none of its types
        parts.add(event);
        yield event;
      }
      throw new ConnectionLost("truncated", "the connection ended before the stream did");
    } catch (cause) {
      if (signal.aborted) throw abortError(signal.reason);
      if (!isLumiverseError(cause)) throw new LumiverseError({ code: "malformed-response", message: String(cause), cause });
      if (!(cause instanceof ConnectionLost) || resume === undefined || id === null || resumes >= maxResumes) throw cause;
    }
    await pause(500 * resumes, signal);
    request = () => resumed(() => resume({ id, after }), signal);
  }
}

/** Waits for the response. One that arrives after the reader has left is cancelled. Rejects as the caller's promise does, so that its errors keep their type. */
async function arrival(given: Response | Promise<Response>, signal: AbortSignal): Promise<Response> {
  const response = Promise.resolve(given);
  try {
    return await until(() => response, signal);
  } catch (cause) {
    if (signal.aborted) {
      response.then(({ body }) => body?.cancel()).catch(() => {});
      throw abortError(signal.reason);
    }
    // `fetch` rejects with a TypeError when it gets no response.
    throw cause instanceof TypeError ? unreachable(cause) : cause;
  }
}

/** The response to a request of `resume`. If the request fails, the connection is still lost. */
async function resumed(resume: () => Promise<Response>, signal: AbortSignal): Promise<Response> {
  try {
    return await arrival(resume(), signal);
  } catch (cause) {
    throw cause instanceof ConnectionLost ? cause : unreachable(cause);
  }
}

function unreachable(cause: unknown): ConnectionLost {
  return new ConnectionLost("network", "the server cannot be reached", { cause });
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const waited = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await until(() => waited, signal).finally(() => clearTimeout(timer));
}

/** The connection broke. The stream goes on if it can be resumed. */
class ConnectionLost extends LumiverseError {
  constructor(code: ErrorCode, message: string, options: Partial<LumiverseErrorOptions> = {}) {
    super({ code, message, ...options });
  }
}

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
    throw new ConnectionLost("truncated", "the connection broke", { cause });
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
  if (event !== "response") return json;
  if (!isObject(json) || !isObject(json["message"]))
    throw new LumiverseError({ code: "malformed-response", message: "the response of the stream has no message" });
  // The server made it with `responseEnvelope`.
  return parts.complete(json as unknown as ResponseEnvelope);
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

/** Characters of a refusal that are read: its body may be long, or never end. */
const LONGEST_REFUSAL = 200;

async function refused(response: Response, signal: AbortSignal): Promise<LumiverseError> {
  const { status } = response;
  const text = await until(() => startOf(response).catch(String), signal);
  const message = `the server answered with status ${status}: ${text}`;
  if (status >= 500) return new ConnectionLost("server", message, { status });
  return new LumiverseError({ code: status === 404 ? "not-found" : "server", message, status });
}

async function startOf({ body }: Response): Promise<string> {
  const reader = body?.getReader();
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
