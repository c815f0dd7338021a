/** Golden requests and answers at the vendor's real host, the network shut. The only module that loads nock, and only while it runs. */
import { parting, sentFaults, turnFaults } from "./compare.ts";
import { exchangesFor, type Fixture, type LoadedExchange } from "./fixture.ts";
import { CANARY } from "./keys.ts";
import { type Sent, sentOf } from "./memory.ts";
import { errorOf, type Mode, play, type Turn } from "./play.ts";
import type { Judged } from "./subject.ts";

export interface GoldenRun {
  faults: string[];
  sent: Sent[];
  turns: Turn[];
}

/**
 * On every answer of the mock. nock 15 takes over new sockets only: a connection that a process kept alive from before goes past it to the real host, and
 * what is not marked is not believed.
 */
const MARK = "x-lumiverse-golden";

export async function runGolden(judged: Judged, fixture: Fixture, mode: Mode): Promise<GoldenRun> {
  const exchanges = exchangesFor(fixture, mode);
  const sent: Sent[] = [];
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
    // nock compares JSON deeply and so misses the order of keys, on which prompt caches depend: the raw text is taken on its way.
    const taken: typeof fetch = async (input, init) => {
      const one = sentOf(input, init);
      sent.push(one);
      const response = await fetch(input, init);
      if (response.headers.has(MARK)) return response;
      throw new TypeError(`fetch failed: no exchange of the case answers ${one.method} ${one.url}`);
    };
    const turns = await play(judged, fixture, mode, { fetch: taken });
    const faults = turns.flatMap((turn, i) =>
      turnFaults(turn, mode).map((fault) => (turns.length > 1 ? `turn ${i + 1}: ${fault}` : fault)),
    );
    const due = 1 + (fixture.case.turns?.length ?? 0);
    if (fixture.case.operation === undefined && turns.length < due) faults.push(`the case stopped after ${turns.length} of ${due} turns`);
    const thrown = turns.at(-1)?.error;
    if (sent.length === 0 && exchanges.length > 0 && thrown !== undefined)
      faults.push(`nothing was sent: ${errorOf(thrown).message} (a call that is refused before it leaves has "exchanges": [])`);
    return { faults: [...exchangeFaults(sent, exchanges), ...faults, ...chosen(fixture, sent)], sent, turns };
  } finally {
    nock.cleanAll();
    nock.enableNetConnect();
    nock.restore();
  }
}

/** Requests against the golden ones, in order, text for text. */
export function exchangeFaults(sent: readonly Sent[], exchanges: readonly LoadedExchange[]): string[] {
  const faults: string[] = [];
  if (sent.length !== exchanges.length)
    faults.push(
      `${sent.length} requests were sent (${sent.map((one) => `${one.method} ${one.url}`).join(", ")}), the case has ${exchanges.length}`,
    );
  for (const [i, exchange] of exchanges.entries()) {
    const one = sent[i];
    if (one === undefined) continue;
    const at = `request ${i}`;
    if (one.method !== exchange.method) faults.push(`${at} is ${one.method}, golden is ${exchange.method}`);
    if (one.url !== exchange.url) faults.push(`${at} goes to ${one.url}, golden is ${exchange.url}`);
    if (one.url.includes(CANARY)) faults.push(`${at} has the key in its URL`);
    if (exchange.sent !== undefined && one.body !== exchange.sent)
      faults.push(`${at}: the body differs ${parting(one.body ?? "(none)", exchange.sent)}`);
    for (const [name, value] of Object.entries(exchange.headers)) {
      const have = one.headers[name.toLowerCase()];
      if (have !== value) faults.push(`${at}: header ${name} is ${JSON.stringify(have)}, golden is ${JSON.stringify(value)}`);
    }
  }
  return faults;
}

/** What the case says of the first chat request beyond its golden text. */
function chosen(fixture: Fixture, sent: readonly Sent[]): string[] {
  const { sent: wanted } = fixture.case.expect;
  return wanted === undefined ? [] : sentFaults(sent.at(-1 - (fixture.case.turns?.length ?? 0))?.body, wanted);
}
