/** Checks that a setting that a case shows changes what is sent or what is returned. */
import { exchangesFor, type Fixture, modesOf } from "../fixture/fixture.ts";
import { memoryFetch, type SentRequest } from "../play/memory-fetch.ts";
import { comparableTurn, type Mode, play } from "../play/play.ts";
import type { TestedSubject } from "../play/subject.ts";

/** Describes the settings that have no effect in any case that sets them. */
export async function settingFaults(subject: TestedSubject, fixtures: readonly Fixture[]): Promise<string[]> {
  const cases = new Map<string, Fixture[]>();
  for (const fixture of fixtures)
    for (const name of Object.keys(fixture.case.settings ?? {})) cases.set(name, [...(cases.get(name) ?? []), fixture]);
  const faults: string[] = [];
  for (const [name, showing] of cases) {
    let hasEffect = false;
    for (const fixture of showing) hasEffect ||= await changes(subject, fixture, name);
    if (!hasEffect)
      faults.push(
        `the setting ${name} changes nothing in ${showing.map((fixture) => `fixtures/${fixture.name}`).join(", ")}: neither the request nor the answer`,
      );
  }
  return faults;
}

async function changes(subject: TestedSubject, fixture: Fixture, name: string): Promise<boolean> {
  const { [name]: _, ...settings } = fixture.case.settings ?? {};
  for (const mode of modesOf(fixture)) {
    const given = await outcome(subject, fixture, mode);
    const without = await outcome(subject, { ...fixture, case: { ...fixture.case, settings } }, mode);
    const different = [...new Set([...given.keys(), ...without.keys()])].filter((part) => given.get(part) !== without.get(part));
    if (different.length === 0) continue;
    // A token exchange differs from call to call, whatever the settings are.
    const again = await outcome(subject, fixture, mode);
    if (different.some((part) => given.get(part) === again.get(part))) return true;
  }
  return false;
}

/** What a case sends and returns, in parts: the method, URL, body and each header of each request, and each turn. */
async function outcome(subject: TestedSubject, fixture: Fixture, mode: Mode): Promise<Map<string, string | undefined>> {
  const sent: SentRequest[] = [];
  const turns = await play(subject, fixture, mode, { fetch: memoryFetch(exchangesFor(fixture, mode), undefined, sent) });
  return new Map([
    ...sent.flatMap(({ method, url, body, headers }, index) =>
      Object.entries({ method, url, body, ...headers }).map(([name, value]) => [`request ${index} ${name}`, value] as const),
    ),
    ...turns.map((turn, index) => [`turn ${index}`, JSON.stringify([comparableTurn(turn, true), turn.value])] as const),
  ]);
}
