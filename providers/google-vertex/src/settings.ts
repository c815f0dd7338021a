import type { SettingsModule } from "@lumiverse/core";
import { defineSettings, z } from "@lumiverse/core/settings";
import type { SafetySettings } from "@lumiverse/protocols/generate-content";
import { regions } from "./location.ts";

export interface GoogleVertexSettings {
  /** Where the model runs: `global` (the default), the multi-regions `us` and `eu`, or a region such as `europe-west4`. Newer models are served on the first three alone. */
  region?: string | undefined;
  /** The project that is called. Default: the service account's own. */
  project?: string | undefined;
  /** The project whose quota is used and which pays, where that is another one. */
  quotaProject?: string | undefined;
  /** How readily an answer is blocked, by kind of harm. Unset: the model's own default, which is off from Gemini 2.5 on. */
  safety?: SafetySettings | undefined;
  /** Thought summaries: `true` with every answer, `false` never. Unset: when a request asks for reasoning. */
  includeThoughts?: boolean | undefined;
  /** Let the model search the web with Google; sources come with the answer. Billed by the search. */
  webSearch?: boolean | undefined;
  /** `dedicated`: provisioned throughput alone; `flex` and `priority`: the cheaper and the faster lane of pay-as-you-go. */
  serviceTier?: "dedicated" | "shared" | "flex" | "priority" | undefined;
  /** Labels on every call, which the bill is broken down by. */
  labels?: Record<string, string> | undefined;
}

type Threshold = { [T in NonNullable<SafetySettings["harassment"]>]: T };
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
const project = z
  .string()
  .regex(/^(?:[a-z][a-z0-9.:-]{3,}[a-z0-9]|\d+)$/, "a project's id (lower-case letters, digits, hyphens) or number");

export const settings: SettingsModule<GoogleVertexSettings> = defineSettings<GoogleVertexSettings>(
  z.strictObject({
    region: z
      .string()
      .regex(/^[a-z]+(?:-[a-z]+\d+)?$/, `a region such as ${regions.slice(0, 4).join(", ")} or europe-west4`)
      .optional()
      .meta({
        title: "Region",
        help: `global unless set. us and eu keep data on their continent; newer models are served there and on global alone. Others: ${regions.slice(3).join(", ")}`,
        section: "Google Cloud",
        order: 10,
      }),
    project: project
      .optional()
      .meta({ title: "Project", help: "Unset: the service account's own project", section: "Google Cloud", order: 20 }),
    quotaProject: project
      .optional()
      .meta({ title: "Quota project", help: "The project that pays, where it is another one", section: "Google Cloud", order: 30 }),
    serviceTier: z.enum(["dedicated", "shared", "flex", "priority"]).optional().meta({
      title: "Service tier",
      help: "Dedicated: provisioned throughput alone. Flex is cheaper and waits, priority is dearer and served first",
      section: "Google Cloud",
      order: 40,
    }),
    labels: z
      .record(z.string(), z.string())
      .optional()
      .meta({ title: "Labels", help: "On every call; the bill can be broken down by them", section: "Google Cloud", order: 50 }),
    includeThoughts: z.boolean().optional().meta({
      title: "Show thoughts",
      help: "On: summaries of the model's thoughts with every answer. Off: never. Unset: when a request asks for reasoning",
      section: "Answers",
      order: 60,
    }),
    webSearch: z.boolean().optional().meta({
      title: "Google Search",
      help: "The model may search the web, and its sources come with the answer. Models before Gemini 3 can't use it beside tools. Billed by the search",
      section: "Answers",
      order: 70,
    }),
    safety: z
      .strictObject({
        harassment: threshold("Harassment", 80),
        hateSpeech: threshold("Hate speech", 90),
        sexuallyExplicit: threshold("Sexually explicit", 100),
        dangerousContent: threshold("Dangerous content", 110),
      })
      .optional()
      .meta({ section: "Safety" }),
  }),
);
