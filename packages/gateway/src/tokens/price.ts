import type { Profile, Profiles } from "@lumiverse/connections";
import type { Price, Usage } from "@lumiverse/core";
import { findModel } from "@lumiverse/core/provider";
import type { Target } from "../routing/target.ts";

/** What is known about the price and the limits of a target's model. */
export interface ModelPricing {
  /** Absent: unknown, or it varies. */
  price?: Price;
  maxOutputTokens?: number;
}

/** Facts from the list that is built into the provider's package. Prices hold at the vendor's own address alone. */
export async function pricingOf({ profile, model }: Target, profiles: Profiles): Promise<ModelPricing> {
  const provider = profiles.provider(profile.provider);
  const catalogue = await provider.catalogue?.(profile.settings);
  const entry = catalogue === undefined ? undefined : findModel(catalogue, model);
  if (entry === undefined) return {};
  const { price, maxOutputTokens } = entry;
  return {
    ...(price === undefined || price.varies !== undefined || !isVendor(profile, provider) ? {} : { price }),
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
  };
}

function isVendor({ origin }: Profile, { base, origins = [] }: { base?: string; origins?: readonly string[] }): boolean {
  return [base, ...origins].some((own) => own !== undefined && new URL(own).origin === origin);
}

/** What so many tokens cost at most: at the price of long prompts where it applies, and of a prompt that is written to the cache where that costs more. */
export function highestCost(price: Price, { input, output }: { input: number; output: number }): number {
  const prices = price.above !== undefined && input > price.above.inputTokens ? { ...price, ...price.above } : price;
  const { input: read = 0, cacheWrite = 0, output: written = 0 } = prices;
  return (input * Math.max(read, cacheWrite) + output * written) / 1e6;
}

/** All tokens of a usage: the prompt with its cached parts, and what was generated. */
export function totalTokens({ input = 0, cacheRead = 0, cacheWrite = 0, output = 0 }: Usage): number {
  return input + cacheRead + cacheWrite + output;
}
