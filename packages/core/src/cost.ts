import type { Cost, Usage } from "./chat.ts";
import type { Catalogue, ModelInfo } from "./provider.ts";

export function findModel(catalogue: Catalogue, id: string): ModelInfo | undefined {
  return catalogue.models.find((model) => model.id === id) ?? catalogue.models.find((model) => model.aliases?.includes(id));
}

/** From the dated price list; undefined when a price that is needed is not known. */
export function costOf(catalogue: Catalogue | undefined, id: string, usage: Usage): Cost | undefined {
  if (catalogue === undefined) return undefined;
  const model = findModel(catalogue, id);
  const price = model?.price;
  if (price?.input === undefined || price.output === undefined || usage.input === undefined || usage.output === undefined) return undefined;
  const read = usage.cacheRead ?? 0;
  const written = usage.cacheWrite ?? 0;
  const long = price.above !== undefined && usage.input + read + written > price.above.inputTokens ? price.above : undefined;
  const input = long?.input ?? price.input;
  const cached = long?.cacheRead ?? price.cacheRead ?? input;
  const amount =
    (usage.input * input + read * cached + written * (price.cacheWrite ?? input) + usage.output * (long?.output ?? price.output)) / 1e6;
  return { amount, currency: price.currency, from: "catalogue", date: model?.date ?? catalogue.date };
}
