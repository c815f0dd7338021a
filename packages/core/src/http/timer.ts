/** The longest delay that `setTimeout` keeps; a longer one would fire at once. */
const LONGEST_DELAY = 2 ** 31 - 1;

/** Calls back after `ms` milliseconds, of any length; `undefined`, `Infinity` and `NaN` never call back. Returns a function that cancels it. */
export function startTimer(ms: number | undefined, callback: () => void): () => void {
  if (ms === undefined || !(ms < Number.POSITIVE_INFINITY)) return () => {};
  let timer: ReturnType<typeof setTimeout>;
  const wait = (left: number): void => {
    timer = setTimeout(() => (left > LONGEST_DELAY ? wait(left - LONGEST_DELAY) : callback()), Math.min(left, LONGEST_DELAY));
  };
  wait(ms);
  return () => clearTimeout(timer);
}
