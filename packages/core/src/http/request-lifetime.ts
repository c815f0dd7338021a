import { LumiverseError } from "../chat/errors.ts";
import { definedFields } from "../chat/json.ts";
import type { Timeouts } from "../chat/request.ts";
import { Deadline } from "./timer.ts";

/** The lifetime of one HTTP request. An abort, a timeout or a complete answer ends it. The code that creates it must clear its deadline at the end. */
export class RequestLifetime {
  readonly controller: AbortController = new AbortController();
  /** The deadline of what the request waits for: its headers, its first byte, its next one. */
  readonly deadline: Deadline = new Deadline();
  /** Callbacks for the end of the request. Lists that are never changed: there are one or two callbacks, and a set takes more memory for each request. */
  #atEnd: readonly (() => void)[] = [];
  #reason: LumiverseError | undefined;

  /** The reason why it ended; the first one counts. Undefined while it lasts. */
  get ended(): LumiverseError | undefined {
    return this.#reason;
  }

  end(reason: LumiverseError): void {
    this.#reason ??= reason;
    this.controller.abort(this.#reason);
    for (const callback of this.#atEnd) callback();
  }

  /** Calls back when the request ends. */
  onEnd(callback: () => void): void {
    this.#atEnd = this.#atEnd.concat(callback);
  }

  offEnd(callback: () => void): void {
    this.#atEnd = this.#atEnd.filter((one) => one !== callback);
  }

  /** Waits for work that cannot be aborted, but no longer than this lifetime. A result that arrives later goes to `late`. */
  until<T>(work: Promise<T>, late: (value: T) => void = ignore): Promise<T> {
    return new Promise((resolve, reject) => {
      const giveUp = (): void => reject(this.#reason);
      if (this.#reason !== undefined) giveUp();
      this.onEnd(giveUp);
      work.then(
        (value) => {
          this.offEnd(giveUp);
          if (this.#reason === undefined) resolve(value);
          else late(value);
        },
        (cause: unknown) => {
          this.offEnd(giveUp);
          reject(cause);
        },
      );
    });
  }
}

/** Ends a request when the caller's signal aborts. Returns a function that stops listening. */
export function followSignal(lifetime: RequestLifetime, signal: AbortSignal | undefined): () => void {
  const onAbort = (): void => lifetime.end(aborted(signal?.reason));
  if (signal?.aborted === true) onAbort();
  else signal?.addEventListener("abort", onAbort);
  return () => signal?.removeEventListener("abort", onAbort);
}

/** For promises whose failure has no consequence, such as cancelling a body that has already ended. */
export function ignore(): void {}

export function aborted(reason?: unknown): LumiverseError {
  return new LumiverseError({ code: "aborted", message: "the call was aborted", ...definedFields({ cause: reason }) });
}

export function timedOut(kind: keyof Timeouts, ms: number): LumiverseError {
  const what = {
    response: "no response headers arrived",
    firstEvent: "no first byte arrived",
    idle: "the stream brought nothing new",
    total: "the call did not end",
  }[kind];
  const limit = kind === "idle" ? `for ${ms} ms` : `within ${ms} ms`;
  return new LumiverseError({
    code: "timeout",
    message: `${what} ${limit} (timeouts.${kind})`,
    hint: kind === "total" ? "Raise timeouts.total" : `Raise timeouts.${kind} for models that reason for long`,
    // After the total timeout no time is left for another attempt.
    retryable: kind !== "total",
  });
}
