/** A response body from an async iterator of texts, with heartbeats while it is silent. */

export interface BodyOptions {
  heartbeatMs: number;
  heartbeat: string;
  /** The reader went away before the end. */
  onCancel: () => void;
}

export function bodyOf(texts: AsyncIterator<string>, { heartbeatMs, heartbeat, onCancel }: BodyOptions): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let timer: ReturnType<typeof setInterval> | undefined;
  const stop = (): void => clearInterval(timer);
  return new ReadableStream({
    start(controller) {
      if (heartbeatMs > 0 && heartbeatMs !== Number.POSITIVE_INFINITY)
        timer = setInterval(() => {
          // A reader that does not keep up needs no heartbeat.
          if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(heartbeat));
        }, heartbeatMs);
    },
    async pull(controller) {
      try {
        const { done, value } = await texts.next();
        if (done !== true) return controller.enqueue(encoder.encode(value));
        stop();
        controller.close();
      } catch (error) {
        stop();
        throw error;
      }
    },
    async cancel() {
      stop();
      onCancel();
      await texts.return?.();
    },
  });
}

/** Headers that keep proxies from buffering and from caching. */
export const STREAM_HEADERS: Readonly<Record<string, string>> = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache, no-transform",
  "x-accel-buffering": "no",
};
