/** Structured output while it arrives. */
export type { SchemaPair, StandardValidator, TypedSchema } from "../shared/schema.ts";
export type { ObjectEvent, ObjectStream, PartialDeep } from "./object-events.ts";
export { type ObjectStreamOptions, streamObject } from "./object-stream.ts";
