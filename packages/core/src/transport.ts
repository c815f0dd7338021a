/**
 * One answer over HTTP: bytes to events by one synchronous push pipeline. What comes back is judged by its first byte, not by its content type, because
 * hosts answer JSON to a stream request, a stream to a JSON request, and pages to both.
 */
import type { Timeouts } from "./chat.ts";
import { isLumiverseError, LumiverseError } from "./errors.ts";
import type { Emit, Protocol, Reader, WireRequest } from "./provider.ts";
import type { Scrub } from "./secrets.ts";
import { createSse, type SseFeed } from "./sse.ts";
import { isHtml } from "./wire.ts";

export interface Limits {
  event: number;
  body: number;
}
export interface Sending {
  fetch: typeof fetch;
  request: WireRequest;
  headers: Record<string, string>;
  body: string | undefined;
  timeouts: Required<Omit<Timeouts, "total">>;
  limits: Limits;
  scrub: Scrub;
}

/** Milliseconds that a complete answer waits for a terminator or usage when a host keeps the socket open. */
const FINISHING = 2000;

/** Ties one request's life to the caller's signal and to its own timers, and lets go of both. */
export class Line {
  readonly controller: AbortController = new AbortController();
  #reason: LumiverseError | undefined;
  #closing: Promise<never> | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort: () => void;

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
    this.#onAbort = () => this.close(aborted(signal?.reason));
    if (signal?.aborted === true) this.#onAbort();
    else signal?.addEventListener("abort", this.#onAbort);
  }

  close(reason: LumiverseError): void {
    this.#reason ??= reason;
    this.controller.abort(this.#reason);
  }

  release(): void {
    this.#signal?.removeEventListener("abort", this.#onAbort);
  }

  /** Work that knows no signal, left as soon as the line is closed; what it then still brings goes to `late`. */
  async until<T>(work: Promise<T>, late: (value: T) => void = ignore): Promise<T> {
    this.#closing ??= this.#close();
    try {
      return await Promise.race([work, this.#closing]);
    } catch (cause) {
      if (this.#reason !== undefined) work.then(late, ignore);
      throw cause;
    }
  }

  /** Rejects when the line is closed: one for all who wait on it. */
  #close(): Promise<never> {
    const { signal } = this.controller;
    const closing = new Promise<never>((_, reject) => {
      if (signal.aborted) reject(this.#reason);
      else signal.addEventListener("abort", () => reject(this.#reason), { once: true });
    });
    closing.catch(ignore);
    return closing;
  }

  get closed(): LumiverseError | undefined {
    return this.#reason;
  }

  /** What a rejected fetch or read means: our own reason where there is one, else the network's. */
  explain(cause: unknown, url: URL, midAnswer = false): Error {
    return this.#reason ?? (isLumiverseError(cause) ? cause : new Unreachable(cause, url, midAnswer));
  }
}

/** A fetch or a read failed below HTTP; `failure.ts` says what that means. */
export class Unreachable extends Error {
  readonly url: URL;
  readonly midAnswer: boolean;
  constructor(cause: unknown, url: URL, midAnswer: boolean) {
    super(`can't reach ${url.host}`, { cause });
    this.url = url;
    this.midAnswer = midAnswer;
  }
}

export function aborted(reason?: unknown): LumiverseError {
  return new LumiverseError({ code: "aborted", message: "the call was aborted", ...(reason === undefined ? {} : { cause: reason }) });
}
export function timedOut(kind: keyof Timeouts, ms: number): LumiverseError {
  const what = { response: "no response headers", firstEvent: "no first event", idle: "silence in mid-stream", total: "no end" }[kind];
  return new LumiverseError({
    code: "timeout",
    message: `${what} within ${ms} ms (timeouts.${kind})`,
    hint: kind === "total" ? "Raise timeouts.total" : `Raise timeouts.${kind} for models that think long`,
    // The budget of the whole call is spent; the others may go better next time.
    retryable: kind !== "total",
  });
}

/** Sends, follows redirects within the origin alone, and returns the response's head. */
export async function send(s: Sending, line: Line): Promise<Response> {
  let url = s.request.url;
  const ms = s.timeouts.response;
  const timer = setTimeout(() => line.close(timedOut("response", ms)), ms);
  try {
    for (let hop = 0; ; hop++) {
      if (line.closed !== undefined) throw line.closed;
      const response = await s.fetch(url.href, {
        method: s.request.method,
        headers: s.headers,
        ...(s.body === undefined ? {} : { body: s.body }),
        // A followed redirect would carry x-api-key and its like to another origin.
        redirect: "manual",
        signal: line.controller.signal,
      });
      if (!redirects(response)) return response;
      url = (await import("./network.ts")).redirected(response, url, s.request.method, hop);
    }
  } catch (cause) {
    throw line.explain(cause, url);
  } finally {
    clearTimeout(timer);
  }
}
function redirects({ type, status, headers }: Response): boolean {
  return type === "opaqueredirect" || (status >= 301 && status <= 308 && status !== 304 && headers.get("location") !== null);
}
/** A body that is already gone can't be cancelled, and nothing is lost by that. */
export function ignore(): void {}

/** A capped body as text, under the idle timeout. */
export async function readText(
  response: Response,
  s: Pick<Sending, "timeouts" | "scrub" | "request">,
  line: Line,
  cap: number,
): Promise<string> {
  if (response.body === null) return "";
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let timer: ReturnType<typeof setTimeout> | undefined;
  const arm = (): void => {
    timer = setTimeout(() => line.close(timedOut("idle", s.timeouts.idle)), s.timeouts.idle);
  };
  try {
    for (;;) {
      arm();
      const { done, value } = await reader.read();
      clearTimeout(timer);
      if (done) return text + decoder.decode();
      text += decoder.decode(value, { stream: true });
      if (text.length > cap) {
        void reader.cancel().catch(ignore);
        return text.slice(0, cap);
      }
    }
  } catch (cause) {
    throw line.explain(cause, s.request.url);
  } finally {
    clearTimeout(timer);
  }
}

export function parseJson(text: string): unknown {
  const trimmed = text.trim();
  if (trimmed === "") return undefined;
  try {
    return JSON.parse(trimmed);
  } catch {
    // Not JSON is an answer too: the caller looks at the text.
    return undefined;
  }
}

/** Reads the bytes of one answer into a reader, packet by packet, only when asked: that is the back-pressure. */
export class Pump {
  /** When the first byte came, epoch milliseconds; 0 before. */
  firstByteAt = 0;
  readonly #body: ReadableStreamDefaultReader<Uint8Array> | undefined;
  readonly #decoder: TextDecoder = new TextDecoder();
  readonly #reader: Reader;
  readonly #emit: Emit;
  readonly #s: Sending;
  readonly #line: Line;
  readonly #framing: Protocol["framing"];
  #mode: "undecided" | "sse" | "lines" | "body" = "undecided";
  readonly #sse: SseFeed;
  #pending: string[] = [];
  #pendingLength = 0;
  #waitingSince = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** There was at least one event. */
  #spoke = false;
  #hurried = false;
  /** Of the time for finishing, milliseconds that earlier packets took. */
  #spent = 0;

  constructor(response: Response, reader: Reader, emit: Emit, s: Sending, line: Line, framing: Protocol["framing"]) {
    this.#body = response.body?.getReader();
    this.#reader = reader;
    this.#emit = emit;
    this.#s = s;
    this.#line = line;
    this.#framing = framing;
    this.#sse = createSse(
      (message) => {
        this.#spoke = true;
        if (reader.phase !== "done") reader.message(message, emit);
      },
      (text) => reader.stray(text, emit),
      s.limits.event,
    );
  }

  /** Reads one packet and pushes it through. False: the answer has ended, well or by the reader's own error. */
  async advance(): Promise<boolean> {
    if (this.#line.closed !== undefined) throw this.#line.closed;
    this.#waitingSince = Date.now();
    if (this.#timer === undefined) this.#arm();
    let done: boolean;
    let value: Uint8Array | undefined;
    try {
      if (this.#body === undefined) done = true;
      else ({ done, value } = await this.#body.read());
    } catch (cause) {
      // A complete answer whose socket then breaks is complete.
      if (this.#reader.phase === "open" || this.#line.closed !== undefined) return this.#broken(cause);
      done = true;
    }
    if (this.#hurried) this.#spent += Date.now() - this.#waitingSince;
    this.#waitingSince = 0;
    // A body cancelled by a timer ends without an error of its own.
    if (this.#line.closed !== undefined && this.#line.closed !== FINISHED) return this.#broken(this.#line.closed);
    if (done) {
      this.#feed(this.#decoder.decode());
      this.#finish();
      return false;
    }
    if (this.firstByteAt === 0) {
      this.firstByteAt = Date.now();
      // From here on the shorter limit may be the one that counts.
      this.#stop();
    }
    this.#feed(this.#decoder.decode(value, { stream: true }));
    if (this.#reader.phase !== "done") {
      if (this.#hurried !== (this.#reader.phase === "finishing")) this.#hurry();
      return true;
    }
    // The terminator has been read: what follows is drained, so that the connection can be used again.
    this.#stop();
    this.#reader.end(this.#emit);
    void this.#drain();
    return false;
  }

  #broken(cause: unknown): boolean {
    if (this.#line.closed === FINISHED) {
      this.#finish();
      return false;
    }
    this.#stop();
    throw this.#line.explain(cause, this.#s.request.url, this.firstByteAt > 0);
  }

  #feed(text: string): void {
    if (text === "") return;
    switch (this.#mode) {
      case "sse":
        this.#sse.feed(text);
        return;
      case "undecided":
        return this.#decide(text);
      case "lines":
      case "body":
        return this.#hold(text);
    }
  }

  /** The first byte that is no blank says what this is; blanks before it (some hosts send them to keep a socket alive) mean nothing. */
  #decide(text: string): void {
    const start = text.replace(/^[\uFEFF\s]+/, "");
    if (start === "") return;
    const json = /^[[{"<]/.test(start);
    this.#mode = json ? (this.#framing === "json-lines" ? "lines" : "body") : "sse";
    this.#feed(start);
  }

  #hold(text: string): void {
    this.#pending.push(text);
    this.#pendingLength += text.length;
    if (this.#pendingLength > this.#s.limits.body)
      throw new LumiverseError({
        code: "malformed-response",
        message: `the answer is longer than ${this.#s.limits.body} characters`,
        hint: "Raise limits.body on the connection",
      });
    if (this.#mode !== "lines" || !text.includes("\n")) return;
    const lines = this.#pending.join("").split("\n");
    this.#pending = [lines.pop() ?? ""];
    this.#pendingLength = this.#pending[0]?.length ?? 0;
    for (const data of lines) if (data.trim() !== "") this.#reader.message({ data }, this.#emit);
  }

  /** The connection ended. */
  #finish(): void {
    this.#stop();
    const reader = this.#reader;
    const emit = this.#emit;
    if (this.#mode === "sse") {
      this.#sse.end();
      if (reader.phase !== "done") {
        const stray = this.#sse.stray();
        if (stray !== "") reader.stray(stray, emit);
        if (stray !== "" && !this.#spoke) throw this.#neither(stray);
      }
    } else {
      const text = this.#pending.join("").replace(/^\uFEFF/, "");
      this.#pending = [];
      if (this.#mode === "lines" && text.trim() !== "") reader.message({ data: text }, emit);
      else if (this.#mode !== "lines") this.#whole(text);
    }
    reader.end(emit);
  }

  #whole(text: string): void {
    // A reader may know what an empty answer means where it asked.
    if (text.trim() === "") this.#reader.stray("", this.#emit);
    if (text.trim() === "") throw new LumiverseError({ code: "malformed-response", message: "the answer is empty", retryable: true });
    const json = parseJson(text);
    if (json !== undefined) return this.#reader.body(json, this.#emit);
    // A bare JSON error can be followed by a stream, and a stream can begin with text that is none.
    if (/^data:/m.test(text)) {
      this.#sse.feed(text);
      this.#sse.end();
      return;
    }
    this.#reader.stray(text, this.#emit);
    throw this.#neither(text);
  }

  #neither(text: string): LumiverseError {
    return new LumiverseError({
      code: "malformed-response",
      message: isHtml({ text })
        ? "the answer is an HTML page"
        : `the answer is neither JSON nor a stream: ${this.#s.scrub(text.trim().slice(0, 200))}`,
      hint: "Check the base URL: something else than the API answers there",
    });
  }

  /** One timer a stream, re-armed from when the wait began; a consumer that takes its time is no silence. */
  #arm(): void {
    const first = this.firstByteAt === 0;
    const limit = this.#hurried ? FINISHING : first ? this.#s.timeouts.firstEvent : this.#s.timeouts.idle;
    const waited = this.#spent + (this.#waitingSince === 0 ? 0 : Date.now() - this.#waitingSince);
    if (waited >= limit) {
      this.#line.close(this.#hurried ? FINISHED : timedOut(first ? "firstEvent" : "idle", limit));
      void this.#body?.cancel().catch(ignore);
      return;
    }
    this.#timer = setTimeout(() => this.#arm(), limit - waited);
  }

  /** The answer is complete: the rest has two seconds. */
  #hurry(): void {
    // Some hosts put a finish reason on every chunk: a reader that goes on is not finishing.
    this.#hurried = this.#reader.phase === "finishing";
    this.#spent = 0;
    this.#stop();
    if (this.#hurried) this.#arm();
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #drain(): Promise<void> {
    const timer = setTimeout(() => this.close(), FINISHING / 2);
    try {
      while (this.#body !== undefined && !(await this.#body.read()).done);
    } catch {
      // The answer is whole; how its socket ends concerns nobody.
    }
    clearTimeout(timer);
  }

  /** Closes the socket: the body first, then the request, because runtimes disagree on which of the two does it. */
  close(): void {
    this.#stop();
    void this.#body?.cancel().catch(ignore);
    this.#line.controller.abort();
  }
}

/** The mark of a line closed because its answer was complete. */
const FINISHED: LumiverseError = new LumiverseError({ code: "aborted", message: "the answer was complete" });
