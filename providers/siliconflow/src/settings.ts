import type { SettingsModule } from "@lumiverse/core";
import { defineSettings, z } from "@lumiverse/core/settings";

export interface SiliconflowSettings {
  /** Whose account the key is of. Default `global`. */
  region?: "global" | "cn" | undefined;
}

export const settings: SettingsModule<SiliconflowSettings> = defineSettings<SiliconflowSettings>(
  z.strictObject({
    region: z
      .enum(["global", "cn"])
      .optional()
      .meta({
        title: "Region",
        help: "siliconflow.com and siliconflow.cn are separate accounts with models and prices of their own: a key of one is refused by the other.",
        section: "Endpoint",
        order: 10,
        choices: { global: "International (api.siliconflow.com)", cn: "China (api.siliconflow.cn)" },
      }),
  }),
);
