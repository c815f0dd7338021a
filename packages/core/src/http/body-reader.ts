/**
 * Reads the bytes of one answer, and turns each packet into events at once. The first character decides how an answer is read, not its content type: hosts send
 * JSON to a stream request, a stream to a JSON request, and HTML pages to both.
 */
import { LumiverseError } from "../chat/errors.ts";
import type { ReadEvent, Reader } from "../contract/reader.ts";
import { isHtml } from "./error-body.ts";
import { requestError } from "./network-error.ts";
import { parseJson } from "./read-text.ts";
import { ignore, type RequestLifetime, timedOut } from "./request-lifetime.ts";
import type { HttpCall } from "./send.ts";
import { createSse, type SseFeed } from "./sse.ts";
import { clock, startTimer } from "./timer.ts";

/** Milliseconds of silence after which a complete answer ends although the host keeps the socket open. */
const GRACE = 2000;
/**
 * The same while more may follow: usage that was requested, or text after a finish reason that came together with text. Where nothing follows and the host keeps
 * the socket open, every caller waits that long.
 */
const LONG_GRACE = 8000;
/** Characters of an unreadable answer that its error quotes. */
const EXCERPT = 200;

/** Milliseconds without a consumer after which a stream counts as abandoned. A shorter idle timeout replaces this. */
const ABANDONED_AFTER = 300_000;

type Packet = ReadableStreamReadResult<Uint8Array>;

/** Marks a request that was ended because its answer was complete. */
const COMPLETE: LumiverseError = new LumiverseError({ code: "aborted", message: "the answer was complete" });

/** The end of an event. */
const BLANK_LINE = /\r\n\r\n|\n\n|\r\r/g;

/** Who receives the events of an answer. */
export interface Receiver {
  receive(event: ReadEvent): void;
  /** The consumer has not asked for more for so long that the stream counts as abandoned. */
  abandon(): void;
}

/** Reads one packet whenever it is asked to, which gives back-pressure, and pushes it into a protocol's reader. */
export class BodyReader {
  /** Epoch milliseconds of the first byte; 0 before it. */
  firstByteAt = 0;
  readonly #body: ReadableStreamDefaultReader<Uint8Array> | undefined;
  readonly #decoder: TextDecoder = new TextDecoder();
  readonly #reader: Reader;
  readonly #receiver: Receiver;
  readonly #call: HttpCall;
  readonly #lifetime: RequestLifetime;
  /** The parser of a stream. A whole body needs none. */
  #sse: SseFeed | undefined;
  /** Events emitted so far. */
  #emitted = 0;
  /** Events emitted so far that are part of the answer itself. */
  #emittedContent = 0;
  /** Text of a packet that follows the first content. */
  #rest = "";
  /** Characters of the stream so far; decompressed, because `fetch` decompresses. */
  #length = 0;
  #mode: "undecided" | "sse" | "json" = "undecided";
  #json = "";
  #hadEvents = false;
  #waitingSince = 0;
  /** When the consumer last got what it had asked for, by `clock()`. */
  #answeredAt = clock();
  /** Milliseconds waited since the last packet that brought more than heartbeats. */
  #waitedWithoutProgress = 0;
  /** The answer is complete and the grace period runs. */
  #inGrace = false;
  /** Milliseconds of the grace period that earlier packets used. */
  #graceUsed = 0;
  /** What the reader expected when the grace period began. */
  #expected: Reader["expects"];

  constructor(response: Response, reader: Reader, receiver: Receiver, call: HttpCall, lifetime: RequestLifetime) {
    this.#body = response.body?.getReader();
    this.#reader = reader;
    this.#receiver = receiver;
    this.#call = call;
    this.#lifetime = lifetime;
    // A body whose fetch ignores its signal ends by being cancelled.
    lifetime.onEnd(() => void this.#body?.cancel().catch(ignore));
    this.#setDeadline();
  }

  get #stream(): SseFeed {
    this.#sse ??= createSse(
      (message) => {
        this.#hadEvents = true;
        if (this.#reader.phase !== "done") this.#reader.message(message, this.#emit);
      },
      (text) => this.#reader.unframedText(this.#call.redact(text), this.#emit),
      this.#call.limits.event,
    );
    return this.#sse;
  }

  /** The next packet, for `take`. Undefined if there is none to wait for. What it rejects with is for `breakOff`. */
  read(): Promise<Packet> | undefined {
    if (this.#lifetime.ended !== undefined || this.#rest !== "") return undefined;
    this.#waitingSince = clock();
    return this.#body?.read();
  }

  /** The socket broke. After a complete answer nothing of it is lost. @throws LumiverseError if the answer was not complete */
  breakOff(cause: unknown): void {
    const { ended } = this.#lifetime;
    if (ended === COMPLETE || (ended === undefined && this.#reader.phase !== "open")) return;
    throw requestError(cause, this.#lifetime, this.#call.request.url, this.#call.redact, this.firstByteAt > 0);
  }

  /**
   * Pushes one packet through. Returns false when the answer has ended.
   * @param stopsAtContent the events behind the first content of the answer wait for the next call, so that nobody waits for them
   */
  take(packet: Packet | undefined, stopsAtContent: boolean): boolean {
    this.#answeredAt = clock();
    if (this.#waitingSince !== 0) {
      const waited = this.#answeredAt - this.#waitingSince;
      this.#waitedWithoutProgress += waited;
      if (this.#inGrace) this.#graceUsed += waited;
      this.#waitingSince = 0;
    }
    const { ended } = this.#lifetime;
    // A body that a timer cancels ends without an error of its own.
    if (ended !== undefined && ended !== COMPLETE) throw ended;
    if (ended === undefined && this.#rest !== "") return this.#push(this.#rest, false);
    if (packet === undefined || packet.done) {
      this.#feed(this.#decoder.decode());
      this.#finish();
      return false;
    }
    if (this.firstByteAt === 0) {
      this.firstByteAt = clock();
      this.#waitedWithoutProgress = 0;
      // From now on the idle timeout applies, which may be the shorter one.
      this.#setDeadline();
    }
    return this.#push(this.#decoder.decode(packet.value, { stream: true }), stopsAtContent && this.#emittedContent === 0);
  }

  /** Pushes text through, up to the first content if it stops there. Returns false when the answer has ended. */
  #push(text: string, stopsAtContent: boolean): boolean {
    const before = this.#emitted;
    const contentBefore = this.#emittedContent;
    this.#rest = "";
    if (stopsAtContent) this.#feedUntilContent(text);
    else this.#feed(text);
    const progress = this.#emitted > before || this.#mode === "json";
    if (progress) this.#waitedWithoutProgress = 0;
    if (this.#reader.phase !== "done") {
      this.#updateGrace(progress, this.#emittedContent > contentBefore);
      return true;
    }
    this.#lifetime.deadline.clear();
    this.#reader.end(this.#emit);
    void this.#drain();
    return false;
  }

  /** Feeds one event after another. What follows the first content is kept. */
  #feedUntilContent(text: string): void {
    let start = 0;
    for (const { index, 0: blankLine } of text.matchAll(BLANK_LINE)) {
      if (this.#emittedContent > 0) break;
      const end = index + blankLine.length;
      this.#feed(text.slice(start, end));
      start = end;
    }
    if (this.#emittedContent === 0) return this.#feed(text.slice(start));
    this.#rest = text.slice(start);
  }

  #feed(text: string): void {
    if (text === "") return;
    this.#length += text.length;
    if (this.#length > this.#call.limits.body) throw this.#tooLong();
    if (this.#mode === "sse") this.#stream.feed(text);
    else if (this.#mode === "json") this.#json += text;
    else this.#decide(text);
  }

  /** Decides by the first character that is not blank. Some hosts send blanks before it to keep the socket alive. */
  #decide(text: string): void {
    const start = text.replace(/^[\uFEFF\s]+/, "");
    if (start === "") return;
    this.#mode = /^[[{"<]/.test(start) ? "json" : "sse";
    this.#feed(start);
  }

  #tooLong(): LumiverseError {
    return new LumiverseError({
      code: "malformed-response",
      message: `the answer is longer than ${this.#call.limits.body} characters`,
      hint: "Raise limits.body on the connection",
    });
  }

  /** The connection ended. */
  #finish(): void {
    this.#lifetime.deadline.clear();
    if (this.#mode === "sse") this.#finishStream();
    else this.#finishJson(this.#json.replace(/^\uFEFF/, ""));
    this.#reader.end(this.#emit);
  }

  #finishStream(): void {
    this.#stream.end();
    if (this.#reader.phase === "done") return;
    const text = this.#call.redact(this.#stream.unframedText());
    if (text === "") return;
    this.#reader.unframedText(text, this.#emit);
    if (!this.#hadEvents) throw this.#unreadable(text);
  }

  #finishJson(text: string): void {
    this.#json = "";
    if (text.trim() === "") {
      // The reader may know what an empty answer of its host means.
      this.#reader.unframedText("", this.#emit);
      throw new LumiverseError({ code: "malformed-response", message: "the answer is empty", retryable: true });
    }
    const json = parseJson(text);
    if (json !== undefined) return this.#reader.body(json, this.#emit);
    // A stream can follow a bare JSON error or other text.
    if (/^data:/m.test(text)) {
      this.#stream.feed(text);
      this.#stream.end();
      return;
    }
    if (this.#readJsonLines(text)) return;
    const clean = this.#call.redact(text);
    this.#reader.unframedText(clean, this.#emit);
    throw this.#unreadable(clean);
  }

  /** Reads an answer whose events are lines of JSON, without the fields of server-sent events. False when it is something else. */
  #readJsonLines(text: string): boolean {
    const lines = text.trim().split(/\n\s*/);
    if (lines.length < 2 || parseJson(lines[0] ?? "") === undefined) return false;
    // A last line that was cut off is left out, so that the answer ends without its end.
    if (parseJson(lines.at(-1) ?? "") === undefined) lines.pop();
    for (const data of lines) this.#reader.message({ event: undefined, data }, this.#emit);
    return true;
  }

  #unreadable(text: string): LumiverseError {
    return new LumiverseError({
      code: "malformed-response",
      message: isHtml({ text })
        ? "the answer is an HTML page"
        : `the answer is neither JSON nor a stream: ${text.trim().slice(0, EXCERPT)}`,
      hint: "Check the base URL: something other than the API answers there",
    });
  }

  /** A field and not a closure of the constructor: V8 frees what such a closure captures, here the whole call, only after several collections. */
  readonly #emit = (event: ReadEvent): void => {
    this.#receiver.receive(event);
    // A vendor's own fields come with every event, heartbeats included.
    if (event.type === "vendor-fields") return;
    this.#emitted++;
    if (event.type !== "start" && event.type !== "usage" && event.type !== "note" && event.type !== "details") this.#emittedContent++;
  };

  /**
   * Sets the deadline of the current wait, or ends the request when the deadline is reached. The consumer's own time does not count and heartbeats are no
   * progress, so the timer of an earlier deadline can fire too early. The same timer finds a consumer that has left.
   */
  readonly #setDeadline = (): void => {
    const kind = this.firstByteAt === 0 ? "firstEvent" : "idle";
    const limit = this.#call.timeouts[kind];
    const silence = this.#waitingSince === 0 ? 0 : clock() - this.#waitingSince;
    const left = this.#inGrace
      ? Math.min(this.#reader.expects === undefined ? GRACE : LONG_GRACE, limit) - this.#graceUsed - silence
      : limit - this.#waitedWithoutProgress - silence;
    if (left <= 0) return this.#lifetime.end(this.#inGrace ? COMPLETE : timedOut(kind, limit));
    const patience = Math.min(this.#call.timeouts.idle, ABANDONED_AFTER);
    const away = this.#waitingSince === 0 ? clock() - this.#answeredAt : 0;
    if (away >= patience) this.#receiver.abandon();
    this.#lifetime.deadline.set(Math.min(left, away < patience ? patience - away : patience), this.#setDeadline);
  };

  /** The grace period starts after the last content, because some hosts write a finish reason early or on every chunk. */
  #updateGrace(hadEvents: boolean, hadContent: boolean): void {
    const finishing = this.#reader.phase === "finishing";
    if (finishing === this.#inGrace && !(finishing && hadEvents)) return;
    const { expects } = this.#reader;
    if (finishing !== this.#inGrace || hadContent || expects !== this.#expected) this.#graceUsed = 0;
    this.#inGrace = finishing;
    this.#expected = expects;
    this.#setDeadline();
  }

  /** Reads what follows the terminator, so that the socket can be used again. */
  async #drain(): Promise<void> {
    const stopTimer = startTimer(GRACE / 2, () => this.close());
    try {
      while (this.#body !== undefined && !(await this.#body.read()).done);
    } catch {
      // The answer is complete; how its socket ends has no consequence.
    }
    stopTimer();
  }

  /** Closes the socket. Runtimes differ in whether the body or the request closes it, so both are ended. */
  close(): void {
    this.#lifetime.deadline.clear();
    void this.#body?.cancel().catch(ignore);
    this.#lifetime.controller.abort();
  }
}
