import type { SettingsModule } from "@lumiverse/core";
import { defineSettings, z } from "@lumiverse/core/settings";
import type { SafetySettings } from "@lumiverse/protocols/generate-content";

export interface GoogleSettings {
  /** How readily an answer is blocked, by kind of harm. Unset: the model's own default, which is off from Gemini 2.5 on. */
  safety?: SafetySettings | undefined;
  /** Thought summaries: `true` with every answer, `false` never. Unset: when a request asks for reasoning. */
  includeThoughts?: boolean | undefined;
  /** Let the model search the web with Google; sources come with the answer. Billed by the search. */
  webSearch?: boolean | undefined;
  /** `flex` is cheaper and waits, `priority` dearer and first served. */
  serviceTier?: "standard" | "flex" | "priority" | undefined;
}

const threshold = (title: string, order: number): z.ZodOptional<z.ZodEnum<Threshold>> =>
  z
    .enum(["OFF", "BLOCK_NONE", "BLOCK_ONLY_HIGH", "BLOCK_MEDIUM_AND_ABOVE", "BLOCK_LOW_AND_ABOVE"])
    .optional()
    .meta({
      title,
      order,
      help: "Unset: the model's own default",
      choices: {
        OFF: "Off",
        BLOCK_NONE: "Rate, block nothing",
        BLOCK_ONLY_HIGH: "Block the most likely",
        BLOCK_MEDIUM_AND_ABOVE: "Block the likely",
        BLOCK_LOW_AND_ABOVE: "Block the least likely too",
      },
    });
type Threshold = { [T in NonNullable<SafetySettings["harassment"]>]: T };

export const settings: SettingsModule<GoogleSettings> = defineSettings<GoogleSettings>(
  z.strictObject({
    includeThoughts: z.boolean().optional().meta({
      title: "Show thoughts",
      help: "On: summaries of the model's thoughts with every answer. Off: never. Unset: when a request asks for reasoning",
      section: "Answers",
      order: 10,
    }),
    webSearch: z.boolean().optional().meta({
      title: "Google Search",
      help: "The model may search the web, and its sources come with the answer. Models before Gemini 3 can't use it beside tools. Billed by the search",
      section: "Answers",
      order: 20,
    }),
    serviceTier: z.enum(["standard", "flex", "priority"]).optional().meta({
      title: "Service tier",
      help: "Flex is cheaper and waits, priority is dearer and served first",
      section: "Answers",
      order: 30,
    }),
    safety: z
      .strictObject({
        harassment: threshold("Harassment", 40),
        hateSpeech: threshold("Hate speech", 50),
        sexuallyExplicit: threshold("Sexually explicit", 60),
        dangerousContent: threshold("Dangerous content", 70),
      })
      .optional()
      .meta({ section: "Safety" }),
  }),
);
