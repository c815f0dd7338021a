import type { SettingsModule } from "@lumiverse/core";
import { defineSettings, z } from "@lumiverse/core/settings";

export interface ChutesSettings {
  /** Kimi keeps the reasoning of all earlier turns. Default: of tool loops alone. */
  preserveThinking?: boolean | undefined;
}

export const settings: SettingsModule<ChutesSettings> = defineSettings<ChutesSettings>(
  z.strictObject({
    preserveThinking: z.boolean().optional().meta({
      title: "Preserve thinking",
      help: "For Kimi: the reasoning of all earlier turns goes back and is read (preserve_thinking). It costs input tokens.",
      section: "Reasoning",
      order: 10,
    }),
  }),
);
