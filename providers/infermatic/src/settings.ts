import type { SettingsModule } from "@lumiverse/core";
import { annotations, defineSettings, type SettingAnnotations, type StandardSchema } from "@lumiverse/core/settings";
import * as z from "zod/mini";
import { schema } from "./settings.schema.ts";

export interface InfermaticSettings {
  /** Where system messages go. Default `auto`: into the first user turn for models that refuse the system role, and on the repeat of a call that failed with 500. */
  systemPlacement?: "auto" | "first" | "user" | undefined;
}

/** Adds what a form shows to a schema. */
const setting = <T extends z.ZodMiniType>(schema: T, shown: SettingAnnotations): T => schema.check(z.meta(annotations(shown)));

export const validator: StandardSchema<InfermaticSettings> = z.strictObject({
  systemPlacement: setting(z.optional(z.enum(["auto", "first", "user"])), {
    title: "System prompt",
    help: "Some models answer a system message with HTTP 500. For them its text is moved into the first user turn.",
    section: "Messages",
    order: 10,
    choices: { auto: "Depending on the model", first: "Always as a system message", user: "Always in the first user turn" },
  }),
});

export const settings: SettingsModule<InfermaticSettings> = defineSettings({ validator, schema });
