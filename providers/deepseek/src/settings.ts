import type { SettingsModule } from "@lumiverse/core";
import { annotations, defineSettings, type SettingAnnotations, type StandardSchema } from "@lumiverse/core/settings";
import * as z from "zod/mini";
import { schema } from "./settings.schema.ts";

export interface DeepseekSettings {
  /** Identifier of the end user. The vendor separates caches and detects abuse by it. */
  userId?: string | undefined;
  /** Whether calls that need `/beta` (prefill, strict tools) are sent there. Default true. */
  beta?: boolean | undefined;
}

/** Adds what a form shows to a schema. */
const setting = <T extends z.ZodMiniType>(schema: T, shown: SettingAnnotations): T => schema.check(z.meta(annotations(shown)));

export const validator: StandardSchema<DeepseekSettings> = z.strictObject({
  userId: setting(z.optional(z.string().check(z.minLength(1), z.maxLength(512))), {
    title: "End user",
    help: "Sent as user_id. The vendor separates caches and detects abuse by it. Do not use personal data.",
    section: "Account",
    order: 10,
  }),
  beta: setting(z.optional(z.boolean()), {
    title: "Beta endpoint",
    help: "Sends calls with prefill or strict tools to /beta, which alone supports them. Switch it off for a proxy without /beta.",
    section: "Endpoint",
    order: 20,
  }),
});

export const settings: SettingsModule<DeepseekSettings> = defineSettings({ validator, schema });
