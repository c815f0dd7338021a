import { isObject, type Price } from "@lumiverse/core";

/**
 * Prices given as text or number in USD per token (OpenRouter, Groq), in USD per million. Zero is a price where the prompt has one; a
 * negative number means that it varies.
 */
export function tokenPrices(pricing: unknown): Price | undefined {
  if (!isObject(pricing)) return undefined;
  const price: Price = { currency: "USD" };
  const { prompt, completion, input_cache_read: read, input_cache_write: write } = pricing;
  for (const [key, value] of [
    ["input", prompt],
    ["output", completion],
    ["cacheRead", read],
    ["cacheWrite", write],
  ] as const) {
    const amount = Number(value ?? Number.NaN);
    // Ten digits: more of them are the noise of the multiplication.
    if (amount >= 0) price[key] = Number((amount * 1e6).toPrecision(10));
  }
  return price.input === undefined ? undefined : price;
}
