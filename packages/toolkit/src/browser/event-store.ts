import { LumiverseError } from "@lumiverse/core";
import { type Frame, isLast } from "./frame.ts";

/** Appends frames to one stream, in order. The last frame of a stream has an `event`. */
export type FrameWriter = (frames: readonly Frame[]) => void | Promise<void>;

/** Where the frames of running streams are kept, so that a client can resume. */
export interface EventStore {
  /**
   * Begins a stream and returns its only writer. From now on `read` knows the stream, although it has no frame yet. An id whose stream has ended can be used again.
   * @throws LumiverseError `configuration` for an id whose stream is still running
   */
  open(stream: string): FrameWriter | Promise<FrameWriter>;
  /** The frames after `after`, and then those that arrive, up to the last one. Ends early when the signal aborts. Undefined: the stream is unknown. */
  read(stream: string, after: number, signal: AbortSignal): AsyncIterable<Frame> | undefined | Promise<AsyncIterable<Frame> | undefined>;
}

/** The size of a store in memory. */
export interface MemoryStoreOptions {
  /** The most streams that are kept. The oldest one that has ended is dropped first, or the oldest one when all are running. Default 1000. */
  maxStreams?: number;
}

interface StoredStream {
  frames: Frame[];
  ended: boolean;
  wake: Set<() => void>;
}

/** A store in the memory of one process. */
export function memoryEventStore({ maxStreams = 1000 }: MemoryStoreOptions = {}): EventStore {
  const streams = new Map<string, StoredStream>();
  const drop = (): void => {
    const [oldest] = streams.keys();
    const [id = oldest] = [...streams].flatMap(([one, { ended }]) => (ended ? one : []));
    const dropped = id === undefined ? undefined : streams.get(id);
    if (id === undefined || dropped === undefined) return;
    streams.delete(id);
    // Readers would wait forever for its next frame.
    dropped.ended = true;
    for (const wake of [...dropped.wake]) wake();
  };
  return {
    open(id) {
      if (streams.get(id)?.ended === false)
        throw new LumiverseError({
          code: "configuration",
          field: "id",
          message: `the stream "${id}" is still running`,
          hint: "Give each stream an id of its own",
        });
      streams.delete(id);
      if (streams.size >= maxStreams) drop();
      const stream: StoredStream = { frames: [], ended: false, wake: new Set() };
      streams.set(id, stream);
      return (frames) => appendFrames(stream, frames);
    },
    read(id, after, signal) {
      const stream = streams.get(id);
      return stream === undefined ? undefined : readStored(stream, after, signal);
    },
  };
}

/** Ignores frames of a stream that has ended, such as one that was dropped. */
function appendFrames(stream: StoredStream, frames: readonly Frame[]): void {
  if (stream.ended) return;
  for (const frame of frames) stream.frames.push(frame);
  stream.ended = frames.some(isLast);
  for (const wake of [...stream.wake]) wake();
}

async function* readStored(stream: StoredStream, after: number, signal: AbortSignal): AsyncGenerator<Frame> {
  for (let at = stream.frames.findIndex(({ id }) => id > after); ; ) {
    if (at < 0) at = stream.frames.length;
    const frame = stream.frames[at];
    if (frame !== undefined) {
      at++;
      yield frame;
      continue;
    }
    if (stream.ended || signal.aborted) return;
    await nextFrame(stream, signal);
  }
}

/** Waits for a further frame, or for the signal. */
async function nextFrame({ wake }: StoredStream, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      wake.delete(done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    wake.add(done);
    signal.addEventListener("abort", done, { once: true });
  });
}
