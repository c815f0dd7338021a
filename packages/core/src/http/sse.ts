import { createParser } from "eventsource-parser";
import { LumiverseError } from "../chat/errors.ts";
import type { SseMessage } from "../contract/http.ts";

/** Characters at the end of the stream that are kept, to find text outside of events there. */
const TAIL = 65_536;

export interface SseFeed {
  feed(text: string): void;
  /** The connection ended. Dispatches a last event that lacks its blank line. */
  end(): void;
  /** Lines near the end that belong to no event: a bare JSON error, an HTML page. */
  unframedText(): string;
}

/**
 * Parses server-sent events and also reports text outside of them. eventsource-parser 4.1.3 silently discards a line that is not an SSE field and is
 * still unterminated at the end of a packet, and some hosts write a failure in mid-stream exactly so.
 */
export function createSse(onMessage: (message: SseMessage) => void, onUnframed: (line: string) => void, maxChars: number): SseFeed {
  // Two halves, so that each packet costs one push: when the newer half is full, the older one is dropped.
  let older: string[] = [];
  let newer: string[] = [];
  let length = 0;
  let cut = false;
  const parser = createParser({
    onEvent: onMessage,
    maxBufferSize: maxChars,
    onError(error) {
      // Report at once only what may be a failure. The rest is reported at the end, so that packet boundaries make no difference.
      if (error.type === "unknown-field" && /^\s*[{["<]/.test(error.line ?? "")) onUnframed(error.line ?? "");
      // After this error the parser refuses every further packet with an untyped error.
      if (error.type === "max-buffer-size-exceeded")
        throw new LumiverseError({
          code: "malformed-response",
          message: `one event of the stream is longer than ${maxChars} characters`,
          cause: error,
        });
    },
  });
  return {
    feed(text) {
      newer.push(text);
      length += text.length;
      if (length > TAIL) {
        cut ||= older.length > 0;
        older = newer;
        newer = [];
        length = 0;
      }
      parser.feed(text);
    },
    end() {
      // `reset({ consume: true })` would parse the last line and then discard its event.
      parser.feed("\n\n");
    },
    unframedText() {
      const text = older.join("") + newer.join("");
      const lines = text.slice(-TAIL).split(/\r\n|\n|\r/);
      // The first line may have lost its beginning.
      if (cut || text.length > TAIL) lines.shift();
      return lines.filter((line) => line.trim() !== "" && !/^(?:data|event|id|retry)?:|^(?:data|event|id|retry)$/.test(line)).join("\n");
    },
  };
}
