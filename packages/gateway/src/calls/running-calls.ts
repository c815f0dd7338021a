import { LumiverseError } from "@lumiverse/core";

/** The calls of this process that run, so that a shutdown can wait for them and end those that take too long. */
export class RunningCalls {
  readonly #controllers = new Set<AbortController>();
  #draining = false;
  #empty: (() => void) | undefined;

  get count(): number {
    return this.#controllers.size;
  }

  get draining(): boolean {
    return this.#draining;
  }

  /** @throws LumiverseError `overloaded` when the gateway shuts down */
  add(controller: AbortController): void {
    if (this.#draining) throw shuttingDown();
    this.#controllers.add(controller);
  }

  remove(controller: AbortController): void {
    this.#controllers.delete(controller);
    if (this.#controllers.size === 0) this.#empty?.();
  }

  /** Refuses new calls, waits for the others, and aborts those that still run after the grace period. */
  async drain(graceMs: number): Promise<void> {
    this.#draining = true;
    if (await this.#emptyWithin(graceMs)) return;
    for (const controller of this.#controllers) controller.abort(shuttingDown());
    // Their errors are on their way to the clients.
    await this.#emptyWithin(LONGEST_END);
  }

  async #emptyWithin(ms: number): Promise<boolean> {
    if (this.#controllers.size === 0) return true;
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), ms);
      this.#empty = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }
}

/** Milliseconds that an aborted call has to tell its client. */
const LONGEST_END = 5000;

function shuttingDown(): LumiverseError {
  return new LumiverseError({ code: "overloaded", status: 503, message: "the gateway is shutting down", retryAfterMs: 1000 });
}
