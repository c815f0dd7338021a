/**
 * What a case says of its answer, in as much as every package can say it: text, reasoning, calls, reason, counts, sources, and that a refusal is an error. In place of
 * "golden", which compares requests and events as this library spells them.
 */
import { isLumiverseError, isObject, type JsonObject } from "@lumiverse/core";
import { type Check, check } from "./check.ts";
import { brief, partFaults } from "./compare.ts";
import { type Expect, exchangesFor, type Fixture, modesOf } from "./fixture.ts";
import { memoryFetch } from "./memory.ts";
import { ending, errorOf, play, type Turn } from "./play.ts";
import { type Judged, judged, type Subject } from "./subject.ts";

export function answerChecks(subject: Subject, fixtures: readonly Fixture[]): Check[] {
  const who = judged(subject);
  return fixtures.flatMap((fixture) =>
    modesOf(fixture).map((mode) => check("golden", `${fixture.name} (${mode})`, () => answerFaults(who, fixture, mode))),
  );
}

async function answerFaults(who: Judged, fixture: Fixture, mode: "stream" | "generate"): Promise<string[]> {
  const turns = await play(who, fixture, mode, { fetch: memoryFetch(exchangesFor(fixture, mode)) });
  return turns.flatMap((turn, i) => said(turn).map((fault) => (turns.length > 1 ? `turn ${i + 1}: ${fault}` : fault)));
}

function said({ expect, ...turn }: Turn): string[] {
  if (expect.error !== undefined) return refusalFaults({ expect, ...turn }, expect.error);
  // Refused by the SDK's own error for what a package can't send: it does not claim the case.
  if (isLumiverseError(turn.error) && turn.error.code === "unsupported") return [];
  if (turn.error !== undefined) return [`it failed with ${ending({ expect, ...turn })}`];
  const { text, reasoning, finishReason, usage, toolCalls, sources } = expect.response ?? {};
  const faults: string[] = [];
  const compare = (name: string, actual: unknown, expected: unknown): void => {
    if (expected !== undefined) faults.push(...partFaults(actual, expected, name));
  };
  const { response } = turn;
  compare("text", response?.text, text);
  compare("reasoning", response?.reasoning, reasoning);
  if (WORDS.has(String(finishReason))) compare("finishReason", response?.finishReason, finishReason);
  if (isObject(usage)) {
    const { input, cacheRead, output, reasoning: thought } = usage;
    for (const [name, count] of Object.entries({ input, cacheRead, output, reasoning: thought })) {
      const told = response?.usage[name as "input"]; // one of four buckets
      if (count !== 0 || told !== undefined) compare(`usage.${name}`, told, count);
    }
  }
  if (Array.isArray(toolCalls)) compare("toolCalls", callsOf(response?.toolCalls ?? []), callsOf(toolCalls));
  if (Array.isArray(sources)) compare("sources", urlsOf(response?.sources ?? []), urlsOf(sources));
  return faults;
}
/** The reasons that both sides have a word for. */
const WORDS: ReadonlySet<string> = new Set(["stop", "length", "tool-calls", "content-filter"]);

function refusalFaults(turn: Turn, { code, status }: NonNullable<Expect["error"]>): string[] {
  if (turn.error === undefined) return [`an error (${code}) was due, but it ended with ${ending(turn)}`];
  const { status: seen, message } = errorOf(turn.error) as { status?: number; message: string }; // an untyped one has no status
  // The answers of memory have no status text, as those of HTTP/2: a package that read nothing of a refusal has nothing to say.
  if (message === "") return ["the error says nothing: what the host gave as its reason was not read"];
  return status === undefined || status < 400 || seen === status ? [] : [`the error's status is ${brief(seen)}, expected ${status}`];
}

function callsOf(calls: readonly unknown[]): JsonObject[] {
  return calls.map((call) => (isObject(call) ? { name: call["name"], input: call["input"] } : {}));
}
function urlsOf(sources: readonly unknown[]): unknown[] {
  return sources.map((source) => (isObject(source) ? source["url"] : undefined));
}
