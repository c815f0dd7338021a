/** What became of the mutants, as the page of the documentation and for the terminal. */
import type { Verdict } from "./mutant-run.ts";
import { mutants } from "./mutants.ts";

export type Verdicts = Readonly<Record<string, readonly Verdict[]>>;

/** Mutants by what they break: the rules that must catch them, how many subjects have each killed, and why it does not apply to the rest. */
export function mutantTable(verdicts: Verdicts): string {
  const lines = ["| Mutant | What is broken | Must be caught by | Killed | Does not apply |", "| --- | --- | --- | --- | --- |"];
  for (const mutant of mutants) {
    const met = metBy(verdicts, mutant.id);
    const killed = met.filter(([, verdict]) => killedBy(verdict));
    const own = met.filter(([, verdict]) => verdict.idle === undefined);
    const living = own.filter(([, verdict]) => !killedBy(verdict)).map(([name]) => name);
    const score =
      met.length === 0 ? "not run" : `${killed.length} of ${own.length}${living.length > 0 ? `, LIVES in ${living.join(", ")}` : ""}`;
    lines.push(`| ${mutant.id} | ${mutant.title} | ${rulesOf(mutant.rules)} | ${score} | ${idleOf(met)} |`);
  }
  return `${lines.join("\n")}\n`;
}

/** Subjects: how many mutants each has killed. */
export function subjectTable(verdicts: Verdicts): string {
  const lines = ["| Package | Killed | Do not apply |", "| --- | --- | --- |"];
  for (const [name, all] of Object.entries(verdicts)) {
    const own = all.filter((verdict) => verdict.idle === undefined);
    lines.push(
      `| ${name} | ${own.filter(killedBy).length} of ${own.length} | ${all
        .filter((verdict) => verdict.idle !== undefined)
        .map((verdict) => verdict.mutant)
        .join(", ")} |`,
    );
  }
  return `${lines.join("\n")}\n`;
}

/** The page of the documentation. */
export function mutantPage(verdicts: Verdicts): string {
  return `# Mutants

Faults planted in every package on purpose, each of which the suite must catch, by every rule that is named (\`conformance/src/mutants*.ts\`).
Written by \`npm run mutants -- --write docs/mutants.md\`; nothing here is written by hand.

${mutantTable(verdicts)}
## By package

${subjectTable(verdicts)}`;
}

/** What lives, one line each, with the rules that should have seen it. */
export function livingIn(verdicts: Verdicts): string[] {
  return Object.entries(verdicts).flatMap(([name, all]) =>
    all
      .filter((verdict) => verdict.idle === undefined && !killedBy(verdict))
      .map((verdict) => `${name}: ${verdict.mutant} lives, unseen by ${verdict.missedBy.join(", ")}`),
  );
}

function killedBy(verdict: Verdict): boolean {
  return verdict.idle === undefined && verdict.missedBy.length === 0;
}
function metBy(verdicts: Verdicts, mutant: string): [string, Verdict][] {
  return Object.entries(verdicts).flatMap(([name, all]): [string, Verdict][] => {
    const verdict = all.find((one) => one.mutant === mutant);
    return verdict === undefined ? [] : [[name, verdict]];
  });
}
/** Reasons, each with the subjects that have it. */
function idleOf(met: readonly [string, Verdict][]): string {
  const reasons = new Map<string, string[]>();
  for (const [name, { idle }] of met) if (idle !== undefined) reasons.set(idle, [...(reasons.get(idle) ?? []), name]);
  return [...reasons].map(([reason, names]) => `${reason}: ${names.join(", ")}`).join("; ");
}
/** Groups by name, faults by name while they are few. */
function rulesOf(rules: readonly string[]): string {
  return rules.length > 4 ? `${rules.length} faults, each of them` : rules.join(", ");
}
