import type { SettingsModule } from "@lumiverse/core";
import { annotations, defineSettings, type SettingAnnotations, type StandardSchema } from "@lumiverse/core/settings";
import * as z from "zod/mini";
import { schema } from "./settings.schema.ts";

export interface MoonshotSettings {
  /** The region of the account that the key belongs to. Default `global`. */
  region?: "global" | "cn" | undefined;
  /** Whether Kimi K2.6 reads the reasoning of earlier turns. Default true. */
  keepThinking?: boolean | undefined;
  /** The key of the prompt cache: use one per conversation. */
  promptCacheKey?: string | undefined;
  /** Identifier of the end user, without personal data. */
  safetyIdentifier?: string | undefined;
}

/** Adds what a form shows to a schema. */
const setting = <T extends z.ZodMiniType>(schema: T, shown: SettingAnnotations): T => schema.check(z.meta(annotations(shown)));

export const validator: StandardSchema<MoonshotSettings> = z.strictObject({
  region: setting(z.optional(z.enum(["global", "cn"])), {
    title: "Region",
    help: "platform.moonshot.ai and platform.moonshot.cn have separate accounts, and each refuses keys of the other.",
    section: "Endpoint",
    order: 10,
    choices: { global: "International (api.moonshot.ai)", cn: "China (api.moonshot.cn)" },
  }),
  keepThinking: setting(z.optional(z.boolean()), {
    title: "Keep thinking",
    help: "Makes Kimi K2.6 read the reasoning of earlier turns. Without it, long tool loops lose quality and cache hits.",
    section: "Reasoning",
    order: 20,
  }),
  promptCacheKey: setting(z.optional(z.string().check(z.minLength(1))), {
    title: "Prompt cache key",
    help: "Sent as prompt_cache_key. Use one key per conversation to reuse its cached prefix.",
    section: "Cache",
    order: 30,
  }),
  safetyIdentifier: setting(z.optional(z.string().check(z.minLength(1))), {
    title: "End user",
    help: "Sent as safety_identifier. It distinguishes end users. Do not use personal data.",
    section: "Account",
    order: 40,
  }),
});

export const settings: SettingsModule<MoonshotSettings> = defineSettings({ validator, schema });
