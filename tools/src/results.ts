/** The counts that `npm test` prints at the end. Each check is passed, failed or skipped. */
export interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

export function sum(tallies: readonly Tally[]): Tally {
  const total: Tally = { passed: 0, failed: 0, skipped: 0 };
  for (const tally of tallies) {
    total.passed += tally.passed;
    total.failed += tally.failed;
    total.skipped += tally.skipped;
  }
  return total;
}

export function sentence(tally: Tally): string {
  const skipped = tally.skipped > 0 ? `, ${tally.skipped} skipped` : "";
  return `${tally.passed} passed, ${tally.failed} failed${skipped}`;
}

/** The result of one check. */
export interface Check {
  name: string;
  /** The reason of the failure. Undefined when the check passed. */
  problem?: string;
  /** Why the check could not run here, such as a runtime that is not installed. */
  skipped?: string;
}
/** Prints the failed and the skipped checks and counts all of them. */
export function report(checks: readonly Check[]): Tally {
  const failed = checks.filter((check) => check.problem !== undefined);
  for (const check of failed) console.log(`FAILED ${check.name}\n${indent(check.problem ?? "")}`);
  const skipped = checks.filter((check) => check.skipped !== undefined);
  for (const check of skipped) console.log(`SKIPPED ${check.name}: ${check.skipped}`);
  return { passed: checks.length - failed.length - skipped.length, failed: failed.length, skipped: skipped.length };
}
function indent(text: string): string {
  const lines = text.trimEnd().split("\n");
  const shown = lines.length > 60 ? [...lines.slice(0, 60), `… ${lines.length - 60} more lines`] : lines;
  return shown.map((line) => `    ${line}`).join("\n");
}
