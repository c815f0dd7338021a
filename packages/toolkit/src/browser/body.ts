/** A response body from an async iterator of texts, with heartbeats while it is silent. */

export interface BodyOptions {
  heartbeatMs: number;
  heartbeat: string;
  /** Called when the reader leaves before the end. */
  onCancel: () => void;
}

export function bodyOf(texts: AsyncIterator<string>, { heartbeatMs, heartbeat, onCancel }: BodyOptions): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  // Timers run a longer interval without a pause, so it counts as none.
  const beats = heartbeatMs > 0 && heartbeatMs < 2 ** 31;
  let timer: ReturnType<typeof setInterval> | undefined;
  const stop = (): void => clearInterval(timer);
  return new ReadableStream(
    {
      // Everything starts with the first read, so a response that nobody reads starts neither a call nor a timer.
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
