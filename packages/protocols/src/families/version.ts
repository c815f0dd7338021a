/**
 * Versions out of model ids, compared as numbers. Never by substring: a test for `x-5` also finds `x-5-5`, which has other rules
 * (seen in a public client's table, which gave one model the other's parameters).
 */

/** The numbers that `pattern` captures in the lower-cased id, in order; undefined when it does not match. Groups that are not numbers are skipped. */
export function versionOf(id: string, pattern: RegExp): readonly number[] | undefined {
  const match = pattern.exec(id.toLowerCase());
  if (match === null) return undefined;
  const numbers: number[] = [];
  for (const group of match.slice(1)) if (group !== undefined && /^\d+$/.test(group)) numbers.push(Number(group));
  return numbers.length === 0 ? undefined : numbers;
}

/** Is `version` that of `minimum` or newer? Missing places count as 0, so that 5 is 5.0. */
export function atLeast(version: readonly number[], minimum: readonly number[]): boolean {
  for (let i = 0; i < Math.max(version.length, minimum.length); i++) {
    const difference = (version[i] ?? 0) - (minimum[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}
