/**
 * Plays every case and writes `expect` anew where only the texts of notes or the pieces of an error's message or hint changed. Requests must be sent byte for byte
 * as before. Any other difference is printed, its case is left as it is, and the exit code is 1. `--check` writes nothing.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Case,
  type Expect,
  exchangesFor,
  type Fixture,
  memoryFetch,
  modesOf,
  play,
  readFixtures,
  type SentRequest,
  type TestedSubject,
  type Turn,
  testedSubject,
} from "@lumiverse/conformance/internals";
import { type ChatEvent, isLumiverseError } from "@lumiverse/core/provider";
import { existingFolder, runScript, script } from "@lumiverse/tools/command-line";
import { installedIn, packagesIn } from "./providers/provider-packages.ts";

/** What changed, by kind, with the number of cases. */
const counts = new Map<string, number>();
let refused = 0;

await runScript(
  script("rewrite-expected", "Play every case, and write its expectation anew where only the texts of notes and errors changed.", [
    "--check",
    "groq",
  ])
    .argument("[id...]", "providers; without an id, all of them")
    .option("--folder <path>", "the folder of the provider packages", existingFolder, "providers")
    .option("--check", "write nothing")
    .action(main),
);

async function main(ids: readonly string[], { folder, check }: { folder: string; check?: true }): Promise<void> {
  for (const { id, provider, fixtures } of await installedIn(folder, packagesIn(folder, ids))) {
    for (const fixture of readFixtures(fixtures)) {
      const problems = await rewriteCase(testedSubject(provider), fixture, check === true);
      for (const problem of problems) process.stdout.write(`${id}/${fixture.name}: ${problem}\n`);
      if (problems.length > 0) refused++;
    }
  }
  for (const [kind, count] of counts) process.stdout.write(`${count} × ${kind}\n`);
  process.stdout.write(`${refused} cases were left as they are\n`);
  process.exitCode = refused > 0 ? 1 : 0;
}

/** Returns the differences for which a case is left as it is. */
async function rewriteCase(subject: TestedSubject, fixture: Fixture, isCheck: boolean): Promise<string[]> {
  const path = join(fixture.dir, "case.json");
  const before = readFileSync(path, "utf8");
  const written = JSON.parse(before) as Case; // readFixtures has just validated it
  const problems: string[] = [];
  for (const mode of modesOf(fixture)) {
    const sent: SentRequest[] = [];
    const turns = await play(subject, fixture, mode, { fetch: memoryFetch(exchangesFor(fixture, mode), undefined, sent) });
    problems.push(...requestProblems(fixture, mode, sent));
    for (const [i, turn] of turns.entries()) {
      const expect = i === 0 ? written.expect : written.turns?.[i - 1]?.expect;
      if (expect !== undefined) problems.push(...rewrite(expect, turn, mode));
    }
  }
  const after = `${JSON.stringify(written, null, 2)}\n`;
  if (problems.length === 0 && !isCheck && after !== before) writeFileSync(path, after);
  return problems;
}

function requestProblems(fixture: Fixture, mode: "stream" | "generate", sent: readonly SentRequest[]): string[] {
  const exchanges = exchangesFor(fixture, mode);
  const problems = sent.length === exchanges.length ? [] : [`${sent.length} requests were sent, the case has ${exchanges.length}`];
  for (const [i, { method, url, sent: body }] of exchanges.entries()) {
    const one = sent[i];
    if (one === undefined) continue;
    if (one.method !== method || one.url !== url) problems.push(`request ${i} is ${one.method} ${one.url}, expected ${method} ${url}`);
    if (body !== undefined && one.body !== body) problems.push(`the body of request ${i} changed`);
  }
  return problems;
}

/** Changes `expect` in place. Returns the differences that it must not write. */
function rewrite(expect: Expect & { -readonly [K in keyof Expect]: Expect[K] }, turn: Turn, mode: "stream" | "generate"): string[] {
  if (expect.error !== undefined) return rewriteError(expect.error, turn.error);
  if (turn.error !== undefined) return [`it failed: ${String(turn.error)}`];
  if (expect.events === undefined || mode !== "stream") return [];
  const after = JSON.stringify(turn.events);
  if (JSON.stringify(expect.events) === after) return [];
  const [expected, found] = [withoutNoteTexts(expect.events), withoutNoteTexts(turn.events)];
  if (expected !== found) return [`the events differ: ${difference(expected, found)}`];
  count("the text of a note");
  expect.events = JSON.parse(after) as ChatEvent[]; // the same value without undefined fields
  return [];
}

function rewriteError(expected: NonNullable<Expect["error"]>, error: unknown): string[] {
  if (!isLumiverseError(error)) return [`${expected.code} was expected, but it ended with ${String(error)}`];
  if (error.code !== expected.code) return [`the error's code is ${error.code}, expected ${expected.code}`];
  for (const field of ["message", "hint"] as const) {
    const piece = expected[field];
    if (piece === undefined || error[field]?.includes(piece) === true) continue;
    if (error[field] === undefined) return [`the error has no ${field}`];
    process.stdout.write(`  ${field}: ${piece}\n     -> ${error[field]}\n`);
    expected[field] = error[field];
    count(`the ${field} of an error`);
  }
  return [];
}

function withoutNoteTexts(events: readonly ChatEvent[]): string {
  return JSON.stringify(events.map((event) => (event.type === "note" ? { ...event, note: { ...event.note, message: "" } } : event)));
}

function count(kind: string): void {
  counts.set(kind, (counts.get(kind) ?? 0) + 1);
}

function difference(a: string, b: string): string {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  return `…${a.slice(Math.max(0, at - 40), at + 80)}… / …${b.slice(Math.max(0, at - 40), at + 80)}…`;
}
