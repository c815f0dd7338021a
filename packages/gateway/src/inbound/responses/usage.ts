import type { JsonObject, Usage } from "@lumiverse/core";

/** Usage in the protocol's buckets: `input_tokens` includes what was read from and written to a cache. */
export function responsesUsage({ input, cacheRead, cacheWrite, output, reasoning }: Usage): JsonObject | null {
  if (input === undefined && output === undefined) return null;
  const prompt = (input ?? 0) + (cacheRead ?? 0) + (cacheWrite ?? 0);
  return {
    input_tokens: prompt,
    input_tokens_details: { cached_tokens: cacheRead ?? 0, ...(cacheWrite === undefined ? {} : { cache_write_tokens: cacheWrite }) },
    output_tokens: output ?? 0,
    output_tokens_details: { reasoning_tokens: reasoning ?? 0 },
    total_tokens: prompt + (output ?? 0),
  };
}
