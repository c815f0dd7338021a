/** Ids of tool calls that are the same in every request, so that prompt caches keep matching. */

const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/** An id of `length` letters and digits that depends on the given id alone. */
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

/**
 * The id, with a number behind it if the map has it already. Some servers repeat ids within a turn: five random digits, or 0 for every call.
 * @param counts the ids so far, which this adds to; one map for all calls of a request or of an answer
 */
export function uniqueId(id: string, counts: Map<string, number>): string {
  let unique = id;
  // Counting each id keeps many calls with one id linear.
  for (let n = counts.get(id) ?? 1; counts.has(unique); n++) {
    counts.set(id, n + 1);
    unique = `${id}_${n + 1}`;
  }
  counts.set(unique, 1);
  return unique;
}
