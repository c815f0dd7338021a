import { distance } from "fastest-levenshtein";

/** Characters. Longer texts are no names of models, and would take long to compare. */
const LONGEST_NAME = 200;

/** The names that are most like a given one, best first. Names that differ too much are left out. */
export function nearestNames(name: string, names: readonly string[], count = 3): string[] {
  const wanted = plain(name.slice(0, LONGEST_NAME));
  return names
    .filter((candidate) => candidate.length <= LONGEST_NAME)
    .map((candidate) => ({ candidate, score: score(wanted, plain(candidate)) }))
    .filter(({ score: value }) => value < 0.6)
    .sort((a, b) => a.score - b.score || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, count)
    .map(({ candidate }) => candidate);
}

/** 0: equal. 1: nothing in common. A name inside the other (a vendor's prefix, a date at the end) counts as near. */
function score(wanted: string, candidate: string): number {
  const longest = Math.max(wanted.length, candidate.length, 1);
  if (wanted !== "" && (candidate.includes(wanted) || wanted.includes(candidate)))
    return 0.1 + (0.2 * Math.abs(wanted.length - candidate.length)) / longest;
  return distance(wanted, candidate) / longest;
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, "-");
}
