import type { Call } from "@lumiverse/core";
import type { OpenaiSettings } from "./settings.ts";

/** Fields of the settings that the two APIs spell alike. */
export function common({ settings }: Call<OpenaiSettings>): Record<string, unknown> {
  return {
    service_tier: settings.serviceTier,
    prompt_cache_key: settings.promptCacheKey,
    prompt_cache_retention: settings.promptCacheRetention,
    safety_identifier: settings.safetyIdentifier,
  };
}
