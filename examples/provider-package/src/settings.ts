import type { SettingsModule } from "@lumiverse/core/provider";
import { defineSettings } from "@lumiverse/core/settings";
import * as z from "zod/mini";

/** The settings of a connection to Tidepool. */
export type TidepoolSettings = Record<never, never>;

// How to add a setting: https://github.com/lumiverse/providers/blob/main/docs/guides/write-a-provider.md#settings
const validator = z.strictObject({});

export const settings: SettingsModule<TidepoolSettings> = defineSettings<TidepoolSettings>({
  validator,
  schema: z.toJSONSchema(validator, { io: "input" }),
});
