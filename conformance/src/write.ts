/**
 * Writes golden requests and expectations anew from what the subject does now, so that a change of the wire is a diff to be read. Response bodies are never
 * touched, nor the requests of recorded exchanges.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isLumiverseError, type JsonObject } from "@lumiverse/core";
import { type Case, type Exchange, type Expect, exchangesFor, type Fixture, modesOf, readFixtures, SCENARIO_LIST } from "./fixture.ts";
import { memoryFetch, type Sent } from "./memory.ts";
import { play, type Turn } from "./play.ts";
import { judged, type Subject } from "./subject.ts";

export async function writeGolden(subject: Subject, folder: URL | string): Promise<void> {
  const fixtures = readFixtures(folder);
  const who = judged(subject);
  for (const fixture of fixtures) {
    const one = JSON.parse(readFileSync(join(fixture.dir, "case.json"), "utf8")) as Mutable<Case>; // read by readFixtures a moment ago
    for (const mode of modesOf(fixture)) {
      const sent: Sent[] = [];
      const turns = await play(who, fixture, mode, { fetch: memoryFetch(exchangesFor(fixture, mode), undefined, sent) });
      const own = one.exchanges.filter((exchange) => exchange.for === undefined || exchange.for === mode);
      for (const [i, exchange] of own.entries()) writeRequest(fixture, exchange, sent[i]);
      const [first, ...rest] = turns;
      // Where there are both, the stream says more.
      if (first !== undefined && (mode === "stream" || one.streaming !== "both")) {
        one.expect = expectation(one.expect, first, mode);
        for (const [i, turn] of rest.entries()) {
          const own = one.turns?.[i];
          if (own !== undefined) own.expect = expectation(own.expect, turn, mode);
        }
      }
    }
    writeFileSync(join(fixture.dir, "case.json"), `${JSON.stringify(one, null, 2)}\n`);
  }
  const root = typeof folder === "string" ? folder : fileURLToPath(folder);
  if (existsSync(root))
    writeFileSync(
      join(root, SCENARIO_LIST),
      `${JSON.stringify(
        fixtures.map((fixture) => fixture.name),
        null,
        2,
      )}\n`,
    );
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer I)[] ? Mutable<I>[] : T[K] };

function writeRequest(fixture: Fixture, exchange: Exchange, sent: Sent | undefined): void {
  if (sent === undefined || exchange.provenance.kind === "recorded") return;
  const { request } = exchange as { request: { -readonly [K in keyof Exchange["request"]]: Exchange["request"][K] } }; // just parsed from JSON: ours to change
  request.url = sent.url;
  if (request.match === "url" || sent.body === undefined) return;
  if (request.bodyFile !== undefined) return writeFileSync(join(fixture.dir, request.bodyFile), sent.body);
  request.body = JSON.parse(sent.body);
}

export function expectation(old: Expect, turn: Turn, mode: "stream" | "generate"): Expect {
  const { sent } = old;
  const kept = sent === undefined ? {} : { sent };
  if (turn.error !== undefined) {
    if (!isLumiverseError(turn.error)) throw turn.error;
    const { code, status, vendorCode, retryable, retryAfterMs, field } = turn.error;
    const facts = { code, status, vendorCode, retryable, retryAfterMs, field };
    const known = Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
    // The code is what somebody found right: where the provider says another, the golden check must go on failing.
    const decided = old.error === undefined ? {} : { code: old.error.code };
    return { ...kept, error: { ...old.error, ...known, ...decided } as NonNullable<Expect["error"]> }; // code is always there
  }
  if (turn.response === undefined) return { ...kept, value: turn.value };
  const { id, model, text, reasoning, toolCalls, sources, output, finishReason, rawFinishReason, usage, notes, message } = turn.response;
  const response: JsonObject = { id, model, text, reasoning, toolCalls, sources, output, finishReason, rawFinishReason, usage, message };
  // The raw counts are in `usage` already; of the rest what the case named stays named, and what is new shows up in the diff.
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
