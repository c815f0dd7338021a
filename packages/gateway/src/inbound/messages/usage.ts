import type { JsonObject, Usage } from "@lumiverse/core";

/**
 * Usage in the protocol's buckets: `input_tokens` excludes what was read from and written to the cache. The protocol has no unknown counts: they are 0
 * in a whole answer, whose header names them. A stream states an `estimate` of the prompt at its beginning, and repeats it at its end.
 */
export function messagesUsage(
  { input, cacheRead, cacheWrite, cacheWrite1h, output, reasoning }: Usage,
  estimate: () => number = () => 0,
): JsonObject {
  return {
    input_tokens: input ?? estimate(),
    cache_creation_input_tokens: cacheWrite ?? 0,
    cache_read_input_tokens: cacheRead ?? 0,
    ...(cacheWrite1h === undefined
      ? {}
      : {
          cache_creation: {
            ephemeral_5m_input_tokens: (cacheWrite ?? 0) - cacheWrite1h,
            ephemeral_1h_input_tokens: cacheWrite1h,
          },
        }),
    output_tokens: output ?? 0,
    ...(reasoning === undefined ? {} : { output_tokens_details: { thinking_tokens: reasoning } }),
  };
}
