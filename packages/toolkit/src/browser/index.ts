/** Streams from a server to a browser and back into the same events. */
export type { ObjectEvent, ObjectStream, PartialDeep } from "../object-stream/object-events.ts";
export type { EventStream } from "../shared/event-stream.ts";
export { type EventStore, type FrameWriter, type MemoryStoreOptions, memoryEventStore } from "./event-store.ts";
export type { Frame } from "./frame.ts";
export { readObjectStream } from "./read-object-stream.ts";
export { type ReadOptions, readStream } from "./read-stream.ts";
export type { StreamSource } from "./stream-source.ts";
export { type ResponseOptions, resumeResponse, toResponse } from "./to-response.ts";
