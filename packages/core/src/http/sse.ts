import { createParser } from "eventsource-parser";
import { LumiverseError } from "../chat/errors.ts";
import type { SseMessage } from "../contract/http.ts";

/** Text outside of events is reported at the end if it came within this number of characters before it. */
const TAIL = 65_536;

export interface SseFeed {
  feed(text: string): void;
  /** The connection ended. Dispatches a last event that lacks its blank line. */
  end(): void;
  /** Lines near the end that belong to no event: a bare JSON error, an HTML page. */
  unframedText(): string;
}

/**
 * Parses server-sent events and also reports text outside of them, in which some hosts write a failure in mid-stream. The parser gets whole lines only, because
 * eventsource-parser 4.1.3 silently discards a line that is not an SSE field and is still unterminated at the end of a packet.
 */
export function createSse(onMessage: (message: SseMessage) => void, onUnframed: (line: string) => void, maxChars: number): SseFeed {
  /** Lines outside of events, each with the length of the stream up to it. */
  const unframed: { line: string; at: number }[] = [];
  /** The beginning of a line whose end has not arrived. */
  let rest = "";
  let length = 0;
  let ended = false;
  const isNear = ({ at }: { at: number }): boolean => at > length - TAIL;
  const tooLong = (): LumiverseError =>
    new LumiverseError({ code: "malformed-response", message: `one event of the stream is longer than ${maxChars} characters` });
  const parser = createParser({
    onEvent: onMessage,
    maxBufferSize: maxChars,
    onError(error) {
      // After this error the parser refuses every further packet with an untyped error.
      if (error.type === "max-buffer-size-exceeded") throw tooLong();
      const { line = "" } = error;
      if (error.type !== "unknown-field" || line.trim() === "") return;
      unframed.push({ line, at: length });
      while (unframed[0] !== undefined && !isNear(unframed[0])) unframed.shift();
      // Report at once only what may be a failure.
      if (!ended && /^\s*[{["<]/.test(line)) onUnframed(line);
    },
  });
  return {
    feed(text) {
      length += text.length;
      rest += text;
      // Looking for a line feed from the end is fast, and for a carriage return that is not there it is slow.
      const lineEnd = Math.max(text.lastIndexOf("\n"), text.includes("\r") ? text.lastIndexOf("\r") : -1);
      if (lineEnd >= 0) {
        const cut = rest.length - text.length + lineEnd + 1;
        const lines = rest.slice(0, cut);
        rest = rest.slice(cut);
        parser.feed(lines);
      }
      if (rest.length > maxChars) throw tooLong();
    },
    end() {
      ended = true;
      // `reset({ consume: true })` would parse the last line and then discard its event.
      parser.feed(`${rest}\n\n`);
      rest = "";
    },
    unframedText: () =>
      unframed
        .filter(isNear)
        .map(({ line }) => line)
        .join("\n"),
  };
}
