import type { EventStream } from "./event-stream.ts";

/** Under this key a stream gives what it sends to a client, where the client can make its events from fewer. Registered, so that two copies of the package agree. */
export const SENT_EVENTS: unique symbol = Symbol.for("lumiverse.sentEvents") as never; // only a call of `Symbol` itself has a unique type

/** A stream whose events are made from those that it sends. */
export interface DerivedStream<E> {
  [SENT_EVENTS]?: () => ReturnType<EventStream<E, unknown>["batches"]>;
}
