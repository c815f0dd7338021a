import { isObject, type Price, readNumber } from "@lumiverse/core/provider";

/**
 * Prices that a model list gives in USD per token, as text or number (OpenRouter, Groq), in USD per million tokens. Undefined without a price for the
 * prompt. Zero is a price; a negative number means that the price varies.
 */
export function tokenPrices(pricing: unknown): Price | undefined {
  if (!isObject(pricing)) return undefined;
  const price: Price = { currency: "USD" };
  for (const [key, field] of FIELDS) {
    const amount = readNumber(pricing[field]);
    // More than ten decimals are rounding noise of the multiplication.
    if (amount >= 0) price[key] = Math.round(amount * 1e16) / 1e10;
  }
  return price.input === undefined ? undefined : price;
}

const FIELDS = [
  ["input", "prompt"],
  ["output", "completion"],
  ["cacheRead", "input_cache_read"],
  ["cacheWrite", "input_cache_write"],
] as const;
