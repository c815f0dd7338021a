/** Completes a vendor's price from a list, and computes cache prices from the multiples that the vendor states. */
import { matches, type Price, type TokenPrices } from "@lumiverse/core/provider";

export const AMOUNTS: readonly (keyof TokenPrices)[] = ["input", "output", "cacheRead", "cacheWrite", "cacheWrite1h"];

/** Prices that a vendor states as multiples of the input price. */
export interface CacheMultiples {
  /** Globs of model ids. */
  match: readonly string[];
  /** Globs of model ids to which the multiples do not apply. */
  except?: readonly string[];
  cacheRead?: number;
  cacheWrite?: number;
  cacheWrite1h?: number;
  /** Where the vendor states them. */
  because: string;
}

/**
 * The vendor's price with the amounts and the band that only the list has. A list that contradicts one of the vendor's amounts describes another price, so
 * nothing of it is taken.
 */
export function completePrice(vendor: Price, list: Price | undefined): Price {
  if (list === undefined || list.currency !== vendor.currency || !agree(vendor, list)) return vendor;
  const above = vendor.above === undefined ? list.above : completeBand(vendor.above, list.above);
  return { ...list, ...vendor, ...(above === undefined ? {} : { above }) };
}

function completeBand(vendor: NonNullable<Price["above"]>, list: Price["above"]): NonNullable<Price["above"]> {
  return list === undefined || list.inputTokens !== vendor.inputTokens || !agree(vendor, list) ? vendor : { ...list, ...vendor };
}

/** Whether two prices have no differing amount. Amounts that one of them lacks do not count. */
export function agree(a: TokenPrices, b: TokenPrices): boolean {
  return AMOUNTS.every((amount) => a[amount] === undefined || b[amount] === undefined || a[amount] === b[amount]);
}

/** Adds the cache prices that are missing and that the vendor states as a multiple of the input price. */
export function withMultiples(id: string, price: Price, rules: readonly CacheMultiples[]): Price {
  let result = price;
  for (const rule of rules) {
    if (!matches(rule.match, id) || matches(rule.except ?? [], id)) continue;
    result = { ...result, ...multiplied(result, rule) };
    if (result.above !== undefined) result.above = { ...result.above, ...multiplied(result.above, rule) };
  }
  return result;
}

function multiplied(prices: TokenPrices, rule: CacheMultiples): TokenPrices {
  const added: TokenPrices = {};
  const input = prices.input;
  if (input === undefined || input === 0) return added;
  for (const amount of ["cacheRead", "cacheWrite", "cacheWrite1h"] as const) {
    const multiple = rule[amount];
    // Rounded, because 0.1 × 3 is not 0.3 in floating point.
    if (multiple !== undefined && prices[amount] === undefined) added[amount] = Number((input * multiple).toPrecision(12));
  }
  return added;
}
