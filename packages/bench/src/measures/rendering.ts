import { type Bench, limit, us } from "../bench.ts";
import { median, slope } from "../statistics.ts";
import { type Protocol, protocols } from "../streams.ts";
import type { Row } from "../table.ts";
import type { RenderingFigures } from "../tasks/rendering.ts";

const SHARES = [0.25, 0.5, 1];
/** Rounds; the first one warms up. */
const ROUNDS = 6;

/** Rendering of a large request, in one process per protocol. */
export async function measureRendering(bench: Bench): Promise<Row[]> {
  const rows: Row[] = [];
  for (const protocol of protocols) rows.push(...(await measureProtocol(bench, protocol)));
  return rows;
}

async function measureProtocol(bench: Bench, protocol: Protocol): Promise<Row[]> {
  const figures = await renderingFigures(bench, protocol);
  const middle = (pick: (one: RenderingFigures) => number, share = 1): number => median((figures.get(share) ?? []).map(pick));
  const row = (name: string, title: string, more: Pick<Row, "unit" | "shows" | "goal">, cells: Row["cells"]): Row => ({
    name: `rendering.${protocol}.${name}`,
    title: `${protocol}: ${title}`,
    ...more,
    cells,
  });
  const ratio = { unit: "", shows: "value" } as const;
  // The fastest round of each share: a collection of 20 MB of images falls into some of the others.
  const growth = (pick: (one: RenderingFigures) => number): number =>
    slope(SHARES.map((share) => [share, Math.min(...(figures.get(share) ?? []).map(pick))]));
  return [
    row(
      "send",
      "a large request, rendered and written",
      { unit: "ms", shows: "ratio" },
      { [limit]: { value: middle((one) => one.limit) }, [us]: { value: middle((one) => one.later) } },
    ),
    row(
      "growth",
      "exponent, a quarter of it to the whole",
      { unit: "exponent", shows: "value", goal: 1.1 },
      { [limit]: { value: growth((one) => one.limit) }, [us]: { value: growth((one) => one.later) } },
    ),
    row(
      "explain",
      "explained, as a ratio to sending",
      { ...ratio, goal: 2 },
      { [us]: { value: middle((one) => one.explain / one.later) } },
    ),
    row(
      "reuse",
      "sent again with the same tools, as a ratio to the first time",
      { ...ratio, goal: 1 },
      { [us]: { value: middle((one) => one.later / one.first) } },
    ),
    row(
      "images",
      "copies of the images that an explanation keeps",
      { ...ratio, goal: 0.5 },
      { [us]: { value: middle((one) => one.heldPerImageCharacter) } },
    ),
  ];
}

/** The figures of all rounds but the first, by the share of the large request that was rendered. */
async function renderingFigures(bench: Bench, protocol: Protocol): Promise<Map<number, RenderingFigures[]>> {
  const child = await bench.runner(us);
  const figures = new Map<number, RenderingFigures[]>(SHARES.map((share) => [share, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [share, list] of figures) {
      bench.progress(`rendering ${protocol}: round ${round + 1}`);
      const one = await child.ask<RenderingFigures>({ task: "rendering", parameters: { protocol, share } });
      if (round > 0) list.push(one);
    }
  }
  child.end();
  return figures;
}
