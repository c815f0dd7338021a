import type { SettingsModule } from "@lumiverse/core";
import { annotations, defineSettings, type SettingAnnotations, type StandardSchema } from "@lumiverse/core/settings";
import * as z from "zod/mini";
import { schema } from "./settings.schema.ts";

export interface GroqSettings {
  /** The capacity that serves the call. Default: decided by the account. */
  serviceTier?: "auto" | "on_demand" | "flex" | "performance" | undefined;
  /** Whether reasoning of earlier turns is sent back to models that reason. Default false. */
  replayReasoning?: boolean | undefined;
}

/** Adds what a form shows to a schema. */
const setting = <T extends z.ZodMiniType>(schema: T, shown: SettingAnnotations): T => schema.check(z.meta(annotations(shown)));

export const validator: StandardSchema<GroqSettings> = z.strictObject({
  serviceTier: setting(z.optional(z.enum(["auto", "on_demand", "flex", "performance"])), {
    title: "Service tier",
    help: "flex fails with status 498 when capacity is short. performance requires an account that includes it.",
    section: "Service",
    order: 10,
  }),
  replayReasoning: setting(z.optional(z.boolean()), {
    title: "Send reasoning back",
    help: "Sends the reasoning of earlier turns back to models that reason. It is off by default, because other models refuse it.",
    section: "Reasoning",
    order: 20,
  }),
});

export const settings: SettingsModule<GroqSettings> = defineSettings({ validator, schema });
