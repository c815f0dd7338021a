import { definedFields } from "../chat/json.ts";
import type { Cost, Usage } from "../chat/usage.ts";
import type { Catalogue, ModelInfo, Price } from "../contract/models.ts";
import { findModel } from "./find-model.ts";

/** Names of the service tier that price lists state, in small letters. Other tiers (flex, priority, batch) have prices of their own. */
const STANDARD_TIERS: ReadonlySet<string> = new Set(["default", "standard", "on_demand", "auto"]);

/** Prices of one's own, by model id. */
export type PriceList = Readonly<Record<string, Price>>;

/**
 * The cost of a call by the dated price list. Undefined when a price that is needed is unknown, or when a model of another price answered: a wrong figure would
 * be worse than none.
 */
export function costOf(
  catalogue: Catalogue | undefined,
  id: string,
  usage: Usage,
  serviceTier?: string,
  answeredBy: string = id,
): Cost | undefined {
  const model = catalogue && findModel(catalogue, id);
  if (catalogue === undefined || model?.price === undefined) return undefined;
  const { price } = model;
  const { input, output } = findModel(catalogue, answeredBy)?.price ?? price;
  return input === price.input && output === price.output ? costAt(price, usage, serviceTier, dateOf(model, catalogue)) : undefined;
}

function dateOf(model: ModelInfo, catalogue: Catalogue): string {
  return model.date ?? catalogue.date;
}

/** The cost at a given price. */
export function costAt(price: Price, usage: Usage, serviceTier?: string, date?: string): Cost | undefined {
  if (price.varies !== undefined || usage.otherCharges !== undefined) return undefined;
  if (serviceTier !== undefined && !STANDARD_TIERS.has(serviceTier.toLowerCase())) return undefined;
  const { input = Number.NaN, output = Number.NaN, cacheRead = 0, cacheWrite = 0, cacheWrite1h = 0 } = usage;
  const isLong = price.above !== undefined && input + cacheRead + cacheWrite > price.above.inputTokens;
  const prices = isLong ? (price.above ?? price) : price;
  const isFree = prices.input === 0 && prices.output === 0;
  let total = 0;
  for (const [tokens, perMillion] of [
    [input, prices.input],
    [output, prices.output],
    [cacheRead, prices.cacheRead],
    [cacheWrite - cacheWrite1h, prices.cacheWrite],
    [cacheWrite1h, prices.cacheWrite1h],
  ] as const) {
    const amount = charge(tokens, isFree ? 0 : perMillion);
    if (amount === undefined) return undefined;
    total += amount;
  }
  return { amount: total / 1e6, currency: price.currency, from: "catalogue", ...definedFields({ date }) };
}

/** Undefined for a count that cannot be right, and when there are tokens and no price for them. */
function charge(tokens: number, price: number | undefined): number | undefined {
  if (tokens === 0) return 0;
  return tokens > 0 && price !== undefined ? tokens * price : undefined;
}
