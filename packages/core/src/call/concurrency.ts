/** Gives back the slot of one call. */
export type ReleaseSlot = () => void;

/** Waits for a slot among the calls in flight, in order of arrival. Without a limit there is always one. */
export type AcquireSlot = (limit: number | undefined) => ReleaseSlot | Promise<ReleaseSlot>;

export function createSlots(): AcquireSlot {
  let running = 0;
  const waiting: (() => void)[] = [];
  const slot = (): ReleaseSlot => {
    let released = false;
    return () => {
      if (released) return;
      released = true;
      const next = waiting.shift();
      // A waiting call takes over the slot, so the count stays the same.
      if (next === undefined) running--;
      else next();
    };
  };
  return (limit) => {
    if (limit !== undefined && running >= limit) return new Promise<void>((resolve) => waiting.push(resolve)).then(slot);
    running++;
    return slot();
  };
}
