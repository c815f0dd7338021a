import { LumiverseError } from "../chat/errors.ts";
import type { Timeouts } from "../chat/request.ts";

/** Ends one HTTP request by the caller's signal, by a timeout, or because its answer is complete; then releases the signal. */
export class RequestLifetime {
  readonly controller: AbortController = new AbortController();
  #reason: LumiverseError | undefined;
  #ending: Promise<never> | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort: () => void;

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
    this.#onAbort = () => this.end(aborted(signal?.reason));
    if (signal?.aborted === true) this.#onAbort();
    else signal?.addEventListener("abort", this.#onAbort);
  }

  /** The reason for which it ended; the first one counts. */
  get ended(): LumiverseError | undefined {
    return this.#reason;
  }

  end(reason: LumiverseError): void {
    this.#reason ??= reason;
    this.controller.abort(this.#reason);
  }

  /** Stops listening to the caller's signal. */
  release(): void {
    this.#signal?.removeEventListener("abort", this.#onAbort);
  }

  /** Waits for work that cannot be aborted, but no longer than this lifetime. A result that arrives later goes to `late`. */
  async until<T>(work: Promise<T>, late: (value: T) => void = ignore): Promise<T> {
    this.#ending ??= this.#whenEnded();
    try {
      return await Promise.race([work, this.#ending]);
    } catch (cause) {
      if (this.#reason !== undefined) work.then(late, ignore);
      throw cause;
    }
  }

  /** Rejects when the lifetime ends. All who wait share one promise. */
  #whenEnded(): Promise<never> {
    const { signal } = this.controller;
    const ending = new Promise<never>((_, reject) => {
      if (signal.aborted) reject(this.#reason);
      else signal.addEventListener("abort", () => reject(this.#reason), { once: true });
    });
    ending.catch(ignore);
    return ending;
  }
}

/** For promises whose failure has no consequence, such as cancelling a body that has already ended. */
export function ignore(): void {}

export function aborted(reason?: unknown): LumiverseError {
  return new LumiverseError({ code: "aborted", message: "the call was aborted", ...(reason === undefined ? {} : { cause: reason }) });
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
