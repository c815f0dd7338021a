/** The checks of disguises, over a real socket, and of splits, packet by packet from memory. */
import { type Check, CheckFailure, check } from "./check.ts";
import { parting } from "./compare.ts";
import { disguises, splits } from "./disguises.ts";
import { exchangesFor, type Fixture } from "./fixture.ts";
import { memoryFetch } from "./memory.ts";
import { type Mode, meaning, play } from "./play.ts";
import { reach } from "./reach.ts";
import { serve } from "./server.ts";
import type { Judged } from "./subject.ts";

export function disguiseChecks(who: Judged, fixture: Fixture): Check[] {
  return disguises.map((disguise) =>
    check("disguises", `${fixture.name}: ${disguise.id}`, async () => {
      const [plain, dressed] = await overSocket(who, fixture, [(body) => body, (body) => dress(body, disguise.dress)]);
      return plain === dressed ? [] : [`when ${disguise.title} the events are others ${parting(dressed ?? "", plain ?? "")}`];
    }),
  );
}

type Dress = (body: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>;

/** Plays a case once in each dress against one server: payloads to be replayed name the origin, which must be the same for all. */
async function overSocket(who: Judged, fixture: Fixture, dresses: readonly Dress[]): Promise<string[]> {
  const exchanges = exchangesFor(fixture, "stream");
  // Side exchanges at other hosts never come here: those that do are the last ones.
  const host = new URL(exchanges.at(-1)?.url ?? "").origin;
  const first = exchanges.findIndex((exchange) => new URL(exchange.url).origin === host);
  let next = first;
  let dressed: Dress = (body) => body;
  const server = await serve((response) => {
    const exchange = exchanges[Math.min(next++, exchanges.length - 1)];
    if (exchange === undefined) return void response.destroy();
    response
      .writeHead(exchange.status, { ...exchange.responseHeaders })
      .end(exchange.status === 200 ? dressed(exchange.body) : exchange.body);
  });
  const meant: string[] = [];
  try {
    for (const one of dresses) {
      next = first;
      dressed = one;
      const turns = await play(who, fixture, "stream", { ...reach(who, fixture, server.origin).options, replayScope: "vendor" });
      meant.push(turns.map((turn) => meaning(turn, true)).join("\n"));
    }
  } finally {
    await server.close();
  }
  return meant;
}

function dress(body: Uint8Array, change: (text: string) => string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(change(new TextDecoder("utf-8", { ignoreBOM: true }).decode(body)));
}

export const FEW = 8;
/** A case that shows a retry waits it out each time, so it is tried few times. */
export const waits = ({ case: { options } }: Fixture): boolean => (options?.retry?.attempts ?? 1) > 1;
/** So many of a list, evenly apart. */
function spread<T>(list: readonly T[], count: number): T[] {
  return list.filter((_, i) => i % Math.ceil(list.length / count) === 0);
}

/** One check for all cuts of an answer: thousands of places, one sentence for the first that matters. */
export function splitChecks(who: Judged, fixture: Fixture, mode: Mode): Check {
  return {
    group: "splits",
    name: `${fixture.name} (${mode})`,
    async run() {
      const exchanges = exchangesFor(fixture, mode);
      let whole: string | undefined;
      const all = splits(exchanges.at(-1)?.body ?? new Uint8Array());
      for (const { title, packets } of waits(fixture) ? spread([...all], FEW) : all) {
        const turns = await play(who, fixture, mode, { fetch: memoryFetch(exchanges, () => packets) });
        const meant = turns.map((turn) => meaning(turn, mode === "stream")).join("\n");
        whole ??= meant;
        if (meant !== whole) throw new CheckFailure([`with ${title} the answer is another ${parting(meant, whole)}`]);
      }
    },
  };
}
