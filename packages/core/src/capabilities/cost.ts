import { definedFields } from "../chat/json.ts";
import type { Cost, Usage } from "../chat/usage.ts";
import type { Catalogue, ModelInfo, Price } from "../contract/models.ts";
import { findModel } from "./find-model.ts";

/** Names of the service tier that price lists state, in small letters. Other tiers (flex, priority, batch) have prices of their own. */
const STANDARD_TIERS: ReadonlySet<string> = new Set(["default", "standard", "on_demand", "auto"]);

/** Prices of one's own, by model id. */
export type PriceList = Readonly<Record<string, Price>>;

/** The cost of a call by the dated price list. */
export function costOf(
  catalogue: Catalogue | undefined,
  id: string,
  usage: Usage,
  serviceTier?: string,
  answeredBy: string = id,
): Cost | undefined {
  const model = catalogue && findModel(catalogue, id);
  if (catalogue === undefined || model?.price === undefined) return undefined;
  return costAt(model.price, usage, serviceTier, findModel(catalogue, answeredBy)?.price, dateOf(model, catalogue));
}

function dateOf(model: ModelInfo, catalogue: Catalogue): string {
  return model.date ?? catalogue.date;
}

/**
 * The cost at a given price. Undefined when a price that is needed is unknown, or when the model that answered has a price at which the call costs something
 * else: a wrong figure would be worse than none.
 */
export function costAt(price: Price, usage: Usage, serviceTier?: string, priceOfAnswerer: Price = price, date?: string): Cost | undefined {
  if (serviceTier !== undefined && !STANDARD_TIERS.has(serviceTier.toLowerCase())) return undefined;
  const { currency } = price;
  const amount = amountAt(price, usage);
  if (amount === undefined || amount !== amountAt(priceOfAnswerer, usage) || currency !== priceOfAnswerer.currency) return undefined;
  return { amount, currency, from: "catalogue", ...definedFields({ date }) };
}

function amountAt(price: Price, usage: Usage): number | undefined {
  if (price.varies !== undefined || usage.otherCharges !== undefined) return undefined;
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
  return total / 1e6;
}

/** Undefined for a count that cannot be right, and when there are tokens and no price for them. */
function charge(tokens: number, price: number | undefined): number | undefined {
  if (tokens === 0) return 0;
  return tokens > 0 && price !== undefined ? tokens * price : undefined;
}
