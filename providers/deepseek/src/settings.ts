import type { SettingsModule } from "@lumiverse/core";
import { defineSettings, z } from "@lumiverse/core/settings";

export interface DeepseekSettings {
  /** Name of the end user, by which the vendor keeps caches and abuse apart. */
  userId?: string | undefined;
  /** May calls that need it (prefill, strict tools) go to `/beta`? Default true. */
  beta?: boolean | undefined;
}

export const settings: SettingsModule<DeepseekSettings> = defineSettings<DeepseekSettings>(
  z.strictObject({
    userId: z.string().min(1).max(512).optional().meta({
      title: "End user",
      help: "Sent as user_id: caches and abuse are kept apart by it. No personal data.",
      section: "Account",
      order: 10,
    }),
    beta: z.boolean().optional().meta({
      title: "Beta endpoint",
      help: "Prefill and strict tools exist under /beta only; such calls go there. Switch off for a proxy that has no /beta.",
      section: "Endpoint",
      order: 20,
    }),
  }),
);
