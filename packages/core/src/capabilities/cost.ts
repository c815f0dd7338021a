import type { Cost, Usage } from "../chat/usage.ts";
import type { Catalogue } from "../contract/models.ts";
import { findModel } from "./catalogue.ts";

/** The cost of a call by the dated price list. Undefined when a price that is needed is unknown. */
export function costOf(catalogue: Catalogue | undefined, id: string, usage: Usage): Cost | undefined {
  if (catalogue === undefined) return undefined;
  const model = findModel(catalogue, id);
  const price = model?.price;
  if (price?.input === undefined || price.output === undefined || usage.input === undefined || usage.output === undefined) return undefined;
  const read = usage.cacheRead ?? 0;
  const written = usage.cacheWrite ?? 0;
  const band = price.above !== undefined && usage.input + read + written > price.above.inputTokens ? price.above : undefined;
  const input = band?.input ?? price.input;
  const cached = band?.cacheRead ?? price.cacheRead ?? input;
  const amount =
    (usage.input * input + read * cached + written * (price.cacheWrite ?? input) + usage.output * (band?.output ?? price.output)) / 1e6;
  return { amount, currency: price.currency, from: "catalogue", date: model?.date ?? catalogue.date };
}
