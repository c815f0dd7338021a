import { definedFields } from "../chat/json.ts";
import type { Cost, Usage } from "../chat/usage.ts";
import type { ModelInfo, Price } from "../contract/models.ts";
import { findModel } from "./match.ts";

/** Names of the service tier for which the price lists hold, in lower case. Other tiers (flex, priority, batch) have other prices. */
const STANDARD_TIERS: ReadonlySet<string> = new Set(["default", "standard", "on_demand", "auto"]);

/** A caller's own prices per million tokens, by model id. */
export type PriceList = Readonly<Record<string, Price>>;

/** Models with their prices. `anyName`: an answer under a name that the list does not have is at the price of the requested model. */
interface PricedModels {
  models: readonly Omit<ModelInfo, "source">[];
  date?: string;
  anyName?: boolean;
}

/** The cost of a call by a price list. Undefined when another model answered. */
export function costOf(
  catalogue: PricedModels | undefined,
  id: string,
  usage: Usage,
  serviceTier?: string,
  answeredBy: string = id,
): Cost | undefined {
  if (catalogue === undefined) return undefined;
  const { models, date, anyName } = catalogue;
  const model = findModel(catalogue, id);
  if (model?.price === undefined) return undefined;
  const answerer =
    findModel(catalogue, answeredBy) ??
    findSpelling([model, ...models], answeredBy) ??
    // Some proxies and test servers answer with a letter instead of a name.
    (anyName || answeredBy[1] === undefined ? model : undefined);
  return answerer?.price && costAt(model.price, usage, serviceTier, answerer.price, model.date ?? date);
}

/** The first model with this name in any spelling. */
function findSpelling<M extends Pick<ModelInfo, "id" | "name" | "aliases">>(models: readonly M[], spelling: string): M | undefined {
  const stem = stemOf(spelling);
  return models.find(({ id, name = id, aliases = [] }) => [id, name, ...aliases].some((one) => stemOf(one) === stem));
}

/**
 * The name of a model in all of its spellings: an id without its path, its date and its case, or a display name, which Pollinations writes into answers
 * (fixtures/text).
 */
function stemOf(name: string): string {
  return (name.slice(-99).toLowerCase().split("/").pop() ?? "")
    .replace(/[@:_ ]/g, "-")
    .replace(/(?:-(?:\d{3,}|\d\d-\d{2,4}|latest|preview))+$/, "");
}

/**
 * The cost at a given price. Undefined when a price that is needed is unknown, or when the model that answered has a price at which the call costs something
 * else: a wrong figure would be worse than none.
 */
export function costAt(price: Price, usage: Usage, serviceTier?: string, priceOfAnswerer: Price = price, date?: string): Cost | undefined {
  if (serviceTier !== undefined && !STANDARD_TIERS.has(serviceTier.toLowerCase())) return undefined;
  const { currency } = price;
  const amount = amountAt(price, usage);
  // NaN, an unknown amount, equals nothing.
  if (amount !== amountAt(priceOfAnswerer, usage) || currency !== priceOfAnswerer.currency) return undefined;
  return { amount, currency, from: "catalogue", ...definedFields({ date }) };
}

/** NaN if the amount is unknown. */
function amountAt(price: Price, usage: Usage): number {
  if (price.varies !== undefined || usage.otherCharges !== undefined) return Number.NaN;
  const { input = Number.NaN, output = Number.NaN, cacheRead = 0, cacheWrite = 0, cacheWrite1h = 0 } = usage;
  const { above } = price;
  const prices = above !== undefined && input + cacheRead + cacheWrite > above.inputTokens ? above : price;
  const isFree = prices.input === 0 && prices.output === 0;
  let total = 0;
  for (const [tokens, perMillion] of [
    [input, prices.input],
    [output, prices.output],
    [cacheRead, prices.cacheRead],
    [cacheWrite - cacheWrite1h, prices.cacheWrite],
    [cacheWrite1h, prices.cacheWrite1h],
  ] as const)
    total += charge(tokens, isFree ? 0 : perMillion);
  return total / 1e6;
}

/** NaN for a count that cannot be right, and when there are tokens and no price for them. */
function charge(tokens: number, price: number = Number.NaN): number {
  if (tokens === 0) return 0;
  return tokens > 0 ? tokens * price : Number.NaN;
}
