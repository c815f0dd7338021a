/** Whether a value that was read at `readAt` is less than `maxAgeMs` old. False when `readAt` is in the future: someone set the clock back. */
export function isFresh(readAt: number, now: number, maxAgeMs: number): boolean {
  return readAt <= now && now - readAt < maxAgeMs;
}
