import { type Bench, us } from "../bench.ts";
import { median, spread } from "../statistics.ts";
import type { Row } from "../table.ts";
import type { ModelsFigures } from "../tasks/models.ts";
import { cells, inRounds } from "./rounds.ts";

const MODELS = 10_000;
const GOAL = 50;

/** A live list in OpenRouter's format, a search by capability in a catalogue, and the search of a model picker. */
export async function measureModels(bench: Bench): Promise<Row[]> {
  const answers = await inRounds(bench, {
    name: "models",
    subjects: [us],
    rounds: () => (bench.quick ? 6 : 12),
    ask: (child) => child.ask<ModelsFigures>({ task: "models", parameters: { base: bench.url(`models.${MODELS}`), count: MODELS } }),
  });
  const of = (name: string, title: string, pick: (one: ModelsFigures) => number): Row => ({
    name: `models.${name}`,
    title,
    unit: "ms",
    shows: "value",
    goal: GOAL,
    // The first three rounds warm up.
    cells: cells(answers, (list) => {
      const costs = list.slice(3).map(pick);
      return { value: median(costs), spread: spread(costs) };
    }),
  });
  return [
    of("list", "`models()`, a live list of 5 MB with prices", (one) => one.list),
    of("find", "`find()` with a capability and a context length", (one) => one.find),
    of("search", "search of a picker", (one) => one.search),
  ];
}
