import type { LumiverseError } from "@lumiverse/core";
import { FAILURE_CLASSES } from "./failure-classes.ts";

export interface CooldownOptions {
  /** Milliseconds that a target rests, unless its vendor names a time (Retry-After). Default 30,000. 0: never. */
  cooldownMs: number;
  /** Failures in a row after which a target that is down rests. Default 2. Rate limits and refused keys count at once. */
  failuresBeforeCooldown: number;
  /** Epoch milliseconds. */
  now: () => number;
}

/** Whether one target may be asked. Several fallbacks, or several processes, can share one. */
export interface TargetCooldown {
  /** Epoch milliseconds until which the target rests. */
  readonly until: number;
  readonly resting: boolean;
  succeeded(): void;
  failed(error: LumiverseError): void;
}

/** Keeps the failures of one target in memory. */
export class Cooldown implements TargetCooldown {
  readonly #options: CooldownOptions;
  #failures = 0;
  #until = 0;

  constructor(options: CooldownOptions) {
    this.#options = options;
  }

  get until(): number {
    return this.#until;
  }

  get resting(): boolean {
    return this.#options.now() < this.#until;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#until = 0;
  }

  failed(error: LumiverseError): void {
    const { rests } = FAILURE_CLASSES[error.code];
    const { cooldownMs, failuresBeforeCooldown, now } = this.#options;
    if (rests === "never" || cooldownMs === 0) return;
    this.#failures++;
    const named = error.retryAfterMs !== undefined;
    if (named || rests === "at once" || this.#failures >= failuresBeforeCooldown) this.#until = now() + (error.retryAfterMs ?? cooldownMs);
  }
}
