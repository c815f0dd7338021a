import type { SettingsModule } from "@lumiverse/core";
import { annotations, defineSettings, type SettingAnnotations, type StandardSchema } from "@lumiverse/core/settings";
import * as z from "zod/mini";
import { schema } from "./settings.schema.ts";

export interface SiliconflowSettings {
  /** The region of the account that the key belongs to. Default `global`. */
  region?: "global" | "cn" | undefined;
}

/** Adds what a form shows to a schema. */
const setting = <T extends z.ZodMiniType>(schema: T, shown: SettingAnnotations): T => schema.check(z.meta(annotations(shown)));

export const validator: StandardSchema<SiliconflowSettings> = z.strictObject({
  region: setting(z.optional(z.enum(["global", "cn"])), {
    title: "Region",
    help: "siliconflow.com and siliconflow.cn have separate accounts, models and prices, and each refuses keys of the other.",
    section: "Endpoint",
    order: 10,
    choices: { global: "International (api.siliconflow.com)", cn: "China (api.siliconflow.cn)" },
  }),
});

export const settings: SettingsModule<SiliconflowSettings> = defineSettings({ validator, schema });
