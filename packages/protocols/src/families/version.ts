/**
 * Versions in model ids, compared as numbers and never by substring: a test for `x-5` also finds `x-5-5`, which has other rules. A public client gave one
 * model the other's parameters that way.
 */

/** The numbers that `pattern` captures in the lower-cased id, in order. Groups that are not numbers are skipped. Undefined when there is none. */
export function versionOf(id: string, pattern: RegExp): readonly number[] | undefined {
  const match = pattern.exec(id.toLowerCase());
  if (match === null) return undefined;
  const numbers: number[] = [];
  for (const group of match.slice(1)) if (group !== undefined && /^\d+$/.test(group)) numbers.push(Number(group));
  return numbers.length === 0 ? undefined : numbers;
}

/** True when `version` is `minimum` or newer. Missing numbers count as 0, so 5 is 5.0. */
export function atLeast(version: readonly number[], minimum: readonly number[]): boolean {
  for (let i = 0; i < Math.max(version.length, minimum.length); i++) {
    const difference = (version[i] ?? 0) - (minimum[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

/** A test for ids whose version is `from` or newer, and older than `before`. False for ids that `pattern` does not match. */
export function versionIn(pattern: RegExp, from: readonly number[] = [0], before?: readonly number[]): (id: string) => boolean {
  return (id) => {
    const version = versionOf(id, pattern);
    return version !== undefined && atLeast(version, from) && (before === undefined || !atLeast(version, before));
  };
}
