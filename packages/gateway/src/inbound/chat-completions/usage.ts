import type { JsonObject, Usage } from "@lumiverse/core";

/** Usage in the protocol's buckets: `prompt_tokens` includes what was read from and written to a cache. https://platform.openai.com/docs/api-reference/chat/object */
export function chatUsage({ input, cacheRead, cacheWrite, output, reasoning }: Usage): JsonObject | undefined {
  if (input === undefined && output === undefined) return undefined;
  const prompt = (input ?? 0) + (cacheRead ?? 0) + (cacheWrite ?? 0);
  return {
    prompt_tokens: prompt,
    completion_tokens: output ?? 0,
    total_tokens: prompt + (output ?? 0),
    ...(cacheRead === undefined && cacheWrite === undefined
      ? {}
      : {
          prompt_tokens_details: {
            cached_tokens: cacheRead ?? 0,
            ...(cacheWrite === undefined ? {} : { cache_write_tokens: cacheWrite }),
          },
        }),
    ...(reasoning === undefined ? {} : { completion_tokens_details: { reasoning_tokens: reasoning } }),
  };
}
