import type { SettingsModule } from "@lumiverse/core";
import { annotations, defineSettings, type SettingAnnotations, type StandardSchema } from "@lumiverse/core/settings";
import type { SafetySettings } from "@lumiverse/protocols/generate-content";
import * as z from "zod/mini";
import { schema } from "./settings.schema.ts";

/** Settings of a Gemini API connection. */
export interface GoogleSettings {
  /** When answers are blocked, by category of harm. Default: the model's own, which is off from Gemini 2.5 on. */
  safety?: SafetySettings | undefined;
  /** Thought summaries. `true`: with every answer. `false`: never. Default: when the request asks for reasoning. */
  includeThoughts?: boolean | undefined;
  /** Let the model search the web with Google. The answer contains its sources. Each search is billed. Default false. */
  webSearch?: boolean | undefined;
  /** `flex` is cheaper and slower, `priority` is more expensive and faster. Default: the vendor's, `standard`. */
  serviceTier?: "standard" | "flex" | "priority" | undefined;
}

/** Adds what a form shows to a schema. */
const setting = <T extends z.ZodMiniType>(schema: T, shown: SettingAnnotations): T => schema.check(z.meta(annotations(shown)));

const threshold = (title: string, order: number) =>
  setting(z.optional(z.enum(["OFF", "BLOCK_NONE", "BLOCK_ONLY_HIGH", "BLOCK_MEDIUM_AND_ABOVE", "BLOCK_LOW_AND_ABOVE"])), {
    title,
    order,
    help: "If empty, the model's own default applies",
    choices: {
      OFF: "Off",
      BLOCK_NONE: "Rate, but block nothing",
      BLOCK_ONLY_HIGH: "Block high probability of harm",
      BLOCK_MEDIUM_AND_ABOVE: "Block medium and high probability",
      BLOCK_LOW_AND_ABOVE: "Block low probability too",
    },
  });

export const validator: StandardSchema<GoogleSettings> = z.strictObject({
  includeThoughts: setting(z.optional(z.boolean()), {
    title: "Show thoughts",
    help: "On: summaries of the model's thoughts with every answer. Off: never. If empty: when the request asks for reasoning",
    section: "Answers",
    order: 10,
  }),
  webSearch: setting(z.optional(z.boolean()), {
    title: "Google Search",
    help: "The model may search the web, and the answer contains its sources. Models before Gemini 3 cannot search together with tools. Each search is billed",
    section: "Answers",
    order: 20,
  }),
  serviceTier: setting(z.optional(z.enum(["standard", "flex", "priority"])), {
    title: "Service tier",
    help: "Flex is cheaper and slower. Priority is more expensive and faster",
    section: "Answers",
    order: 30,
  }),
  safety: setting(
    z.optional(
      z.strictObject({
        harassment: threshold("Harassment", 40),
        hateSpeech: threshold("Hate speech", 50),
        sexuallyExplicit: threshold("Sexually explicit", 60),
        dangerousContent: threshold("Dangerous content", 70),
      }),
    ),
    { section: "Safety" },
  ),
});

export const settings: SettingsModule<GoogleSettings> = defineSettings({ validator, schema });
