import type { JsonObject, Usage } from "@lumiverse/core";

/** Usage in the protocol's buckets: `candidatesTokenCount` excludes thoughts, `promptTokenCount` includes what was read from a cache. */
export function generateContentUsage({ input, cacheRead, cacheWrite, output, reasoning }: Usage): JsonObject | undefined {
  if (input === undefined && output === undefined) return undefined;
  const prompt = (input ?? 0) + (cacheRead ?? 0) + (cacheWrite ?? 0);
  return {
    promptTokenCount: prompt,
    ...(cacheRead === undefined ? {} : { cachedContentTokenCount: cacheRead }),
    candidatesTokenCount: (output ?? 0) - (reasoning ?? 0),
    ...(reasoning === undefined ? {} : { thoughtsTokenCount: reasoning }),
    totalTokenCount: prompt + (output ?? 0),
  };
}
