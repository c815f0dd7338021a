import type { Profile, Profiles } from "@lumiverse/connections";
import type { Price, Usage } from "@lumiverse/core";
import { findModel } from "@lumiverse/core/provider";
import type { Target } from "../routing/target.ts";
import type { ModelLimits } from "./bound.ts";

/** What is known about the price and the limits of a target's model. */
export interface ModelPricing extends ModelLimits {
  /** Absent: unknown, or it varies. */
  price?: Price;
}

/** Facts from the list that is built into the provider's package. Prices hold at the vendor's own address alone. */
export async function pricingOf({ profile, model }: Target, profiles: Profiles): Promise<ModelPricing> {
  const provider = profiles.provider(profile.provider);
  const catalogue = await provider.catalogue?.(profile.settings);
  const entry = catalogue === undefined ? undefined : findModel(catalogue, model);
  if (entry === undefined) return {};
  const { price, maxOutputTokens } = entry;
  // Some vendors state the longest prompt, which leaves room for the answer.
  const contextTokens = entry.contextTokens ?? entry.inputTokens;
  return {
    ...(price === undefined || price.varies !== undefined || !isVendor(profile, provider) ? {} : { price }),
    ...(contextTokens === undefined ? {} : { contextTokens }),
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
  };
}

function isVendor({ origin }: Profile, { base, origins = [] }: { base?: string; origins?: readonly string[] }): boolean {
  return [base, ...origins].some((own) => own !== undefined && new URL(own).origin === origin);
}

/** The highest prices of one token, in the currency of the price list. */
export interface TokenCost {
  input: number;
  output: number;
}

/**
 * What a token costs at most: at the price of long prompts where that is higher, and of a prompt that is written to the cache where that costs more. Undefined
 * when one of the prices is unknown.
 * @param forAnHour whether the prompt may be cached for an hour
 */
export function highestPrices(price: Price, forAnHour: boolean): TokenCost | undefined {
  const lists = [price, ...(price.above === undefined ? [] : [price.above])];
  if (lists.some(({ input, output }) => input === undefined || output === undefined)) return undefined;
  const input = lists.flatMap((one) => [one.input, one.cacheWrite, forAnHour ? one.cacheWrite1h : 0]);
  return { input: highest(input) / 1e6, output: highest(lists.map(({ output }) => output)) / 1e6 };
}

function highest(amounts: readonly (number | undefined)[]): number {
  return Math.max(...amounts.map((amount = 0) => amount));
}

/** What so many tokens cost at most. Prices that are unknown count as nothing. */
export function highestCost(price: Price, { input, output }: { input: number; output: number }): number {
  const prices = price.above !== undefined && input > price.above.inputTokens ? { ...price, ...price.above } : price;
  const { input: read = 0, cacheWrite = 0, output: written = 0 } = prices;
  return (input * Math.max(read, cacheWrite) + output * written) / 1e6;
}

/** All tokens of a usage: the prompt with its cached parts, and what was generated. */
export function totalTokens({ input = 0, cacheRead = 0, cacheWrite = 0, output = 0 }: Usage): number {
  return input + cacheRead + cacheWrite + output;
}
