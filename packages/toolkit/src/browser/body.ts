/** A response body from an async iterator of texts, with heartbeats while it is silent. */

export interface BodyOptions {
  heartbeatMs: number;
  heartbeat: string;
  /** The reader went away before the end. */
  onCancel: () => void;
}

export function bodyOf(texts: AsyncIterator<string>, { heartbeatMs, heartbeat, onCancel }: BodyOptions): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  // A longer interval than timers keep would beat without a pause.
  const beats = heartbeatMs > 0 && heartbeatMs < 2 ** 31;
  let timer: ReturnType<typeof setInterval> | undefined;
  const stop = (): void => clearInterval(timer);
  return new ReadableStream(
    {
      // Nothing starts before somebody reads, so that a response which nobody reads leaves neither a call nor a timer behind.
      async pull(controller) {
        const beat = (): void => {
          // A reader that does not keep up needs no heartbeat.
          if ((controller.desiredSize ?? -1) >= 0) controller.enqueue(encoder.encode(heartbeat));
        };
        if (beats) timer = setInterval(beat, heartbeatMs);
        try {
          const { done, value } = await texts.next();
          if (done !== true) controller.enqueue(encoder.encode(value));
          else controller.close();
        } finally {
          stop();
        }
      },
      async cancel() {
        stop();
        onCancel();
        await texts.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}

/** Headers that keep proxies from buffering and from caching. */
export const STREAM_HEADERS: Readonly<Record<string, string>> = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache, no-transform",
  "x-accel-buffering": "no",
};
