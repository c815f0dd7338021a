import type { SettingsModule } from "@lumiverse/core";
import { annotations, defineSettings, type SettingAnnotations, type StandardSchema } from "@lumiverse/core/settings";
import * as z from "zod/mini";
import { schema } from "./settings.schema.ts";

export interface MistralSettings {
  /** Whether the vendor puts its own safety text before the conversation. */
  safePrompt?: boolean | undefined;
  /** Requests with the same key share a prompt cache. */
  promptCacheKey?: string | undefined;
  /** Requests with the same value reach the same server (`x-affinity`), and therefore its prompt cache. */
  affinity?: string | undefined;
}

/** Adds what a form shows to a schema. */
const setting = <T extends z.ZodMiniType>(schema: T, shown: SettingAnnotations): T => schema.check(z.meta(annotations(shown)));

export const validator: StandardSchema<MistralSettings> = z.strictObject({
  safePrompt: setting(z.optional(z.boolean()), {
    title: "Safety prompt",
    help: "Mistral puts its own safety text before the conversation.",
    section: "Generation",
    order: 10,
  }),
  promptCacheKey: setting(z.optional(z.string().check(z.minLength(1))), {
    title: "Prompt cache key",
    help: "Requests with the same key share a prompt cache.",
    section: "Prompt cache",
    order: 20,
  }),
  affinity: setting(z.optional(z.string().check(z.minLength(1))), {
    title: "Affinity",
    help: "Requests with the same value, such as the conversation's id, reach the same server.",
    section: "Prompt cache",
    order: 30,
  }),
});

export const settings: SettingsModule<MistralSettings> = defineSettings({ validator, schema });
