import type { SettingsModule } from "@lumiverse/core";
import { defineSettings, z } from "@lumiverse/core/settings";

export interface GroqSettings {
  /** Which capacity serves the call. Default: the account's. */
  serviceTier?: "auto" | "on_demand" | "flex" | "performance" | undefined;
  /** Send reasoning back with earlier turns, to models that reason. */
  replayReasoning?: boolean | undefined;
}

export const settings: SettingsModule<GroqSettings> = defineSettings<GroqSettings>(
  z.strictObject({
    serviceTier: z.enum(["auto", "on_demand", "flex", "performance"]).optional().meta({
      title: "Service tier",
      help: "flex fails with status 498 when capacity is short; performance needs an account that has it.",
      section: "Service",
      order: 10,
    }),
    replayReasoning: z.boolean().optional().meta({
      title: "Send reasoning back",
      help: "Reasoning of earlier turns goes back to models that reason. Off by default: other models refuse it.",
      section: "Reasoning",
      order: 20,
    }),
  }),
);
