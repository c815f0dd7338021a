import { type ChatEvent, type ChatResponse, type ChatStream, isLumiverseError, type Note } from "@lumiverse/core";
import type { ChatCall } from "../calls/chat-call.ts";
import type { StreamWriter } from "../inbound/protocol.ts";
import { within } from "../timers.ts";
import { answerHeaders } from "./answer-headers.ts";

export interface StreamTiming {
  /** Milliseconds that the status waits for the first content. A failure until then has its own status; afterwards it is an event in the stream. */
  holdMs: number;
  /** Milliseconds of silence after which a heartbeat is sent. */
  heartbeatMs: number;
}

type Batch = IteratorResult<readonly ChatEvent[]>;

/** Headers that keep proxies from buffering, compressing and caching. */
const STREAM_HEADERS: Readonly<Record<string, string>> = {
  "cache-control": "no-cache, no-transform",
  "x-accel-buffering": "no",
};

/**
 * Sends a call's stream as its protocol writes it. The vendor is read as fast as the client reads. A client that leaves ends the vendor's call.
 * @throws LumiverseError when the call failed before its first content and before the status was sent
 */
export async function streamAnswer(call: ChatCall, writer: StreamWriter, { holdMs, heartbeatMs }: StreamTiming): Promise<Response> {
  const stream = call.stream();
  const batches = stream.batches()[Symbol.asyncIterator]();
  const first = batches.next();
  let early: Batch | undefined;
  let begun = "";
  try {
    early = await within(first, holdMs);
    if (early !== undefined && early.done !== true) begun = writer.write(early.value);
  } catch (cause) {
    await batches.return?.();
    throw call.fail(cause, await arrivedOf(stream));
  }
  const notes = early === undefined || early.done === true ? [] : notesOf(early.value);
  // Of a batch that has come, the text is written.
  const next = early === undefined ? first : early.done === true ? early : undefined;
  const body = new ReadableStream<Uint8Array>(new StreamBody({ call, stream, batches, next, begun, writer, heartbeatMs }));
  const headers = { "content-type": writer.contentType, ...STREAM_HEADERS, ...answerHeaders(call, notes) };
  return new Response(body, { headers });
}

/** What had arrived of a stream that has ended, also where it ended because its events could not be written. */
function arrivedOf(stream: ChatStream): Promise<ChatResponse | undefined> {
  return stream.response().catch((cause: unknown) => (isLumiverseError(cause) ? cause.partial : undefined));
}

function notesOf(events: readonly ChatEvent[]): Note[] {
  return events.flatMap((event) => (event.type === "note" ? [event.note] : []));
}

const ENCODER = new TextEncoder();

interface StreamBodyOptions {
  call: ChatCall;
  stream: ChatStream;
  batches: AsyncIterator<readonly ChatEvent[]>;
  next: Promise<Batch> | Batch | undefined;
  /** The text of the first batch, where it has come. */
  begun: string;
  writer: StreamWriter;
  heartbeatMs: number;
}

/** Reads a batch of events whenever the client has taken the one before. */
class StreamBody implements UnderlyingDefaultSource<Uint8Array> {
  readonly #call: ChatCall;
  readonly #stream: ChatStream;
  readonly #batches: AsyncIterator<readonly ChatEvent[]>;
  readonly #writer: StreamWriter;
  readonly #heartbeatMs: number;
  readonly #begun: string;
  #next: Promise<Batch> | Batch | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  /** A packet was sent since the timer last fired. */
  #active = false;

  constructor({ call, stream, batches, next, begun, writer, heartbeatMs }: StreamBodyOptions) {
    this.#call = call;
    this.#stream = stream;
    this.#batches = batches;
    this.#next = next;
    this.#begun = begun;
    this.#writer = writer;
    this.#heartbeatMs = heartbeatMs;
  }

  start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.#active = send(controller, this.#begun);
    this.#timer = setInterval(() => {
      // A client that does not keep up needs no heartbeat.
      if (!this.#active && (controller.desiredSize ?? 0) > 0) send(controller, this.#writer.heartbeat());
      this.#active = false;
    }, this.#heartbeatMs);
  }

  async pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    try {
      // A batch can hold nothing that the protocol writes.
      for (let sent = false; !sent; ) {
        const step = await (this.#next ?? this.#batches.next());
        this.#next = undefined;
        if (step.done === true) return await this.#finish(controller);
        sent = send(controller, this.#writer.write(step.value));
      }
      this.#active = true;
    } catch (cause) {
      await this.#batches.return?.();
      this.#end(controller, this.#writer.fail(this.#call.fail(cause, await arrivedOf(this.#stream))));
    }
  }

  async #finish(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    const response = await this.#stream.response();
    const end = this.#writer.end(response);
    this.#call.finish(response);
    this.#end(controller, end);
  }

  #end(controller: ReadableStreamDefaultController<Uint8Array>, text: string): void {
    clearInterval(this.#timer);
    send(controller, text);
    controller.close();
  }

  cancel(): void {
    clearInterval(this.#timer);
    this.#call.leave();
    // The error of the aborted call knows what had arrived.
    this.#stream.response().catch((cause: unknown) => this.#call.fail(cause));
  }
}

function send(controller: ReadableStreamDefaultController<Uint8Array>, text: string): boolean {
  if (text === "") return false;
  controller.enqueue(ENCODER.encode(text));
  return true;
}
