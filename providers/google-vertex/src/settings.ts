import type { SettingsModule } from "@lumiverse/core";
import { annotations, defineSettings, type SettingAnnotations, type StandardSchema } from "@lumiverse/core/settings";
import type { SafetySettings } from "@lumiverse/protocols/generate-content";
import * as z from "zod/mini";
import { regions } from "./location.ts";
import { schema } from "./settings.schema.ts";

/** Settings of a Vertex AI connection. */
export interface GoogleVertexSettings {
  /** Where the model runs: `global`, the multi-regions `us` and `eu`, or a region such as `europe-west4`. Newer models are available only in the first three. Default `global`. */
  region?: string | undefined;
  /** The project of the models. Default: the service account's own project. */
  project?: string | undefined;
  /** The project whose quota is used and which is billed. Default: the same project. */
  quotaProject?: string | undefined;
  /** When answers are blocked, by category of harm. Default: the model's own, which is off from Gemini 2.5 on. */
  safety?: SafetySettings | undefined;
  /** Thought summaries. `true`: with every answer. `false`: never. Default: when the request asks for reasoning. */
  includeThoughts?: boolean | undefined;
  /** Let the model search the web with Google. The answer contains its sources. Each search is billed. Default false. */
  webSearch?: boolean | undefined;
  /** `dedicated`: provisioned throughput only. `shared`: pay-as-you-go only. `flex` is cheaper and slower, `priority` more expensive and faster. */
  serviceTier?: "dedicated" | "shared" | "flex" | "priority" | undefined;
  /** Labels of every call. The bill can be split by them. */
  labels?: Record<string, string> | undefined;
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
const project = z
  .string()
  .check(z.regex(/^(?:[a-z][a-z0-9.:-]{3,}[a-z0-9]|\d+)$/, "must be a project's id (lower-case letters, digits, hyphens) or number"));

export const validator: StandardSchema<GoogleVertexSettings> = z.strictObject({
  region: setting(
    z.optional(
      z.string().check(z.regex(/^[a-z]+(?:-[a-z]+\d+)?$/, `must be a region such as ${regions.slice(0, 4).join(", ")} or europe-west4`)),
    ),
    {
      title: "Region",
      help: `Default: global. us and eu keep data on their continent. Newer models are available only in global, us and eu. Other regions: ${regions.slice(3).join(", ")}`,
      section: "Google Cloud",
      order: 10,
    },
  ),
  project: setting(z.optional(project), {
    title: "Project",
    help: "If empty, the service account's own project",
    section: "Google Cloud",
    order: 20,
  }),
  quotaProject: setting(z.optional(project), {
    title: "Quota project",
    help: "The project that is billed, if it is another one",
    section: "Google Cloud",
    order: 30,
  }),
  serviceTier: setting(z.optional(z.enum(["dedicated", "shared", "flex", "priority"])), {
    title: "Service tier",
    help: "Dedicated: provisioned throughput only. Flex is cheaper and slower. Priority is more expensive and faster",
    section: "Google Cloud",
    order: 40,
  }),
  labels: setting(z.optional(z.record(z.string(), z.string())), {
    title: "Labels",
    help: "Added to every call. The bill can be split by them",
    section: "Google Cloud",
    order: 50,
  }),
  includeThoughts: setting(z.optional(z.boolean()), {
    title: "Show thoughts",
    help: "On: summaries of the model's thoughts with every answer. Off: never. If empty: when the request asks for reasoning",
    section: "Answers",
    order: 60,
  }),
  webSearch: setting(z.optional(z.boolean()), {
    title: "Google Search",
    help: "The model may search the web, and the answer contains its sources. Models before Gemini 3 cannot search together with tools. Each search is billed",
    section: "Answers",
    order: 70,
  }),
  safety: setting(
    z.optional(
      z.strictObject({
        harassment: threshold("Harassment", 80),
        hateSpeech: threshold("Hate speech", 90),
        sexuallyExplicit: threshold("Sexually explicit", 100),
        dangerousContent: threshold("Dangerous content", 110),
      }),
    ),
    { section: "Safety" },
  ),
});

export const settings: SettingsModule<GoogleVertexSettings> = defineSettings({ validator, schema });
