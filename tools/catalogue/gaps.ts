/** Finds prices and price bands that a source states and a catalogue lacks. */
import type { ModelInfo, Price } from "@lumiverse/core/provider";
import { AMOUNTS } from "./price.ts";

/** One line per gap, such as `model-1: no price` or `model-1: no band above 272000 tokens`. A price that varies has no bands and no further amounts. */
export function findGaps(sources: readonly ModelInfo[], catalogue: readonly ModelInfo[]): string[] {
  const gaps: string[] = [];
  for (const { id, price } of sources) {
    if (price === undefined) continue;
    const listed = catalogue.find((model) => model.id === id) ?? catalogue.find((model) => model.aliases?.includes(id));
    if (listed === undefined) gaps.push(`${id}: no model`);
    else if (listed.price === undefined) gaps.push(`${id}: no price`);
    else if (listed.price.varies === undefined) gaps.push(...gapsInPrice(price, listed.price).map((gap) => `${id}: ${gap}`));
  }
  return gaps;
}

function gapsInPrice(source: Price, listed: Price): string[] {
  const amounts = AMOUNTS.filter((amount) => source[amount] !== undefined && listed[amount] === undefined).map((amount) => `no ${amount}`);
  if (source.varies !== undefined) return [...amounts, "no reason why the price varies"];
  if (source.above === undefined) return amounts;
  const { above } = listed;
  if (above?.inputTokens !== source.above.inputTokens) return [...amounts, `no band above ${source.above.inputTokens} tokens`];
  const inBand = AMOUNTS.filter((amount) => source.above?.[amount] !== undefined && above[amount] === undefined);
  return [...amounts, ...inBand.map((amount) => `no ${amount} above ${above.inputTokens} tokens`)];
}
