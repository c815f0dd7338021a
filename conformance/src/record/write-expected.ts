/**
 * Rewrites the requests and expectations of cases from what the subject does now, so that a change can be reviewed as a diff. Response bodies and the requests of
 * recorded exchanges are never rewritten.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isLumiverseError, isObject, type JsonObject } from "@lumiverse/core/provider";
import {
  type Case,
  type Expect,
  exchangesFor,
  type Fixture,
  type HttpExchange,
  modesOf,
  readFixtures,
  SCENARIO_LIST,
} from "../fixture/fixture.ts";
import { crashOf } from "../play/crash.ts";
import { memoryFetch, type SentRequest } from "../play/memory-fetch.ts";
import { type Mode, play, type Turn } from "../play/play.ts";
import { type Subject, testedSubject } from "../play/subject.ts";

/** Rewrites all cases of a folder and its list of scenarios. @throws what the subject's code throws by mistake, so that no case expects it */
export async function rewriteCases(subject: Subject, folder: URL | string): Promise<void> {
  const fixtures = readFixtures(folder);
  const tested = testedSubject(subject);
  for (const fixture of fixtures) {
    const one = JSON.parse(readFileSync(join(fixture.dir, "case.json"), "utf8")) as Mutable<Case>; // readFixtures has just validated it
    for (const mode of modesOf(fixture)) {
      const sent: SentRequest[] = [];
      const turns = await play(tested, fixture, mode, { fetch: memoryFetch(exchangesFor(fixture, mode), undefined, sent) });
      const own = one.exchanges.filter((exchange) => exchange.for === undefined || exchange.for === mode);
      throwCrash(turns);
      for (const [i, exchange] of own.entries()) writeRequest(fixture, exchange, sent[i]);
      // The expectations of a case with both calls come from the stream, which has more detail.
      if (mode === "stream" || one.streaming !== "both") setExpectations(one, turns, mode);
    }
    writeJson(join(fixture.dir, "case.json"), one);
  }
  const root = typeof folder === "string" ? folder : fileURLToPath(folder);
  if (existsSync(root))
    writeJson(
      join(root, SCENARIO_LIST),
      fixtures.map(({ name }) => name),
    );
}

/** A case must not expect what a mistake in code throws. */
function throwCrash(turns: readonly Turn[]): void {
  for (const { error } of turns) {
    const crash = crashOf(error);
    if (crash !== undefined) throw crash;
  }
}

function setExpectations(one: Mutable<Case>, [first, ...rest]: readonly Turn[], mode: Mode): void {
  if (first === undefined) return;
  one.expect = expectation(one.expect, first, mode);
  for (const [i, turn] of rest.entries()) {
    const own = one.turns?.[i];
    if (own !== undefined) own.expect = expectation(own.expect, turn, mode);
  }
}

function writeJson(path: string, value: unknown): void {
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer I)[] ? Mutable<I>[] : T[K] };

function writeRequest(fixture: Fixture, exchange: HttpExchange, sent: SentRequest | undefined): void {
  if (sent === undefined || exchange.provenance.kind === "recorded") return;
  const { request } = exchange as { request: { -readonly [K in keyof HttpExchange["request"]]: HttpExchange["request"][K] } }; // parsed from JSON above, so it can be changed
  request.url = sent.url;
  if (request.match === "url" || sent.body === undefined) return;
  if (request.bodyFile !== undefined) return writeFileSync(join(fixture.dir, request.bodyFile), sent.body);
  request.body = JSON.parse(sent.body);
}

/** The expectation of a turn. Keeps what a person decided in `old`: `sent`, the error code, the verdict about a key, and substrings of error texts. */
export function expectation(old: Expect, turn: Turn, mode: Mode): Expect {
  const { sent } = old;
  const kept = sent === undefined ? {} : { sent };
  if (turn.error !== undefined) {
    if (!isLumiverseError(turn.error)) throw turn.error;
    const { code, status, vendorCode, retryable, retryAfterMs, field } = turn.error;
    const fields = { code, status, vendorCode, retryable, retryAfterMs, field };
    const known = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
    // A person decided the code. If the provider reports another one, the golden check must keep failing.
    const decided = old.error === undefined ? {} : { code: old.error.code };
    return { ...kept, error: { ...old.error, ...known, ...decided } as NonNullable<Expect["error"]> }; // `code` is always set
  }
  if (turn.response === undefined)
    return { ...kept, value: isVerdict(turn.value) && isVerdict(old.value) ? { ...turn.value, key: old.value.key } : turn.value };
  const { id, model, text, reasoning, toolCalls, sources, output, finishReason, rawFinishReason, usage, notes, message } = turn.response;
  const response: JsonObject = { id, model, text, reasoning, toolCalls, sources, output, finishReason, rawFinishReason, usage, message };
  // The raw counts are not repeated, because `usage` has them.
  const { usage: _, ...details } = turn.response.details;
  if (Object.keys(details).length > 0 || old.response?.["details"] !== undefined) response["details"] = details;
  for (const key of Object.keys(response))
    if (response[key] === undefined || response[key] === "" || (Array.isArray(response[key]) && response[key].length === 0))
      delete response[key];
  return {
    ...kept,
    ...(mode === "stream" ? { events: turn.events } : {}),
    response,
    notes: notes.map(({ kind, field }) => (field === undefined ? { kind } : { kind, field })),
  };
}

/** True for what `check()` returns. Its `key` is decided by a person, like the code of an error. */
function isVerdict(value: unknown): value is { key: string } {
  return isObject(value) && typeof value["key"] === "string";
}
