/** Milliseconds of a monotonic clock; never 0, so 0 can mean unset. */
export function clock(): number {
  return 1 + Math.floor(performance.now());
}

/** The longest delay that `setTimeout` keeps; a longer one would fire at once. */
const LONGEST_DELAY = 2 ** 31 - 1;

/** Calls back after `ms` milliseconds, of any length; `undefined`, `Infinity` and `NaN` never call back. Returns a function that cancels it. */
export function startTimer(ms: number | undefined, callback: () => void): () => void {
  if (ms === undefined || !(ms < Number.POSITIVE_INFINITY)) return () => {};
  let timer: ReturnType<typeof setTimeout>;
  const wait = (left: number): void => {
    timer = left > LONGEST_DELAY ? setTimeout(() => wait(left - LONGEST_DELAY), LONGEST_DELAY) : setTimeout(callback, left);
  };
  wait(ms);
  return () => clearTimeout(timer);
}

/** One timer for deadlines that follow each other. A later deadline does not replace the timer: it looks at the deadline when it fires. */
export class Deadline {
  /** When the deadline is reached, and when the timer fires. */
  #at = 0;
  #firesAt = 0;
  #onReached = (): void => {};
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Replaces the deadline by one in `ms` milliseconds. */
  set(ms: number, onReached: () => void): void {
    this.#at = clock() + ms;
    this.#onReached = onReached;
    if (this.#timer !== undefined && this.#firesAt <= this.#at) return;
    this.clear();
    this.#firesAt = this.#at;
    if (ms < Number.POSITIVE_INFINITY) this.#timer = setTimeout(this.#onTimer, Math.min(ms, LONGEST_DELAY));
  }

  readonly #onTimer = (): void => {
    this.#timer = undefined;
    const left = this.#at - clock();
    if (left > 0) this.set(left, this.#onReached);
    else this.#onReached();
  };

  /** There is no deadline, and no timer. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
