import type { SettingsModule } from "@lumiverse/core";
import { defineSettings, z } from "@lumiverse/core/settings";

export interface MistralSettings {
  /** The vendor puts its own safety text before the conversation. */
  safePrompt?: boolean | undefined;
  /** Requests with one key share a prompt cache. */
  promptCacheKey?: string | undefined;
  /** Requests with one word reach the same server (`x-affinity`), and so its prompt cache. */
  affinity?: string | undefined;
}

export const settings: SettingsModule<MistralSettings> = defineSettings<MistralSettings>(
  z.strictObject({
    safePrompt: z.boolean().optional().meta({
      title: "Safety prompt",
      help: "Mistral puts its own safety text before the conversation.",
      section: "Generation",
      order: 10,
    }),
    promptCacheKey: z
      .string()
      .min(1)
      .optional()
      .meta({ title: "Prompt cache key", help: "Requests with one key share a cache.", section: "Prompt cache", order: 20 }),
    affinity: z.string().min(1).optional().meta({
      title: "Affinity",
      help: "Requests with one word, such as the conversation's id, reach the same server.",
      section: "Prompt cache",
      order: 30,
    }),
  }),
);
