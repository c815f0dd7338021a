import { createParser } from "eventsource-parser";
import { LumiverseError } from "./errors.ts";
import type { SseMessage } from "./provider.ts";

/** Characters of the stream's end that are kept, to find text there which is no event. */
const TAIL = 65_536;

export interface SseFeed {
  feed(text: string): void;
  /** The connection ended: dispatches a last event without its blank line. */
  end(): void;
  /** Lines near the end that belong to no event: a bare JSON error, an HTML page. */
  stray(): string;
}

/**
 * Server-sent events by the whole grammar, plus what the parser drops: eventsource-parser 4.1.3 discards, without a word, a line that
 * is no SSE field and still unterminated at the end of a packet, which is just how some hosts write a failure in mid-stream.
 */
export function createSse(onMessage: (message: SseMessage) => void, onStray: (line: string) => void, maxChars: number): SseFeed {
  // Two halves, so that a packet costs one push however small it is: when the newer one is full, the older one goes.
  let older: string[] = [];
  let newer: string[] = [];
  let length = 0;
  let cut = false;
  const parser = createParser({
    onEvent: onMessage,
    maxBufferSize: maxChars,
    onError(error) {
      // At once only what may be a failure; the rest is told at the end, so that packets make no difference.
      if (error.type === "unknown-field" && /^\s*[{["<]/.test(error.line ?? "")) onStray(error.line ?? "");
      // After this one the parser refuses every further packet with an untyped error, so it becomes ours here.
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
      // Not `reset({ consume: true })`: that parses the last line and then throws its event away.
      parser.feed("\n\n");
    },
    stray() {
      const text = older.join("") + newer.join("");
      const lines = text.slice(-TAIL).split(/\r\n|\n|\r/);
      // The rest of a line whose beginning is gone is no stray text.
      if (cut || text.length > TAIL) lines.shift();
      return lines.filter((line) => line.trim() !== "" && !/^(?:data|event|id|retry)?:|^(?:data|event|id|retry)$/.test(line)).join("\n");
    },
  };
}
