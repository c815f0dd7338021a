/**
 * Plays every case and writes `expect` anew where the texts of notes, the pieces of an error's
 * message or hint, or the shape of a model list are all that changed. Requests must be sent byte for byte as before. Any other difference is printed, its case is
 * left as it is, and the exit code is 1. `--check` writes nothing.
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
  partFaults,
  play,
  readFixtures,
  type SentRequest,
  type Turn,
  testedSubject,
} from "@lumiverse/conformance/internals";
import { type ChatEvent, isLumiverseError, isObject, type JsonObject } from "@lumiverse/core/provider";
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
      const path = join(fixture.dir, "case.json");
      const text = readFileSync(path, "utf8");
      const written = JSON.parse(text) as Case; // readFixtures has just validated it
      const problems: string[] = [];
      for (const mode of modesOf(fixture)) {
        const sent: SentRequest[] = [];
        const turns = await play(testedSubject(provider), fixture, mode, {
          fetch: memoryFetch(exchangesFor(fixture, mode), undefined, sent),
        });
        problems.push(...requestProblems(fixture, mode, sent));
        for (const [i, turn] of turns.entries()) {
          const expect = i === 0 ? written.expect : written.turns?.[i - 1]?.expect;
          if (expect !== undefined) problems.push(...rewrite(expect, turn, mode));
        }
      }
      for (const problem of problems) process.stdout.write(`${id}/${fixture.name}: ${problem}\n`);
      if (problems.length > 0) refused++;
      else if (!check) {
        const changed = `${JSON.stringify(written, null, 2)}\n`;
        if (changed !== text) writeFileSync(path, changed);
      }
    }
  }
  for (const [kind, count] of counts) process.stdout.write(`${count} × ${kind}\n`);
  process.stdout.write(`${refused} cases were left as they are\n`);
  process.exitCode = refused > 0 ? 1 : 0;
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
  const problems: string[] = [];
  if (expect.events !== undefined && mode === "stream") {
    const before = JSON.stringify(expect.events);
    const after = JSON.stringify(turn.events);
    if (before !== after) {
      if (withoutNoteTexts(expect.events) === withoutNoteTexts(turn.events)) count("the text of a note");
      else if (result(expect.events) === result(turn.events)) count("parts announced twice became replaced parts");
      else problems.push(`the events differ: ${difference(withoutNoteTexts(expect.events), withoutNoteTexts(turn.events))}`);
      expect.events = JSON.parse(after) as ChatEvent[]; // the same value without undefined fields
    }
  }
  if (Array.isArray(expect.value) && isObject(turn.value) && Array.isArray(turn.value["models"])) {
    problems.push(...partFaults(turn.value["models"], expect.value, "models"));
    expect.value = { ...turn.value, models: expect.value };
    count("a model list became an object");
  }
  return problems;
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

/** What the events add up to: the parts in their order, usage and finish. */
function result(events: readonly ChatEvent[]): string {
  const parts: unknown[] = [];
  const rest: JsonObject = {};
  for (const event of events)
    if (event.type === "part" || event.type === "part-end" || event.type === "replace") parts[event.index] = event.part;
    else if (event.type === "usage" || event.type === "finish") rest[event.type] = event;
  return JSON.stringify([parts.filter((part) => part !== undefined), rest]);
}

function count(kind: string): void {
  counts.set(kind, (counts.get(kind) ?? 0) + 1);
}

function difference(a: string, b: string): string {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  return `…${a.slice(Math.max(0, at - 40), at + 80)}… / …${b.slice(Math.max(0, at - 40), at + 80)}…`;
}
