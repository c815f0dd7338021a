import type { SettingsModule } from "@lumiverse/core";
import { annotations, defineSettings, type SettingAnnotations, type StandardSchema } from "@lumiverse/core/settings";
import * as z from "zod/mini";
import { schema } from "./settings.schema.ts";

export interface PollinationsSettings {
  /** Lists only models of this source. Default: all. */
  modelSource?: "official" | "community" | undefined;
  /** `all` also lists community models that often fail. Default: the vendor omits them. */
  reliability?: "reliable" | "all" | undefined;
  /** The voice of audio models. Default `alloy`. */
  voice?: string | undefined;
  /** The name of the application, sent with calls that have no key. */
  referrer?: string | undefined;
  /** Calls without a key may appear in the vendor's public feed. Default false. */
  publicFeed?: boolean | undefined;
}

/** Adds the texts that a form shows to a schema. */
const setting = <T extends z.ZodMiniType>(schema: T, shown: SettingAnnotations): T => schema.check(z.meta(annotations(shown)));

export const validator: StandardSchema<PollinationsSettings> = z.strictObject({
  modelSource: setting(z.optional(z.enum(["official", "community"])), {
    title: "Model source",
    help: "Which models are listed. Default: all.",
    section: "Models",
    order: 10,
    choices: { official: "Pollinations", community: "The community" },
  }),
  reliability: setting(z.optional(z.enum(["reliable", "all"])), {
    title: "Unreliable community models",
    help: "Community models that often fail. The vendor omits them by default.",
    section: "Models",
    order: 20,
    choices: { reliable: "Hide", all: "Show" },
  }),
  voice: setting(z.optional(z.string().check(z.minLength(1))), {
    title: "Voice",
    help: "The voice of audio models such as openai-audio.",
    section: "Audio",
    order: 30,
  }),
  referrer: setting(z.optional(z.string().check(z.minLength(1))), {
    title: "Application",
    help: "The name or address of your application, sent with calls that have no key.",
    section: "Without a key",
    order: 40,
  }),
  publicFeed: setting(z.optional(z.boolean()), {
    title: "Show in the public feed",
    help: "Shows calls without a key in a feed that anybody can read. When off, each call is marked private.",
    section: "Without a key",
    order: 50,
  }),
});

export const settings: SettingsModule<PollinationsSettings> = defineSettings({ validator, schema });
