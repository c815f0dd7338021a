import type { SettingsModule } from "@lumiverse/core";
import { defineSettings, z } from "@lumiverse/core/settings";

export interface PollinationsSettings {
  /** Who made the models of the list. Default: all. */
  modelSource?: "official" | "community" | undefined;
  /** Community models that fail often: left out of the list, unless `all`. */
  reliability?: "reliable" | "all" | undefined;
  /** The voice of models that speak. Default `alloy`. */
  voice?: string | undefined;
  /** The name of the application, for calls without a key. */
  referrer?: string | undefined;
  /** Calls without a key may appear in the vendor's public feed. Default false. */
  publicFeed?: boolean | undefined;
}

export const settings: SettingsModule<PollinationsSettings> = defineSettings<PollinationsSettings>(
  z.strictObject({
    modelSource: z
      .enum(["official", "community"])
      .optional()
      .meta({
        title: "Models of",
        help: "Which models the list shows. Unset: all.",
        section: "Models",
        order: 10,
        choices: { official: "Pollinations", community: "The community" },
      }),
    reliability: z
      .enum(["reliable", "all"])
      .optional()
      .meta({
        title: "Unreliable community models",
        help: "The vendor leaves them out of the list unless they are asked for.",
        section: "Models",
        order: 20,
        choices: { reliable: "Leave out", all: "Show" },
      }),
    voice: z.string().min(1).optional().meta({
      title: "Voice",
      help: "For models that speak, such as openai-audio.",
      section: "Audio",
      order: 30,
    }),
    referrer: z.string().min(1).optional().meta({
      title: "Application",
      help: "The name or address of your application, sent with calls that have no key.",
      section: "Without a key",
      order: 40,
    }),
    publicFeed: z.boolean().optional().meta({
      title: "Show in the public feed",
      help: "Calls without a key were shown in a feed that anybody can read. Off: each call asks to be private.",
      section: "Without a key",
      order: 50,
    }),
  }),
);
