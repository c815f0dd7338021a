import type { SettingsModule } from "@lumiverse/core";
import { defineSettings, z } from "@lumiverse/core/settings";

/** Nothing can be set: what the vendor takes beyond a request, such as `documents`, belongs to one call and goes into its `parameters`. */
export type Ai21Settings = Record<string, never>;

export const settings: SettingsModule<Ai21Settings> = defineSettings<Ai21Settings>(z.strictObject({}));
