import type { Part, ReasoningPart, TextPart, ToolCallPart } from "./message.ts";
import type { Note } from "./note.ts";
import type { FinishReason } from "./response.ts";
import type { Usage } from "./usage.ts";
import type { VendorFields } from "./vendor-fields.ts";

/**
 * What a stream yields, in this order:
 *
 * 1. `note` events about the request, then `start`. A host that restarts its answer sends a second `start`; the last one counts.
 * 2. Parts, each under an `index` of its own; indexes order the message. A streamed part is one `part-start`, its deltas, and one
 *    `part-end` with the whole part. A part that is never streamed (a source, an image) is one `part`. Parts may overlap in time.
 * 3. `replace` takes back the part at `index`. If `part` is present, it is the new part, complete; otherwise the index is empty. Later events
 *    may open the same index again.
 * 4. `usage` may come several times; the last one counts. `note` may come at any time.
 * 5. `finish` is the last event of a stream that ended well. A stream that did not end well throws a `LumiverseError` and has no `finish`. Parts that were
 *    open then have no `part-end`, so a tool call that has one is complete. `error.partial` has them as far as they came, calls with `inputError`.
 *
 * Nothing that was yielded is changed in any other way, so the events add up to exactly what `response()` returns.
 */
export type ChatEvent =
  | { type: "start"; id?: string; model?: string }
  | { type: "part-start"; index: number; kind: "text" | "reasoning" }
  | { type: "part-start"; index: number; kind: "tool-call"; id: string; name: string }
  | { type: "text"; index: number; text: string }
  | { type: "reasoning"; index: number; text: string }
  /** A piece of a tool call's arguments, as JSON text. */
  | { type: "tool-call-delta"; index: number; text: string }
  | { type: "part-end"; index: number; part: TextPart | ReasoningPart | ToolCallPart }
  | { type: "part"; index: number; part: Part }
  | { type: "replace"; index: number; part?: Part }
  | { type: "usage"; usage: Usage }
  | { type: "note"; note: Note }
  /** Comes before the events of its vendor message, and only when the request has `vendorFields`. */
  | ({ type: "vendor-fields" } & VendorFields)
  /** `raw`: the vendor's own word. */
  | { type: "finish"; reason: FinishReason; raw?: string };
