/** Cuts bytes into packets. All randomness is seeded, so that a failure can be repeated. */

/** Cuts into packets of `size` bytes. `Infinity` gives one packet. */
export function pieces(bytes: Uint8Array<ArrayBuffer>, size: number): Uint8Array<ArrayBuffer>[] {
  if (bytes.length <= size) return [bytes];
  const cut: Uint8Array<ArrayBuffer>[] = [];
  for (let at = 0; at < bytes.length; at += size) cut.push(bytes.subarray(at, at + size));
  return cut;
}

/** Cuts at the given offsets, which must be sorted. */
export function cutAt(bytes: Uint8Array<ArrayBuffer>, offsets: readonly number[]): Uint8Array<ArrayBuffer>[] {
  const cut: Uint8Array<ArrayBuffer>[] = [];
  let from = 0;
  for (const at of [...offsets, bytes.length]) {
    if (at <= from || at > bytes.length) continue;
    cut.push(bytes.subarray(from, at));
    from = at;
  }
  return cut;
}

/** Numbers from 0 up to 1, the same for the same seed (mulberry32). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Up to `most` sorted offsets inside `length` bytes. */
export function seededCuts(length: number, seed: number, most: number): number[] {
  const draw = random(seed);
  const count = 1 + Math.floor(draw() * most);
  const offsets = new Set<number>();
  for (let i = 0; i < count; i++) offsets.add(1 + Math.floor(draw() * Math.max(1, length - 1)));
  return [...offsets].sort((a, b) => a - b);
}
