/** Combines the two lists that the generator reads: models.dev and, as the newer one, pi-ai. */
import type { ModelInfo } from "@lumiverse/core/provider";
import { joinSources } from "./sources.ts";

/**
 * For each model, the newer list wins on the price as a whole and on the window. The older one wins on everything else, because it states more: pi-ai knows
 * text and images only, and adapts output limits to its own use. A model that only the newer list has is taken as it is.
 */
export function combine(older: readonly ModelInfo[], newer: readonly ModelInfo[]): ModelInfo[] {
  const byId = new Map(newer.map((model) => [model.id, model]));
  const known = older.map((model) => {
    const update = byId.get(model.id);
    byId.delete(model.id);
    return update === undefined ? model : combineOne(model, update);
  });
  return [...known, ...byId.values()];
}

function combineOne(older: ModelInfo, newer: ModelInfo): ModelInfo {
  const contextTokens = newer.contextTokens ?? older.contextTokens;
  const { inputTokens, ...rest } = older;
  return {
    ...rest,
    ...(contextTokens === undefined ? {} : { contextTokens }),
    // An input limit belongs to the window that it was stated with.
    ...(inputTokens === undefined || contextTokens !== older.contextTokens ? {} : { inputTokens }),
    ...(newer.price === undefined ? {} : { price: newer.price }),
    source: joinSources(older.source, newer.source),
    // The date of an entry is the date of its price.
    ...dateOf(newer.price === undefined ? older : newer),
  };
}

function dateOf({ date }: ModelInfo): { date?: string } {
  return date === undefined ? {} : { date };
}
