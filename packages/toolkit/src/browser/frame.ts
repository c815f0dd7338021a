/** Server-sent events as this package writes and reads them. */
import { toLumiverseError } from "../shared/errors.ts";

/** One server-sent event. Plain data. */
export interface Frame {
  /** 1 for the first of a stream. */
  id: number;
  /** Absent: an event of the stream. `response`, `result` and `error` end it. */
  event?: "response" | "result" | "error";
  /** JSON. */
  data: string;
}

/** True for the last frame of a stream. */
export function isLast({ event }: Frame): boolean {
  return event !== undefined;
}

/** The frame that ends a stream with its error. */
export function errorFrame(id: number, cause: unknown): Frame {
  return { id, event: "error", data: JSON.stringify(toLumiverseError(cause)) };
}

export function frameText({ id, event, data }: Frame): string {
  return `id: ${id}\n${event === undefined ? "" : `event: ${event}\n`}data: ${data}\n\n`;
}

/** A comment, which readers ignore. It keeps proxies from closing a silent connection. */
export const HEARTBEAT = ": heartbeat\n\n";

/** The response header that names a stream which can be resumed. */
export const STREAM_ID_HEADER = "x-lumiverse-stream-id";
