/** The checks `framing`, over a real socket, and `splits`, with exact packets from memory. */

import { exchangesFor, type Fixture } from "../fixture/fixture.ts";
import { firstDifference } from "../play/compare.ts";
import { framingVariants, splits } from "../play/framing.ts";
import { serve } from "../play/local-server.ts";
import { memoryFetch } from "../play/memory-fetch.ts";
import { comparableTurn, type Mode, play } from "../play/play.ts";
import { redirectCalls } from "../play/redirect.ts";
import type { TestedSubject } from "../play/subject.ts";
import { type Check, CheckFailure, check } from "./check.ts";

/** One check per framing variant of a case's streamed answer. */
export function framingChecks(subject: TestedSubject, fixture: Fixture): Check[] {
  return framingVariants.map((variant) =>
    check("framing", `${fixture.name}: ${variant.id}`, async () => {
      const [plain, changed] = await overSocket(subject, fixture, [(body) => body, (body) => applyToText(body, variant.apply)]);
      return plain === changed ? [] : [`when ${variant.title} the events differ ${firstDifference(changed ?? "", plain ?? "")}`];
    }),
  );
}

type BodyChange = (body: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>;

/** Plays a case once per variant against one server. Replay payloads contain the origin, so it must be the same for all variants. */
async function overSocket(subject: TestedSubject, fixture: Fixture, changes: readonly BodyChange[]): Promise<string[]> {
  const exchanges = exchangesFor(fixture, "stream");
  // Exchanges with other hosts, such as token exchanges, do not reach this server.
  const host = new URL(exchanges.at(-1)?.url ?? "").origin;
  const first = exchanges.findIndex((exchange) => new URL(exchange.url).origin === host);
  let next = first;
  let changed: BodyChange = (body) => body;
  const server = await serve((response) => {
    const exchange = exchanges[Math.min(next++, exchanges.length - 1)];
    if (exchange === undefined) return void response.destroy();
    response
      .writeHead(exchange.status, { ...exchange.responseHeaders })
      .end(exchange.status === 200 ? changed(exchange.body) : exchange.body);
  });
  const results: string[] = [];
  try {
    for (const one of changes) {
      next = first;
      changed = one;
      const turns = await play(subject, fixture, "stream", {
        ...redirectCalls(subject, fixture, server.origin).options,
        replayScope: "vendor",
      });
      results.push(turns.map((turn) => comparableTurn(turn, true)).join("\n"));
    }
  } finally {
    await server.close();
  }
  return results;
}

function applyToText(body: Uint8Array, change: (text: string) => string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(change(new TextDecoder("utf-8", { ignoreBOM: true }).decode(body)));
}

/** Number of runs for a case that waits. */
export const FEW = 8;
/** True for a case with a retry. Each run waits for it, so such a case runs only a few times. */
export const waits = ({ case: { options } }: Fixture): boolean => (options?.retry?.attempts ?? 1) > 1;
/** About `count` items of a list, evenly spaced. */
function spread<T>(list: readonly T[], count: number): T[] {
  return list.filter((_, i) => i % Math.ceil(list.length / count) === 0);
}

/** One check for all ways to cut an answer, which can be thousands. It reports the first failure. */
export function splitChecks(subject: TestedSubject, fixture: Fixture, mode: Mode): Check {
  return {
    group: "splits",
    name: `${fixture.name} (${mode})`,
    async run() {
      const exchanges = exchangesFor(fixture, mode);
      let whole: string | undefined;
      const all = splits(exchanges.at(-1)?.body ?? new Uint8Array());
      for (const { title, packets } of waits(fixture) ? spread([...all], FEW) : all) {
        const turns = await play(subject, fixture, mode, { fetch: memoryFetch(exchanges, () => packets) });
        const results = turns.map((turn) => comparableTurn(turn, mode === "stream")).join("\n");
        whole ??= results;
        if (results !== whole) throw new CheckFailure([`with ${title} the answer differs ${firstDifference(results, whole)}`]);
      }
    },
  };
}
