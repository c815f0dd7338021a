import type { LanguageModelV4Usage } from "@ai-sdk/provider";
import type { Usage } from "@lumiverse/core";

/** Token counts in the SDK's buckets. A count that the vendor did not report stays undefined. */
export function usageOf({ input, cacheRead, cacheWrite, output, reasoning }: Usage): LanguageModelV4Usage {
  return {
    inputTokens: {
      total: input === undefined ? undefined : input + (cacheRead ?? 0) + (cacheWrite ?? 0),
      noCache: input,
      cacheRead,
      cacheWrite,
    },
    outputTokens: {
      total: output,
      text: output === undefined || reasoning === undefined ? undefined : output - reasoning,
      reasoning,
    },
  };
}
