/**
 * The names of OpenTelemetry's GenAI semantic conventions, which are in development. Version 1.41 is the last one published with the general conventions.
 * Version 0.1 is the first release of their own repository, https://github.com/open-telemetry/semantic-conventions-genai; it renamed the metrics.
 */
import { ownValue } from "@lumiverse/core/provider";

export interface Convention {
  duration: string;
  timeToFirstChunk: string;
  /** Written with the cache, on spans. */
  cacheWriteTokens: string;
  /** One histogram with `gen_ai.token.type`, or one counter per kind of token. */
  tokens: { histogram: string } | { counters: { input: string; output: string; cacheRead: string; cacheWrite: string; reasoning: string } };
  /** The event of a failed call. Absent: the convention has none. */
  exception?: string;
  /** Duration of tools. Absent: the convention has none. */
  toolDuration?: string;
}

/** `0.1`: the first release of the conventions' own repository. `1.41`: the last version that the general conventions held. */
export type ConventionVersion = "0.1" | "1.41";

export const DEFAULT_CONVENTION: ConventionVersion = "0.1";

export const CONVENTIONS: Readonly<Record<ConventionVersion, Convention>> = {
  // docs/gen-ai/client-inference.md and non-normative/migration.md of that release, read in November 2026
  "0.1": {
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
    exception: "gen_ai.client.inference.exception",
    toolDuration: "gen_ai.execute_tool.duration",
  },
  "1.41": {
    duration: "gen_ai.client.operation.duration",
    timeToFirstChunk: "gen_ai.client.operation.time_to_first_chunk",
    cacheWriteTokens: "gen_ai.usage.cache_creation.input_tokens",
    tokens: { histogram: "gen_ai.client.token.usage" },
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
  return ownValue(PROVIDER_NAMES, id) ?? id;
}

/** Spellings of the conventions' schema for output messages, where they differ from ours. */
const FINISH_REASON_NAMES: Readonly<Record<string, string>> = { "tool-calls": "tool_call", "content-filter": "content_filter" };

export function finishReasonName(reason: string): string {
  return FINISH_REASON_NAMES[reason] ?? reason;
}
