/** Lets every mutant of a provider meet the rules that must catch it. */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Provider } from "@lumiverse/core";
import { type Check, idOf } from "./check.ts";
import { checksOf, type SuiteOptions } from "./checks.ts";
import { type Fixture, readFixtures } from "./fixture.ts";
import type { Mutant, Rule } from "./mutant.ts";
import { mutants } from "./mutants.ts";
import { judged } from "./subject.ts";

export interface Verdict {
  mutant: string;
  /** The checks that caught it, one for each rule. */
  killedBy: string[];
  /** The rules that must catch it and do not: it lives. */
  missedBy: string[];
  /** Why it does not apply. */
  idle?: string;
}

/** Checks that fail for the provider itself catch nothing. */
export async function runMutants(provider: Provider, options: SuiteOptions, list: readonly Mutant[] = mutants): Promise<Verdict[]> {
  const fixtures = readFixtures(options.fixtures);
  const sound = soundness(checksOf(judged(provider), options));
  const verdicts = new Map<string, Verdict>();
  // Sockets first: once nock has been loaded nothing is believed about them.
  const ordered = [...list].sort((a, b) => Number(a.rules.includes("golden")) - Number(b.rules.includes("golden")));
  for (const mutant of ordered) verdicts.set(mutant.id, await meet(mutant, provider, options, fixtures, sound));
  return list.flatMap((mutant) => verdicts.get(mutant.id) ?? []);
}

type Sound = (id: string) => Promise<boolean>;

async function meet(
  mutant: Mutant,
  provider: Provider,
  options: SuiteOptions,
  fixtures: readonly Fixture[],
  sound: Sound,
): Promise<Verdict> {
  const verdict: Verdict = { mutant: mutant.id, killedBy: [], missedBy: [] };
  const { shows } = mutant;
  const idle = mutant.idle?.(fixtures, provider) ?? (shows === undefined || fixtures.some(shows.in) ? undefined : shows.otherwise);
  if (idle !== undefined) return { ...verdict, idle };
  const folder = mutant.spoil === undefined ? undefined : copyOf(options.fixtures);
  try {
    if (folder !== undefined) mutant.spoil?.(folder, fixtures);
    const subject = mutant.break?.(provider, fixtures) ?? judged(provider);
    const all = checksOf(subject, folder === undefined ? options : { ...options, fixtures: folder });
    // Checks of those cases first: the others can only pass.
    const telling = fixtures.filter((fixture) => shows?.in(fixture) === true).map((fixture) => fixture.name);
    const ordered = telling.length === 0 ? all : [...all].sort((a, b) => Number(isOf(b, telling)) - Number(isOf(a, telling)));
    for (const rule of mutant.rules) {
      const id = await caught(rule, ordered, options.known ?? {}, sound);
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

/** The first check of a rule that fails for the mutant and not for the provider: one is enough. */
async function caught(
  rule: Rule,
  all: readonly Check[],
  known: Readonly<Record<string, string>>,
  sound: Sound,
): Promise<string | undefined> {
  for (const check of all) {
    const id = idOf(check);
    if ((rule === check.group || rule === id) && known[id] === undefined && !(await holds(check)) && (await sound(id))) return id;
  }
  return undefined;
}

/** Whether a check of the provider as it is holds; asked once for each. One that the provider does not have was made by the mutant. */
function soundness(own: readonly Check[]): Sound {
  const asked = new Map<string, Promise<boolean>>();
  return (id) => {
    const twin = own.find((check) => idOf(check) === id);
    const answer = asked.get(id) ?? (twin === undefined ? Promise.resolve(true) : holds(twin));
    asked.set(id, answer);
    return answer;
  };
}

async function holds(check: Check): Promise<boolean> {
  try {
    await check.run();
    return true;
  } catch {
    // Why it failed is the business of the report.
    return false;
  }
}

function copyOf(fixtures: URL | string): string {
  const folder = mkdtempSync(join(tmpdir(), "mutant-"));
  cpSync(typeof fixtures === "string" ? fixtures : fileURLToPath(fixtures), folder, { recursive: true });
  return folder;
}
