/**
 * The names of OpenTelemetry's GenAI semantic conventions. They are in development: version 1.41 is the last one published with the general conventions, and
 * their own repository (https://github.com/open-telemetry/semantic-conventions-genai) has renamed the metrics since, without a release.
 */
export interface Convention {
  duration: string;
  timeToFirstChunk: string;
  /** Written with the cache, on spans. */
  cacheWriteTokens: string;
  /** One histogram with `gen_ai.token.type`, or one counter per kind of token. */
  tokens: { histogram: string } | { counters: { input: string; output: string; cacheRead: string; cacheWrite: string; reasoning: string } };
  /** Duration of tools. Absent: the convention has none. */
  toolDuration?: string;
}

/** `1.41`: the last published version of the conventions. `unreleased`: the names of their repository since. */
export type ConventionVersion = "1.41" | "unreleased";

export const CONVENTIONS: Readonly<Record<ConventionVersion, Convention>> = {
  "1.41": {
    duration: "gen_ai.client.operation.duration",
    timeToFirstChunk: "gen_ai.client.operation.time_to_first_chunk",
    cacheWriteTokens: "gen_ai.usage.cache_creation.input_tokens",
    tokens: { histogram: "gen_ai.client.token.usage" },
  },
  // docs/gen-ai/non-normative/migration.md of that repository, read in November 2026
  unreleased: {
    duration: "gen_ai.client.inference.duration",
    timeToFirstChunk: "gen_ai.client.inference.time_to_first_chunk",
    cacheWriteTokens: "gen_ai.usage.cache_write.input_tokens",
    tokens: {
      counters: {
        input: "gen_ai.client.inference.usage.input_tokens",
        output: "gen_ai.client.inference.usage.output_tokens",
        cacheRead: "gen_ai.client.inference.usage.cache_read.input_tokens",
        cacheWrite: "gen_ai.client.inference.usage.cache_write.input_tokens",
        reasoning: "gen_ai.client.inference.usage.reasoning.output_tokens",
      },
    },
    toolDuration: "gen_ai.execute_tool.duration",
  },
};

/** Bucket boundaries that the conventions name, in seconds and in tokens. */
export const DURATION_BUCKETS: number[] = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
export const TOKEN_BUCKETS: number[] = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864];

/** Names that the conventions prescribe for `gen_ai.provider.name`, where they differ from the provider's id. */
const PROVIDER_NAMES: Readonly<Record<string, string>> = {
  google: "gcp.gemini",
  "google-vertex": "gcp.vertex_ai",
  mistral: "mistral_ai",
  moonshot: "moonshot_ai",
  xai: "x_ai",
};

export function providerName(id: string): string {
  return PROVIDER_NAMES[id] ?? id;
}
