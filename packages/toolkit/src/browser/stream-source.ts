import { type DerivedStream, SENT_EVENTS } from "../shared/sent-events.ts";

/** A chat, a tool run, or any other stream of events that are plain data. If it has `batches`, they are read instead of single events. */
export interface StreamSource extends AsyncIterable<unknown> {
  batches?(): AsyncIterable<readonly unknown[]>;
  response(): Promise<unknown>;
  abort(reason?: string): void;
}

export function batchesOf(stream: StreamSource & DerivedStream<unknown>): AsyncIterable<readonly unknown[]> {
  return stream[SENT_EVENTS]?.() ?? stream.batches?.() ?? singly(stream);
}

/** Each element as an array of its own. */
export async function* singly<T>(events: AsyncIterable<T>): AsyncGenerator<readonly T[]> {
  for await (const event of events) yield [event];
}
