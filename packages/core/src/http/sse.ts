import { LumiverseError } from "../chat/errors.ts";
import type { SseMessage } from "../contract/http.ts";

/** Characters of text outside of events that are kept. */
const TAIL = 65_536;
const SPACE = 32;

export interface SseFeed {
  feed(text: string): void;
  /** The connection ended. Dispatches a last event that lacks its blank line. */
  end(): void;
  /** Lines that belong to no event, the last ones of many: a bare JSON error, an HTML page. */
  unframedText(): string;
}

/**
 * Parses server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation) and also reports text outside of
 * them, because some hosts write a failure in mid-stream exactly so.
 */
export function createSse(onMessage: (message: SseMessage) => void, onUnframed: (line: string) => void, maxChars: number): SseFeed {
  /** The line that has begun. */
  let rest = "";
  let event: string | undefined;
  let data: string | undefined;
  /** The last text ended with CR. A following LF belongs to it. */
  let afterCr = false;
  let unframed: string[] = [];
  let unframedLength = 0;

  /** Reads one line. False for one that is no field. */
  function readLine(line: string): boolean {
    if (line === "") {
      if (data !== undefined) onMessage({ event, data });
      event = data = undefined;
      return true;
    }
    const colon = line.indexOf(":");
    const value = colon < 0 ? "" : line.slice(line.charCodeAt(colon + 1) === SPACE ? colon + 2 : colon + 1);
    switch (colon < 0 ? line : line.slice(0, colon)) {
      case "data":
        data = data === undefined ? value : `${data}\n${value}`;
        return true;
      case "event":
        event = value === "" ? undefined : value;
        return true;
      case "": // a comment
      case "id":
      case "retry":
        return true;
    }
    if (line.trim() !== "") keep(line);
    return false;
  }

  function keep(line: string): void {
    unframed.push(line.slice(0, TAIL - 1));
    unframedLength += line.length;
    if (unframedLength < 2 * TAIL) return;
    unframed = [lastLines(unframed.join("\n"))];
    unframedLength = TAIL;
  }

  function feedLine(line: string): void {
    // Report at once only what may be a failure.
    if (!readLine(line) && /^\s*[{["<]/.test(line)) onUnframed(line);
  }

  return {
    feed(text) {
      if (text === "") return;
      if (afterCr && text.startsWith("\n")) text = text.slice(1);
      afterCr = text.endsWith("\r");
      if (text.includes("\r")) text = text.replace(/\r\n?/g, "\n");
      let start = 0;
      for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
        const line = text.slice(start, end);
        feedLine(rest === "" ? line : rest + line);
        rest = "";
        start = end + 1;
      }
      rest += text.slice(start);
      if (rest.length + (data?.length ?? 0) > maxChars)
        throw new LumiverseError({
          code: "malformed-response",
          message: `one event of the stream is longer than ${maxChars} characters`,
        });
    },
    end() {
      readLine(rest);
      readLine("");
      rest = "";
    },
    unframedText: () => lastLines(unframed.join("\n")),
  };
}

/** The end of a text, from the beginning of a line on. */
function lastLines(text: string): string {
  return text.length > TAIL ? text.slice(text.indexOf("\n", text.length - TAIL) + 1) : text;
}
