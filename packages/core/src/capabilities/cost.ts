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
  const model = catalogue === undefined ? undefined : findModel(catalogue, id);
  if (catalogue === undefined || model?.price === undefined) return undefined;
  const { input, output } = findModel(catalogue, answeredBy)?.price ?? model.price;
  if (input !== model.price.input || output !== model.price.output) return undefined;
  return costAt(model.price, usage, serviceTier, dateOf(model, catalogue));
}

function dateOf(model: ModelInfo, catalogue: Catalogue): string {
  return model.date ?? catalogue.date;
}

/** The cost at a given price. */
export function costAt(price: Price, usage: Usage, serviceTier?: string, date?: string): Cost | undefined {
  if (price.varies !== undefined || usage.otherCharges !== undefined) return undefined;
  if (serviceTier !== undefined && !STANDARD_TIERS.has(serviceTier.toLowerCase())) return undefined;
  const { input, output, cacheRead = 0, cacheWrite = 0, cacheWrite1h = 0 } = usage;
  if (input === undefined || output === undefined) return undefined;
  if ([input, output, cacheRead, cacheWrite1h, cacheWrite - cacheWrite1h].some((count) => !(count >= 0))) return undefined;
  const isLong = price.above !== undefined && input + cacheRead + cacheWrite > price.above.inputTokens;
  const prices = isLong ? (price.above ?? price) : price;
  if (prices.input === 0 && prices.output === 0)
    return { amount: 0, currency: price.currency, from: "catalogue", ...(date === undefined ? {} : { date }) };
  const amounts = [
    charge(input, prices.input),
    charge(output, prices.output),
    charge(cacheRead, prices.cacheRead),
    charge(cacheWrite - cacheWrite1h, prices.cacheWrite),
    charge(cacheWrite1h, prices.cacheWrite1h),
  ];
  let total = 0;
  for (const amount of amounts) {
    if (amount === undefined) return undefined;
    total += amount;
  }
  return { amount: total / 1e6, currency: price.currency, from: "catalogue", ...(date === undefined ? {} : { date }) };
}

/** Undefined when there are tokens and no price for them. */
function charge(tokens: number, price: number | undefined): number | undefined {
  if (tokens === 0) return 0;
  return price === undefined ? undefined : tokens * price;
}
