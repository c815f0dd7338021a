import type { SettingsModule } from "@lumiverse/core";
import { defineSettings, z } from "@lumiverse/core/settings";

export interface MoonshotSettings {
  /** Whose account the key is of. Default `global`. */
  region?: "global" | "cn" | undefined;
  /** Let Kimi K2.6 read the reasoning of earlier turns. Default true. */
  keepThinking?: boolean | undefined;
  /** One word a conversation, by which the vendor finds its cache again. */
  promptCacheKey?: string | undefined;
  /** A name of the end user that tells nothing of the person. */
  safetyIdentifier?: string | undefined;
}

export const settings: SettingsModule<MoonshotSettings> = defineSettings<MoonshotSettings>(
  z.strictObject({
    region: z
      .enum(["global", "cn"])
      .optional()
      .meta({
        title: "Region",
        help: "platform.moonshot.ai and platform.moonshot.cn are separate accounts: a key of one is refused by the other.",
        section: "Endpoint",
        order: 10,
        choices: { global: "International (api.moonshot.ai)", cn: "China (api.moonshot.cn)" },
      }),
    keepThinking: z.boolean().optional().meta({
      title: "Keep thinking",
      help: "Kimi K2.6 reads the reasoning of earlier turns only when it is told to. Without it long tool loops lose quality and cache hits.",
      section: "Reasoning",
      order: 20,
    }),
    promptCacheKey: z.string().min(1).optional().meta({
      title: "Prompt cache key",
      help: "Sent as prompt_cache_key: one word a conversation, so that its cached beginning is found again.",
      section: "Cache",
      order: 30,
    }),
    safetyIdentifier: z.string().min(1).optional().meta({
      title: "End user",
      help: "Sent as safety_identifier: tells end users apart. No personal data.",
      section: "Account",
      order: 40,
    }),
  }),
);
