/** The wire's effort word nearest to a level, weakest first in `words`. A tie goes to the weaker. */
const RANK: Readonly<Record<string, number>> = { none: 0, off: 0, minimal: 1, low: 2, medium: 3, default: 3, high: 4, xhigh: 5, max: 6 };
export function effortWord(level: string, words: readonly string[]): string | undefined {
  if (words.includes(level)) return level;
  const want = RANK[level] ?? 3;
  let best: string | undefined;
  let distance = Number.POSITIVE_INFINITY;
  for (const word of words) {
    const rank = RANK[word];
    if (rank === undefined || rank === 0) continue;
    if (Math.abs(rank - want) < distance) {
      distance = Math.abs(rank - want);
      best = word;
    }
  }
  return best ?? words[words.length - 1];
}
