/** Repeats work until the function that it returns is called. A timer alone does not keep a process alive. */
export function startTimers(
  work: readonly (readonly [ms: number, run: () => Promise<unknown>])[],
  onError: (error: unknown) => void,
): () => void {
  const timers = work.map(([ms, run]) => {
    let running = false;
    const start = (): void => {
      // A database that does not answer must not let work pile up.
      if (running) return;
      running = true;
      void run()
        .catch(onError)
        .finally(() => {
          running = false;
        });
    };
    const timer = setInterval(start, ms);
    // Node's timers are objects; those of other runtimes are numbers and keep nothing alive.
    if (typeof timer === "object") timer.unref();
    return timer;
  });
  return () => {
    for (const timer of timers) clearInterval(timer);
  };
}

/** The result of a promise, or undefined when it takes longer. */
export async function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The next turn of the event loop: what waits is served first. Not every runtime has the timer that comes at once. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === "function") setImmediate(resolve);
    else setTimeout(resolve, 0);
  });
}
