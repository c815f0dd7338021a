const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/** A deterministic id of `length` letters and digits. The same input gives the same id in every request, so that prompt caches keep matching. */
export function shortId(id: string, length: number): string {
  let out = "";
  // FNV-1a, repeated until any length is filled.
  let hash = 0x811c9dc5;
  for (let round = 0; out.length < length; round++) {
    for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193) >>> 0;
    hash = Math.imul(hash ^ (round + 1), 0x01000193) >>> 0;
    for (let h = hash, n = 0; n < 5 && out.length < length; n++, h = Math.floor(h / 62)) out += LETTERS[h % 62];
  }
  return out;
}
