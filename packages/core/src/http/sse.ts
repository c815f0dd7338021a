import { LumiverseError } from "../chat/errors.ts";
import type { SseMessage } from "../contract/http.ts";

/** Characters of the text outside events that are kept. */
const TAIL = 65_536;
const SPACE = 32;

export interface SseFeed {
  feed(text: string): void;
  /** The connection ended. Dispatches a last event that lacks its blank line. */
  end(): void;
  /** Lines that belong to no event, such as a bare JSON error or an HTML page. Of a long text only the end. */
  unframedText(): string;
}

/**
 * Parses server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation) and also reports the
 * text outside events, because some hosts write a failure in mid-stream that way.
 * @param onUnframed receives each line outside events that may be a failure
 * @param maxChars characters of one event. A longer one throws a LumiverseError `malformed-response`
 */
export function createSse(onMessage: (message: SseMessage) => void, onUnframed: (line: string) => void, maxChars: number): SseFeed {
  return new SseParser(onMessage, onUnframed, maxChars);
}

class SseParser implements SseFeed {
  readonly #onMessage: (message: SseMessage) => void;
  readonly #onUnframed: (line: string) => void;
  readonly #maxChars: number;
  /** The beginning of a line whose end has not arrived. */
  #rest = "";
  #event: string | undefined;
  #data: string | undefined;
  /** The last text ended with CR. A following LF belongs to it. */
  #afterCr = false;
  #unframed: string[] = [];
  #unframedLength = 0;

  constructor(onMessage: (message: SseMessage) => void, onUnframed: (line: string) => void, maxChars: number) {
    this.#onMessage = onMessage;
    this.#onUnframed = onUnframed;
    this.#maxChars = maxChars;
  }

  feed(text: string): void {
    if (text === "") return;
    if (this.#afterCr && text.startsWith("\n")) text = text.slice(1);
    this.#afterCr = text.endsWith("\r");
    if (text.includes("\r")) text = text.replace(/\r\n?/g, "\n");
    let start = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
      const line = text.slice(start, end);
      this.#feedLine(this.#rest === "" ? line : this.#rest + line);
      this.#rest = "";
      start = end + 1;
    }
    this.#rest += text.slice(start);
    if (this.#rest.length + (this.#data?.length ?? 0) > this.#maxChars)
      throw new LumiverseError({
        code: "malformed-response",
        message: `one event of the stream is longer than ${this.#maxChars} characters`,
      });
  }

  end(): void {
    this.#readLine(this.#rest);
    this.#readLine("");
    this.#rest = "";
  }

  unframedText(): string {
    return lastLines(this.#unframed.join("\n"));
  }

  #feedLine(line: string): void {
    // Only what may be a failure is reported at once.
    if (!this.#readLine(line) && /^\s*[{["<]/.test(line)) this.#onUnframed(line);
  }

  /** Reads one line. False if it is no field of an event. */
  #readLine(line: string): boolean {
    if (line === "") {
      if (this.#data !== undefined) this.#onMessage({ event: this.#event, data: this.#data });
      this.#event = this.#data = undefined;
      return true;
    }
    const colon = line.indexOf(":");
    const value = colon < 0 ? "" : line.slice(line.charCodeAt(colon + 1) === SPACE ? colon + 2 : colon + 1);
    switch (colon < 0 ? line : line.slice(0, colon)) {
      case "data":
        this.#data = this.#data === undefined ? value : `${this.#data}\n${value}`;
        return true;
      case "event":
        this.#event = value === "" ? undefined : value;
        return true;
      case "": // a comment
      case "id":
      case "retry":
        return true;
    }
    if (line.trim() !== "") this.#keep(line);
    return false;
  }

  #keep(line: string): void {
    this.#unframed.push(line.slice(0, TAIL - 1));
    this.#unframedLength += line.length;
    if (this.#unframedLength < 2 * TAIL) return;
    this.#unframed = [lastLines(this.#unframed.join("\n"))];
    this.#unframedLength = TAIL;
  }
}

/** The end of a text, from the beginning of a line on. */
function lastLines(text: string): string {
  return text.length > TAIL ? text.slice(text.indexOf("\n", text.length - TAIL) + 1) : text;
}
