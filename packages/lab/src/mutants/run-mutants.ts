/** Runs mutants: each one must be caught by all of its rules. */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Check, checksOf, type Fixture, idOf, readFixtures, type SuiteOptions, testedSubject } from "@lumiverse/conformance/internals";
import type { Provider } from "@lumiverse/core/provider";
import type { Mutant, Rule } from "./mutant.ts";
import { mutants } from "./mutants.ts";

/** The result for one mutant. */
export interface Verdict {
  mutant: string;
  /** The checks that caught it, one per rule. */
  killedBy: string[];
  /** The rules that should have caught it but did not. If there is one, the mutant survives. */
  missedBy: string[];
  /** The reason why it does not apply. */
  notApplicable?: string;
}

/** Runs mutants of a provider. A check that fails for the provider itself does not count. */
export async function runMutants(provider: Provider, options: SuiteOptions, list: readonly Mutant[] = mutants): Promise<Verdict[]> {
  const fixtures = readFixtures(options.fixtures);
  const passesUnchanged = unchangedResults(checksOf(testedSubject(provider), options));
  const verdicts = new Map<string, Verdict>();
  // Checks over sockets come first, because nock makes their results unreliable once it is loaded.
  const ordered = [...list].sort((a, b) => Number(a.rules.includes("golden")) - Number(b.rules.includes("golden")));
  for (const mutant of ordered) verdicts.set(mutant.id, await judgeMutant(mutant, { provider, options, fixtures, passesUnchanged }));
  return list.flatMap((mutant) => verdicts.get(mutant.id) ?? []);
}

type PassesUnchanged = (id: string) => Promise<boolean>;

/** The provider that mutants change. */
interface Unchanged {
  provider: Provider;
  options: SuiteOptions;
  fixtures: readonly Fixture[];
  passesUnchanged: PassesUnchanged;
}

async function judgeMutant(mutant: Mutant, { provider, options, fixtures, passesUnchanged }: Unchanged): Promise<Verdict> {
  const verdict: Verdict = { mutant: mutant.id, killedBy: [], missedBy: [] };
  const { visibleIn } = mutant;
  const notApplicable =
    mutant.notApplicable?.(fixtures, provider) ??
    (visibleIn === undefined || fixtures.some(visibleIn.in) ? undefined : visibleIn.otherwise);
  if (notApplicable !== undefined) return { ...verdict, notApplicable };
  const folder = mutant.changeCases === undefined ? undefined : copyOf(options.fixtures);
  try {
    if (folder !== undefined) mutant.changeCases?.(folder, fixtures);
    const subject = mutant.apply?.(provider, fixtures) ?? testedSubject(provider);
    const all = checksOf(subject, folder === undefined ? options : { ...options, fixtures: folder });
    // Run the checks of the affected cases first: all others must pass.
    const affected = fixtures.filter((fixture) => visibleIn?.in(fixture) === true).map((fixture) => fixture.name);
    const ordered = affected.length === 0 ? all : [...all].sort((a, b) => Number(isOf(b, affected)) - Number(isOf(a, affected)));
    for (const rule of mutant.rules) {
      const id = await catchingCheck(rule, ordered, options.known ?? {}, passesUnchanged);
      if (id === undefined) verdict.missedBy.push(rule);
      else verdict.killedBy.push(id);
    }
    return verdict;
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}

function isOf(check: Check, cases: readonly string[]): boolean {
  return cases.some((name) => check.name === name || check.name.startsWith(`${name} `) || check.name.startsWith(`${name}:`));
}

/** The id of the first check of a rule that fails for the mutant but not for the provider. */
async function catchingCheck(
  rule: Rule,
  all: readonly Check[],
  known: Readonly<Record<string, string>>,
  passesUnchanged: PassesUnchanged,
): Promise<string | undefined> {
  for (const check of all) {
    const id = idOf(check);
    if ((rule === check.group || rule === id) && known[id] === undefined && !(await passes(check)) && (await passesUnchanged(id)))
      return id;
  }
  return undefined;
}

/** Tells whether a check passes for the unchanged provider, and remembers the result. A check that only the mutant has counts as passing. */
function unchangedResults(own: readonly Check[]): PassesUnchanged {
  const asked = new Map<string, Promise<boolean>>();
  return (id) => {
    const twin = own.find((check) => idOf(check) === id);
    const answer = asked.get(id) ?? (twin === undefined ? Promise.resolve(true) : passes(twin));
    asked.set(id, answer);
    return answer;
  };
}

async function passes(check: Check): Promise<boolean> {
  try {
    await check.run();
    return true;
  } catch {
    // Only the outcome matters here.
    return false;
  }
}

function copyOf(fixtures: URL | string): string {
  const folder = mkdtempSync(join(tmpdir(), "mutant-"));
  cpSync(typeof fixtures === "string" ? fixtures : fileURLToPath(fixtures), folder, { recursive: true });
  return folder;
}
