/** A stream as an HTTP response of server-sent events. */
import { messageOf } from "../shared/errors.ts";
import { bodyOf, STREAM_HEADERS } from "./body.ts";
import type { EventStore } from "./event-store.ts";
import { errorFrame, type Frame, frameText, HEARTBEAT, STREAM_ID_HEADER } from "./frame.ts";
import { framesOf } from "./frames.ts";
import { type StreamSource, singly } from "./stream-source.ts";
import { type UiChunk, uiChunks } from "./ui-message-chunks.ts";

/** How a stream is sent. */
export interface ResponseOptions {
  /** Milliseconds between heartbeats. Default 15,000. 0: none. */
  heartbeatMs?: number;
  /** `events`: for `readStream`. `ai-sdk`: the UI message stream of AI SDK 7, for `useChat`. Default `events`. */
  format?: "events" | "ai-sdk";
  /** Keeps the events, so that a client can resume. With it a client that leaves does not end the stream. Only for the format `events`. */
  store?: EventStore;
  /** The id under which the store keeps the stream. Default: a random one. It is sent in the header `x-lumiverse-stream-id`. */
  id?: string;
  /** Receives the work that goes on after the client has left, for hosts that would stop it (`ctx.waitUntil` of workers). */
  waitUntil?: (work: Promise<unknown>) => void;
  headers?: Readonly<Record<string, string>>;
}

/**
 * Sends a stream to a client. Without a store, a client that leaves ends the stream and closes the vendor's socket.
 * An error of the stream is its last event; the HTTP status is 200 by then.
 */
export function toResponse(stream: StreamSource, options: ResponseOptions = {}): Response {
  if (options.format === "ai-sdk") {
    const headers = { "x-vercel-ai-ui-message-stream": "v1" };
    return respond(uiTexts(stream), () => stream.abort("the client left"), options, headers);
  }
  const { store } = options;
  if (store === undefined) return respond(texts(framesOf(stream)), () => stream.abort("the client left"), options, {});
  const id = options.id ?? crypto.randomUUID();
  const reading = new AbortController();
  const { stored, started } = storeAll(stream, store, id);
  // A store that failed sends no further frames, so nothing must wait for them.
  stored.catch(() => reading.abort());
  options.waitUntil?.(stored);
  return respond(texts(singly(readFrom(store, id, 0, reading.signal, started))), () => reading.abort(), options, {
    [STREAM_ID_HEADER]: id,
  });
}

/**
 * Continues a stored stream for a client that lost its connection.
 * @param after The id of the last event that the client received; 0 for all.
 */
export async function resumeResponse(store: EventStore, id: string, after: number, options: ResponseOptions = {}): Promise<Response> {
  if (!Number.isFinite(after)) return new Response("The id of the last event is not a number.", { status: 400 });
  const reading = new AbortController();
  const frames = await store.read(id, after, reading.signal);
  if (frames === undefined) return new Response("There is no such stream.", { status: 404 });
  return respond(texts(singly(frames)), () => reading.abort(), options, { [STREAM_ID_HEADER]: id });
}

function respond(
  body: AsyncGenerator<string>,
  onCancel: () => void,
  { heartbeatMs = 15_000, headers }: ResponseOptions,
  more: Readonly<Record<string, string>>,
): Response {
  return new Response(bodyOf(body, { heartbeatMs, heartbeat: HEARTBEAT, onCancel }), {
    headers: { ...STREAM_HEADERS, ...more, ...headers },
  });
}

/** The text of each batch of frames. */
async function* texts(batches: AsyncIterable<readonly Frame[]>): AsyncGenerator<string> {
  for await (const frames of batches) yield frames.map(frameText).join("");
}

async function* uiTexts(stream: StreamSource): AsyncGenerator<string> {
  for await (const chunks of uiChunks(stream)) if (chunks.length > 0) yield chunks.map((chunk) => `data: ${chunkText(chunk)}\n\n`).join("");
  yield "data: [DONE]\n\n";
}

function chunkText(chunk: UiChunk): string {
  try {
    return JSON.stringify(chunk);
  } catch (cause) {
    // The output of a tool can be anything.
    return JSON.stringify({ type: "error", errorText: `A ${chunk.type} cannot be sent as JSON: ${messageOf(cause)}` });
  }
}

/** Writes the whole stream to the store, even if no client reads it. `started` resolves when the store knows the stream. */
function storeAll(stream: StreamSource, store: EventStore, id: string): { stored: Promise<void>; started: Promise<void> } {
  const { promise: started, resolve: begin, reject: refuse } = Promise.withResolvers<void>();
  const work = async (): Promise<void> => {
    try {
      const write = await store.open(id);
      begin();
      for await (const frames of framesOf(stream)) await write(frames);
    } catch (error) {
      refuse(error);
      stream.abort("the store failed");
      throw error;
    }
  };
  // `readFrom` reports the rejection. Without a reader, nobody handles it.
  started.catch(() => {});
  return { stored: work(), started };
}

async function* readFrom(store: EventStore, id: string, after: number, signal: AbortSignal, started: Promise<void>): AsyncGenerator<Frame> {
  try {
    await started;
  } catch (cause) {
    yield errorFrame(1, cause);
    return;
  }
  const frames = await store.read(id, after, signal);
  if (frames !== undefined) yield* frames;
}
