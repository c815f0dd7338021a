/**
 * Compares answers with a case in what every library returns: text, reasoning, calls, finish reason, token counts, sources, and that a refusal is an error. These checks
 * replace the group `golden`, which compares this library's requests and events.
 */

import {
  type Check,
  check,
  describeEnd,
  type Expect,
  errorOf,
  exchangesFor,
  type Fixture,
  memoryFetch,
  modesOf,
  partFaults,
  play,
  preview,
  type Subject,
  type TestedSubject,
  type Turn,
  testedSubject,
} from "@lumiverse/conformance/internals";
import { isLumiverseError, isObject, type JsonObject } from "@lumiverse/core/provider";

/** One check per call of each case. */
export function answerChecks(subject: Subject, fixtures: readonly Fixture[]): Check[] {
  const tested = testedSubject(subject);
  return fixtures.flatMap((fixture) =>
    modesOf(fixture).map((mode) => check("golden", `${fixture.name} (${mode})`, () => answerFaults(tested, fixture, mode))),
  );
}

async function answerFaults(subject: TestedSubject, fixture: Fixture, mode: "stream" | "generate"): Promise<string[]> {
  const turns = await play(subject, fixture, mode, { fetch: memoryFetch(exchangesFor(fixture, mode)) });
  return turns.flatMap((turn, i) => turnFaults(turn).map((fault) => (turns.length > 1 ? `turn ${i + 1}: ${fault}` : fault)));
}

function turnFaults({ expect, ...turn }: Turn): string[] {
  if (expect.error !== undefined) return refusalFaults({ expect, ...turn }, expect.error);
  // The package refused the request with the SDK's error for unsupported features, so the case does not apply to it.
  if (isLumiverseError(turn.error) && turn.error.code === "unsupported") return [];
  if (turn.error !== undefined) return [`the call failed with ${describeEnd({ expect, ...turn })}`];
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
      const actual = response?.usage[name as "input"]; // one of four buckets
      if (count !== 0 || actual !== undefined) compare(`usage.${name}`, actual, count);
    }
  }
  if (Array.isArray(toolCalls)) compare("toolCalls", callsOf(response?.toolCalls ?? []), callsOf(toolCalls));
  if (Array.isArray(sources)) compare("sources", urlsOf(response?.sources ?? []), urlsOf(sources));
  return faults;
}
/** The finish reasons that both libraries have. */
const WORDS: ReadonlySet<string> = new Set(["stop", "length", "tool-calls", "content-filter"]);

function refusalFaults(turn: Turn, { code, status }: NonNullable<Expect["error"]>): string[] {
  if (turn.error === undefined) return [`an error (${code}) was expected, but the call ended with ${describeEnd(turn)}`];
  const { status: seen, message } = errorOf(turn.error) as { status?: number; message: string }; // an untyped error has no status
  // The answers have no status text, as with HTTP/2, so the message is empty if the package did not read the body.
  if (message === "") return ["the error has no message: the host's reason was not read"];
  return status === undefined || status < 400 || seen === status ? [] : [`the error's status is ${preview(seen)}, expected ${status}`];
}

function callsOf(calls: readonly unknown[]): JsonObject[] {
  return calls.map((call) => (isObject(call) ? { name: call["name"], input: call["input"] } : {}));
}
function urlsOf(sources: readonly unknown[]): unknown[] {
  return sources.map((source) => (isObject(source) ? source["url"] : undefined));
}
