import type { SettingsModule } from "@lumiverse/core";
import { defineSettings, z } from "@lumiverse/core/settings";

export interface InfermaticSettings {
  /** Where system texts stand. Default `auto`: in the first user turn for models that refuse the role, and once more so after a 500. */
  systemPlace?: "auto" | "first" | "user" | undefined;
}

export const settings: SettingsModule<InfermaticSettings> = defineSettings<InfermaticSettings>(
  z.strictObject({
    systemPlace: z
      .enum(["auto", "first", "user"])
      .optional()
      .meta({
        title: "System prompt",
        help: "Some models answer a system message with HTTP 500: their system texts go into the first user turn.",
        section: "Messages",
        order: 10,
        choices: { auto: "As the model takes it", first: "Always as a system message", user: "Always in the first user turn" },
      }),
  }),
);
