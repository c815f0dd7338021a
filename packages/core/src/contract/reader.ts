import type { Part } from "../chat/message.ts";
import type { Note } from "../chat/note.ts";
import type { FinishReason, ResponseDetails } from "../chat/response.ts";
import type { Usage } from "../chat/usage.ts";
import type { VendorFields } from "../chat/vendor-fields.ts";
import type { SseMessage } from "./http.ts";

/** What a reader emits. `replay` is the vendor's own payload; core adds the origin to it. */
export type ReadEvent =
  | { type: "start"; id?: string | undefined; model?: string | undefined }
  | { type: "part-start"; index: number; kind: "text" | "reasoning" }
  | { type: "part-start"; index: number; kind: "tool-call"; id: string; name: string }
  | { type: "text"; index: number; text: string }
  | { type: "reasoning"; index: number; text: string }
  | { type: "tool-call-delta"; index: number; text: string }
  /** `arguments`, where given, replaces the text of the deltas. */
  | { type: "part-end"; index: number; replay?: unknown; arguments?: string }
  /** A part that is complete at once; never a text that was streamed. */
  | { type: "part"; index: number; part: Part; replay?: unknown }
  /** Takes back the part at `index`. If `part` is present, it is the new part, complete. */
  | { type: "replace"; index: number; part?: { type: "text" | "reasoning"; text: string } }
  | { type: "usage"; usage: Usage }
  | { type: "note"; note: Note }
  | { type: "details"; details: ResponseDetails }
  /** The vendor's message, before its events. Emitted only for a call with `vendorFields`. */
  | ({ type: "vendor-fields" } & VendorFields)
  /** Takes back everything read so far, for hosts that send a second answer after a broken first one. */
  | { type: "reset" }
  /** Emitted when the stream ends, not when the finish reason arrives. `replay` belongs to the whole message. */
  | { type: "finish"; reason: FinishReason; raw?: string | undefined; replay?: unknown };

export type Emit = (event: ReadEvent) => void;

/**
 * Reads one answer. It throws failures that the host reports inside the answer as `ReportedFailure`, which `Protocol.parseError` interprets, and what it
 * finds wrong itself as `LumiverseError`.
 */
export interface Reader {
  /** One event of the stream. This is the hot path: it runs once per delta. */
  message(message: SseMessage, emit: Emit): void;
  /** A whole JSON answer: an unstreamed call, or a host that ignores `stream`. */
  body(json: unknown, emit: Emit): void;
  /** Text outside the stream's events: a bare JSON error, an HTML page. */
  unframedText(text: string, emit: Emit): void;
  /** The connection ended. Emits `finish`, or throws `truncated`. */
  end(emit: Emit): void;
  /** `finishing`: the answer is complete, only a terminator or usage may follow. `done`: nothing follows. */
  readonly phase: "open" | "finishing" | "done";
  /**
   * What may still follow while finishing, so that the stream is kept open for longer: `usage` that was requested and has not come, or more `content`
   * because the finish reason came together with content. Default: nothing.
   */
  readonly expects?: "usage" | "content" | undefined;
}
