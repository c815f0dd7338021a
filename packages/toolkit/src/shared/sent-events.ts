import type { EventStream } from "./event-stream.ts";

/** The key of a method that returns the events to send to a client, when the client can build all others from them. Registered, so that two copies of the package agree. */
export const SENT_EVENTS: unique symbol = Symbol.for("lumiverse.sentEvents") as never; // only a call of `Symbol` itself has a unique type

/** A stream whose events can be built from those that it sends. */
export interface DerivedStream<E> {
  [SENT_EVENTS]?: () => ReturnType<EventStream<E, unknown>["batches"]>;
}
