/** The longest delay that `setTimeout` keeps; a longer one would fire at once. */
const LONGEST_DELAY = 2 ** 31 - 1;

/** Calls back after `ms` milliseconds, of any length; `Infinity` never calls back. Returns a function that cancels it. */
export function startTimer(ms: number, callback: () => void): () => void {
  if (ms === Number.POSITIVE_INFINITY) return () => {};
  let timer: ReturnType<typeof setTimeout>;
  if (ms <= LONGEST_DELAY) {
    timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  }
  const wait = (left: number): void => {
    timer = setTimeout(() => (left > LONGEST_DELAY ? wait(left - LONGEST_DELAY) : callback()), Math.min(left, LONGEST_DELAY));
  };
  wait(ms);
  return () => clearTimeout(timer);
}

/** One timer for deadlines that follow each other. A later deadline does not replace the timer: it looks at the deadline when it fires. */
export class Deadline {
  /** Epoch milliseconds. */
  #at = 0;
  #onReached: (() => void) | undefined;
  /** Epoch milliseconds at which the timer fires. */
  #firesAt = 0;
  #stopTimer: (() => void) | undefined;
  readonly #onTimer = (): void => {
    this.#stopTimer = undefined;
    const onReached = this.#onReached;
    if (onReached === undefined) return;
    if (Date.now() < this.#at) this.set(this.#at - Date.now(), onReached);
    else onReached();
  };

  /** Replaces the deadline by one in `ms` milliseconds. */
  set(ms: number, onReached: () => void): void {
    this.#at = Date.now() + ms;
    this.#onReached = onReached;
    if (this.#stopTimer !== undefined && this.#firesAt <= this.#at) return;
    this.#stopTimer?.();
    this.#firesAt = this.#at;
    this.#stopTimer = startTimer(ms, this.#onTimer);
  }

  /** There is no deadline, and no timer. */
  clear(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    this.#onReached = undefined;
  }
}
