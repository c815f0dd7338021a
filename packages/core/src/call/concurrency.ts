/** Gives back the slot of one call. Called once for each slot. */
export type ReleaseSlot = () => void;

/** Waits for a slot among the calls in flight, in order of arrival. Without a limit there is always one. */
export type AcquireSlot = (limit: number | undefined) => ReleaseSlot | Promise<ReleaseSlot>;

export function createSlots(): AcquireSlot {
  let running = 0;
  const waiting: (() => void)[] = [];
  const release = (): void => {
    const next = waiting.shift();
    // A waiting call takes over the slot, so the count stays the same.
    if (next === undefined) running--;
    else next();
  };
  return (limit) => {
    if (limit !== undefined && running >= limit) return new Promise((resolve) => waiting.push(() => resolve(release)));
    running++;
    return release;
  };
}
