/** Structured output while it arrives. */
export type { SchemaPair, StandardValidator, TypedSchema } from "../shared/schema.ts";
export { type ObjectEvent, type ObjectStream, type ObjectStreamOptions, type PartialDeep, streamObject } from "./object-stream.ts";
