/**
 * One answer over HTTP: bytes to events by one synchronous push pipeline. What comes back is judged by its first byte, not by its content type, because
 * hosts answer JSON to a stream request, a stream to a JSON request, and pages to both.
 */
import type { Timeouts } from "./chat.ts";
import { isLumiverseError, LumiverseError } from "./errors.ts";
import type { Emit, Failure, Protocol, Reader, WireRequest } from "./provider.ts";
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
/** Characters of an error body that are read and kept. */
const ERROR_BODY = 1_000_000;

/** Ties one request's life to the caller's signal and to its own timers, and lets go of both. */
export class Line {
  readonly controller: AbortController = new AbortController();
  private reason: LumiverseError | undefined;
  private readonly signal: AbortSignal | undefined;
  private readonly onAbort: () => void;

  constructor(signal: AbortSignal | undefined) {
    this.signal = signal;
    this.onAbort = () => this.close(aborted(signal?.reason));
    if (signal?.aborted === true) this.onAbort();
    else signal?.addEventListener("abort", this.onAbort);
  }

  close(reason: LumiverseError): void {
    this.reason ??= reason;
    this.controller.abort(this.reason);
  }

  release(): void {
    this.signal?.removeEventListener("abort", this.onAbort);
  }

  /** Work that knows no signal, left as soon as the line is closed; what it then still brings goes to `late`. */
  until<T>(work: Promise<T>, late: (value: T) => void = ignore): Promise<T> {
    return new Promise((resolve, reject) => {
      const { signal } = this.controller;
      const leave = (): void => {
        work.then(late, ignore);
        reject(this.reason);
      };
      if (signal.aborted) return leave();
      signal.addEventListener("abort", leave);
      work.then(resolve, reject).finally(() => signal.removeEventListener("abort", leave));
    });
  }

  get closed(): LumiverseError | undefined {
    return this.reason;
  }

  /** What a rejected fetch or read means: our own reason where there is one, else the network's. */
  explain(cause: unknown, url: URL, scrub: Scrub): LumiverseError {
    return this.reason ?? (isLumiverseError(cause) ? cause : networkError(cause, url, scrub));
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

export function networkError(cause: unknown, url: URL, scrub: Scrub): LumiverseError {
  const chain: string[] = [];
  let code = "";
  for (let at: unknown = cause, depth = 0; at instanceof Error && depth < 4; at = at.cause, depth++) {
    chain.push(at.message);
    if ("code" in at && typeof at.code === "string") code = at.code;
  }
  const said = [...new Set(chain)].join(": ") || String(cause);
  const message = scrub(said);
  // Fetch quotes a header that it refuses: such a cause would carry the secret on.
  const kept = message === said ? { cause } : {};
  if (/HEADERS_TIMEOUT|BODY_TIMEOUT/.test(code))
    return new LumiverseError({
      code: "timeout",
      message: `fetch itself gave up after its own limit (${code})`,
      hint: "Node's fetch ends after 300 s of silence: pass a fetch whose dispatcher has longer headersTimeout and bodyTimeout",
      ...kept,
    });
  const hint =
    code === "ECONNREFUSED"
      ? `Nothing listens at ${url.host}: is the server running?`
      : code === "ENOTFOUND"
        ? `The host ${url.host} does not exist: check the base URL`
        : "document" in globalThis
          ? "In a page this is often CORS: the host may not answer pages at all"
          : undefined;
  return new LumiverseError({
    code: "network",
    message: `can't reach ${url.host}: ${message}`,
    ...(hint === undefined ? {} : { hint }),
    ...kept,
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
      const location = response.headers.get("location");
      if (
        response.type !== "opaqueredirect" &&
        !(response.status >= 301 && response.status <= 308 && response.status !== 304 && location !== null)
      )
        return response;
      void response.body?.cancel().catch(ignore);
      const next = location === null ? undefined : new URL(location, url);
      const repeats = s.request.method === "GET" || response.status === 307 || response.status === 308;
      if (next === undefined || next.origin !== url.origin || !repeats || hop === 3)
        throw new LumiverseError({
          code: "network",
          status: response.status,
          retryable: false,
          message:
            next?.origin === url.origin
              ? `${url.host} redirects to ${next.pathname} (HTTP ${response.status}), which loses the request's body`
              : `${url.host} redirects${next === undefined ? "" : ` to ${next.origin}`}; the key belongs to ${url.host} and was not carried on`,
          hint:
            next === undefined || next.origin === url.origin
              ? "Set baseURL to the final address"
              : `If you trust it, set baseURL to ${next.origin}`,
        });
      url = next;
    }
  } catch (cause) {
    throw line.explain(cause, url, s.scrub);
  } finally {
    clearTimeout(timer);
  }
}
/** A body that is already gone can't be cancelled, and nothing is lost by that. */
function ignore(): void {}

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
    throw line.explain(cause, s.request.url, s.scrub);
  } finally {
    clearTimeout(timer);
  }
}

export async function readFailure(response: Response, s: Sending, line: Line): Promise<Failure> {
  const text = await readText(response, s, line, ERROR_BODY);
  const json = parseJson(text);
  return { status: response.status, headers: response.headers, text, ...(json === undefined ? {} : { json }) };
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
  private readonly body: ReadableStreamDefaultReader<Uint8Array> | undefined;
  private readonly decoder: TextDecoder = new TextDecoder();
  private readonly reader: Reader;
  private readonly emit: Emit;
  private readonly s: Sending;
  private readonly line: Line;
  private readonly framing: Protocol["framing"];
  private mode: "undecided" | "sse" | "lines" | "body" = "undecided";
  private readonly sse: SseFeed;
  private pending: string[] = [];
  private pendingLength = 0;
  private waitingSince = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** There was at least one event. */
  private spoke = false;
  private hurried = false;
  /** Of the time for finishing, milliseconds that earlier packets took. */
  private spent = 0;

  constructor(response: Response, reader: Reader, emit: Emit, s: Sending, line: Line, framing: Protocol["framing"]) {
    this.body = response.body?.getReader();
    this.reader = reader;
    this.emit = emit;
    this.s = s;
    this.line = line;
    this.framing = framing;
    this.sse = createSse(
      (message) => {
        this.spoke = true;
        if (reader.phase !== "done") reader.message(message, emit);
      },
      (text) => reader.stray(text, emit),
      s.limits.event,
    );
  }

  /** Reads one packet and pushes it through. False: the answer has ended, well or by the reader's own error. */
  async advance(): Promise<boolean> {
    if (this.line.closed !== undefined) throw this.line.closed;
    this.waitingSince = Date.now();
    if (this.timer === undefined) this.arm();
    let done: boolean;
    let value: Uint8Array | undefined;
    try {
      if (this.body === undefined) done = true;
      else ({ done, value } = await this.body.read());
    } catch (cause) {
      // A complete answer whose socket then breaks is complete.
      if (this.reader.phase === "open" || this.line.closed !== undefined) return this.broken(cause);
      done = true;
    }
    if (this.hurried) this.spent += Date.now() - this.waitingSince;
    this.waitingSince = 0;
    // A body cancelled by a timer ends without an error of its own.
    if (this.line.closed !== undefined && this.line.closed !== FINISHED) return this.broken(this.line.closed);
    if (done) {
      this.feed(this.decoder.decode());
      this.finish();
      return false;
    }
    if (this.firstByteAt === 0) {
      this.firstByteAt = Date.now();
      // From here on the shorter limit may be the one that counts.
      this.stop();
    }
    this.feed(this.decoder.decode(value, { stream: true }));
    if (this.reader.phase !== "done") {
      if (this.hurried !== (this.reader.phase === "finishing")) this.hurry();
      return true;
    }
    // The terminator has been read: what follows is drained, so that the connection can be used again.
    this.stop();
    this.reader.end(this.emit);
    void this.drain();
    return false;
  }

  private broken(cause: unknown): boolean {
    if (this.line.closed === FINISHED) {
      this.finish();
      return false;
    }
    this.stop();
    const error = this.line.explain(cause, this.s.request.url, this.s.scrub);
    throw error.code === "network" && this.firstByteAt > 0
      ? new LumiverseError({ code: "network", message: `the connection broke in mid-answer: ${error.message}`, cause: error })
      : error;
  }

  private feed(text: string): void {
    if (text === "") return;
    switch (this.mode) {
      case "sse":
        this.sse.feed(text);
        return;
      case "undecided":
        return this.decide(text);
      case "lines":
      case "body":
        return this.hold(text);
    }
  }

  /** The first byte that is no blank says what this is; blanks before it (some hosts send them to keep a socket alive) mean nothing. */
  private decide(text: string): void {
    const start = text.replace(/^[\uFEFF\s]+/, "");
    if (start === "") return;
    const json = /^[[{"<]/.test(start);
    this.mode = json ? (this.framing === "json-lines" ? "lines" : "body") : "sse";
    this.feed(start);
  }

  private hold(text: string): void {
    this.pending.push(text);
    this.pendingLength += text.length;
    if (this.pendingLength > this.s.limits.body)
      throw new LumiverseError({
        code: "malformed-response",
        message: `the answer is longer than ${this.s.limits.body} characters`,
        hint: "Raise limits.body on the connection",
      });
    if (this.mode !== "lines" || !text.includes("\n")) return;
    const lines = this.pending.join("").split("\n");
    this.pending = [lines.pop() ?? ""];
    this.pendingLength = this.pending[0]?.length ?? 0;
    for (const data of lines) if (data.trim() !== "") this.reader.message({ data }, this.emit);
  }

  /** The connection ended. */
  private finish(): void {
    this.stop();
    const { reader, emit } = this;
    if (this.mode === "sse") {
      this.sse.end();
      if (reader.phase !== "done") {
        const stray = this.sse.stray();
        if (stray !== "") reader.stray(stray, emit);
        if (stray !== "" && !this.spoke) throw this.neither(stray);
      }
    } else {
      const text = this.pending.join("").replace(/^\uFEFF/, "");
      this.pending = [];
      if (this.mode === "lines" && text.trim() !== "") reader.message({ data: text }, emit);
      else if (this.mode !== "lines") this.whole(text);
    }
    reader.end(emit);
  }

  private whole(text: string): void {
    // A reader may know what an empty answer means where it asked.
    if (text.trim() === "") this.reader.stray("", this.emit);
    if (text.trim() === "") throw new LumiverseError({ code: "malformed-response", message: "the answer is empty", retryable: true });
    const json = parseJson(text);
    if (json !== undefined) return this.reader.body(json, this.emit);
    // A bare JSON error can be followed by a stream, and a stream can begin with text that is none.
    if (/^data:/m.test(text)) {
      this.sse.feed(text);
      this.sse.end();
      return;
    }
    this.reader.stray(text, this.emit);
    throw this.neither(text);
  }

  private neither(text: string): LumiverseError {
    return new LumiverseError({
      code: "malformed-response",
      message: isHtml({ text })
        ? "the answer is an HTML page"
        : `the answer is neither JSON nor a stream: ${this.s.scrub(text.trim().slice(0, 200))}`,
      hint: "Check the base URL: something else than the API answers there",
    });
  }

  /** One timer a stream, re-armed from when the wait began; a consumer that takes its time is no silence. */
  private arm(): void {
    const first = this.firstByteAt === 0;
    const limit = this.hurried ? FINISHING : first ? this.s.timeouts.firstEvent : this.s.timeouts.idle;
    const waited = this.spent + (this.waitingSince === 0 ? 0 : Date.now() - this.waitingSince);
    if (waited >= limit) {
      this.line.close(this.hurried ? FINISHED : timedOut(first ? "firstEvent" : "idle", limit));
      void this.body?.cancel().catch(ignore);
      return;
    }
    this.timer = setTimeout(() => this.arm(), limit - waited);
  }

  /** The answer is complete: the rest has two seconds. */
  private hurry(): void {
    // Some hosts put a finish reason on every chunk: a reader that goes on is not finishing.
    this.hurried = this.reader.phase === "finishing";
    this.spent = 0;
    this.stop();
    if (this.hurried) this.arm();
  }

  private stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private async drain(): Promise<void> {
    const timer = setTimeout(() => this.close(), FINISHING / 2);
    try {
      while (this.body !== undefined && !(await this.body.read()).done);
    } catch {
      // The answer is whole; how its socket ends concerns nobody.
    }
    clearTimeout(timer);
  }

  /** Closes the socket: the body first, then the request, because runtimes disagree on which of the two does it. */
  close(): void {
    this.stop();
    void this.body?.cancel().catch(ignore);
    this.line.controller.abort();
  }
}

/** The mark of a line closed because its answer was complete. */
const FINISHED: LumiverseError = new LumiverseError({ code: "aborted", message: "the answer was complete" });
