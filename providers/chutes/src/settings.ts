import type { SettingsModule } from "@lumiverse/core";
import { annotations, defineSettings, type SettingAnnotations, type StandardSchema } from "@lumiverse/core/settings";
import * as z from "zod/mini";
import { schema } from "./settings.schema.ts";

export interface ChutesSettings {
  /** Whether Kimi reads the reasoning of all earlier turns. Default false: only that of tool loops. */
  preserveThinking?: boolean | undefined;
}

/** Adds what a form shows to a schema. */
const setting = <T extends z.ZodMiniType>(schema: T, shown: SettingAnnotations): T => schema.check(z.meta(annotations(shown)));

export const validator: StandardSchema<ChutesSettings> = z.strictObject({
  preserveThinking: setting(z.optional(z.boolean()), {
    title: "Preserve thinking",
    help: "Sends the reasoning of all earlier turns back to Kimi, which then reads it (preserve_thinking). It costs input tokens.",
    section: "Reasoning",
    order: 10,
  }),
});

export const settings: SettingsModule<ChutesSettings> = defineSettings({ validator, schema });
