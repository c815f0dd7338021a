/** Checks that a setting that a case shows changes what is sent or what is returned. */
import { exchangesFor, type Fixture, modesOf } from "../fixture/fixture.ts";
import { memoryFetch, type SentRequest } from "../play/memory-fetch.ts";
import { comparableTurn, play } from "../play/play.ts";
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
  return (await outcome(subject, fixture)) !== (await outcome(subject, { ...fixture, case: { ...fixture.case, settings } }));
}

/** What a case sends and returns, as text. */
async function outcome(subject: TestedSubject, fixture: Fixture): Promise<string> {
  const sent: SentRequest[] = [];
  const mode = modesOf(fixture)[0] ?? "generate";
  const turns = await play(subject, fixture, mode, { fetch: memoryFetch(exchangesFor(fixture, mode), undefined, sent) });
  const requests = sent.map(({ method, url, headers, body }) => ({ method, url, headers: withoutToken(headers), body }));
  return JSON.stringify([requests, turns.map((turn) => [comparableTurn(turn, true), turn.value])]);
}

/** A token exchange differs from call to call. */
function withoutToken({ authorization: _, ...headers }: SentRequest["headers"]): SentRequest["headers"] {
  return headers;
}
