/** Streams from a server to a browser and back into the same events. */
export type { EventStream } from "../shared/event-stream.ts";
export { type EventStore, type MemoryStoreOptions, memoryEventStore } from "./event-store.ts";
export type { Frame } from "./frame.ts";
export { type ReadOptions, readStream } from "./read-stream.ts";
export type { StreamSource } from "./stream-source.ts";
export { type ResponseOptions, resumeResponse, toResponse } from "./to-response.ts";
