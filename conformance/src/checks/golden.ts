/** Compares requests and answers with the case at the vendor's real URL, with the network disabled. The only module that loads nock, and only while it runs. */

import { isLumiverseError } from "@lumiverse/core/provider";
import { exchangesFor, type Fixture, type LoadedExchange } from "../fixture/fixture.ts";
import { CANARY, statedHeader } from "../fixture/keys.ts";
import { firstDifference, sentFaults, turnFaults } from "../play/compare.ts";
import { crashOf } from "../play/crash.ts";
import { type SentRequest, sentRequest } from "../play/memory-fetch.ts";
import { type Mode, play, type Turn } from "../play/play.ts";
import type { TestedSubject } from "../play/subject.ts";

/** The result of a golden check. */
export interface GoldenRun {
  faults: string[];
  sent: SentRequest[];
  turns: Turn[];
}

/**
 * A header on every mocked answer. nock 15 intercepts new sockets only, so a connection that was kept alive reaches the real host. An answer without this header is
 * rejected.
 */
const MARK = "x-lumiverse-golden";

/** Plays a case against mocked exchanges and compares its requests and its result. */
export async function runGolden(subject: TestedSubject, fixture: Fixture, mode: Mode): Promise<GoldenRun> {
  const exchanges = exchangesFor(fixture, mode);
  const sent: SentRequest[] = [];
  const { default: nock } = await import("nock");
  if (!nock.isActive()) nock.activate();
  nock.disableNetConnect();
  try {
    for (const exchange of exchanges) {
      const url = new URL(exchange.url);
      nock(url.origin)
        .intercept(url.pathname + url.search, exchange.method)
        .reply(exchange.status, Buffer.from(exchange.body), { ...exchange.responseHeaders, [MARK]: "1" });
    }
    // nock compares parsed JSON and ignores the key order, on which prompt caches depend. So the raw text is captured here.
    const taken: typeof fetch = async (input, init) => {
      const one = sentRequest(input, init);
      sent.push(one);
      const response = await fetch(input, init);
      if (response.headers.has(MARK)) return response;
      throw new TypeError(`fetch failed: no exchange of the case matches ${one.method} ${one.url}`);
    };
    const turns = await play(subject, fixture, mode, { fetch: taken });
    const faults = turns.flatMap((turn, i) =>
      turnFaults(turn, mode).map((fault) => (turns.length > 1 ? `turn ${i + 1}: ${fault}` : fault)),
    );
    const expectedTurns = 1 + (fixture.case.turns?.length ?? 0);
    if (fixture.case.operation === undefined && turns.length < expectedTurns)
      faults.push(`the case stopped after ${turns.length} of ${expectedTurns} turns`);
    const thrown = turns.at(-1)?.error;
    if (sent.length === 0 && exchanges.length > 0 && isLumiverseError(thrown) && crashOf(thrown) === undefined)
      faults.push(`if the call is meant to be refused before it is sent, the case needs "exchanges": []`);
    return { faults: [...exchangeFaults(sent, exchanges), ...faults, ...sentRules(fixture, sent)], sent, turns };
  } finally {
    nock.cleanAll();
    nock.enableNetConnect();
    nock.restore();
  }
}

/** Compares the requests with the expected ones, in order and as raw text. */
export function exchangeFaults(sent: readonly SentRequest[], exchanges: readonly LoadedExchange[]): string[] {
  const faults: string[] = [];
  if (sent.length !== exchanges.length)
    faults.push(
      `${sent.length} requests were sent${sent.length === 0 ? "" : ` (${sent.map((one) => `${one.method} ${one.url}`).join(", ")})`}, the case has ${exchanges.length}`,
    );
  for (const [i, exchange] of exchanges.entries()) {
    const one = sent[i];
    if (one === undefined) continue;
    const at = `request ${i}`;
    if (one.method !== exchange.method) faults.push(`${at} is ${one.method}, expected ${exchange.method}`);
    if (one.url !== exchange.url) faults.push(`${at} goes to ${one.url}, expected ${exchange.url}`);
    if (one.url.includes(CANARY)) faults.push(`${at} has the key in its URL`);
    if (exchange.sent !== undefined && one.body !== exchange.sent)
      faults.push(`${at}: the body differs ${firstDifference(one.body ?? "(none)", exchange.sent)}`);
    for (const [name, value] of Object.entries(exchange.headers)) {
      const sentValue = one.headers[name.toLowerCase()];
      const have = sentValue === undefined ? undefined : statedHeader(sentValue);
      if (have !== value) faults.push(`${at}: header ${name} is ${JSON.stringify(have)}, expected ${JSON.stringify(value)}`);
    }
  }
  return faults;
}

/** Checks `expect.sent` against the first chat request. */
function sentRules(fixture: Fixture, sent: readonly SentRequest[]): string[] {
  const { sent: wanted } = fixture.case.expect;
  return wanted === undefined ? [] : sentFaults(sent.at(-1 - (fixture.case.turns?.length ?? 0))?.body, wanted);
}
