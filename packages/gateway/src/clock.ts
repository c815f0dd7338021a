/** Whether what was read at `readAt` may be used again. What seems to come from the future may not: the clock was set back since, by any amount. */
export function isFresh(readAt: number, now: number, maxAgeMs: number): boolean {
  return readAt <= now && now - readAt < maxAgeMs;
}
