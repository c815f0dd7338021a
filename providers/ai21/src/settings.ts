import type { SettingsModule } from "@lumiverse/core";
import { defineSettings, type StandardSchema } from "@lumiverse/core/settings";
import * as z from "zod/mini";
import { schema } from "./settings.schema.ts";

/** There are no settings. The vendor's own fields, such as `documents`, belong to one call and go into its `parameters`. */
export type Ai21Settings = Record<string, never>;

export const validator: StandardSchema<Ai21Settings> = z.strictObject({});

export const settings: SettingsModule<Ai21Settings> = defineSettings({ validator, schema });
