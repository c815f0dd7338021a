import type { SettingsModule } from "@lumiverse/core";
import { defineSettings, z } from "@lumiverse/core/settings";

export interface PerplexitySettings {
  /**
   * `auto`: Sonar's Chat Completions for Sonar models until the vendor says that it is gone (it ended on 2026-09-27 for most), then the Agent API;
   * the Agent API for all others.
   */
  api?: "auto" | "sonar" | "agent" | undefined;
  search?:
    | {
        /** Default: Sonar models search, models of others don't. */
        enabled?: boolean | undefined;
        /** Sonar alone. */
        mode?: "web" | "academic" | "sec" | undefined;
        /** Twenty at most; `-` before a domain excludes it. */
        domains?: string[] | undefined;
        /** ISO 639-1. Sonar alone. */
        languages?: string[] | undefined;
        recency?: "hour" | "day" | "week" | "month" | "year" | undefined;
        /** Published after; MM/DD/YYYY, as all dates here. */
        after?: string | undefined;
        before?: string | undefined;
        updatedAfter?: string | undefined;
        updatedBefore?: string | undefined;
        /** How much of the results the model reads; the fee depends on it. */
        contextSize?: "low" | "medium" | "high" | undefined;
        /** Sonar alone. */
        type?: "fast" | "pro" | "auto" | undefined;
        /** The model decides whether to search. Sonar alone. */
        classifier?: boolean | undefined;
        location?:
          | {
              /** ISO 3166-1, two letters. */
              country?: string | undefined;
              region?: string | undefined;
              city?: string | undefined;
              latitude?: number | undefined;
              longitude?: number | undefined;
            }
          | undefined;
      }
    | undefined;
  /** Pictures found, in `details.images`. Sonar alone. */
  images?: boolean | undefined;
  imageDomains?: string[] | undefined;
  imageFormats?: string[] | undefined;
  /** Questions one might ask next, in `details.relatedQuestions`. Sonar alone. */
  relatedQuestions?: boolean | undefined;
  /** Language of the answer. */
  language?: string | undefined;
}

const date = z.string().regex(/^\d{2}\/\d{2}\/\d{4}$/, "a date like 11/25/2026");
const words = z.array(z.string().min(1));

export const settings: SettingsModule<PerplexitySettings> = defineSettings<PerplexitySettings>(
  z.strictObject({
    api: z
      .enum(["auto", "sonar", "agent"])
      .optional()
      .meta({
        title: "API",
        help: "Automatic takes Sonar for Sonar models until the vendor says that it is gone, and the Agent API for all others.",
        section: "Endpoint",
        order: 10,
        choices: { auto: "Automatic", sonar: "Sonar (Chat Completions)", agent: "Agent API" },
      }),
    search: z
      .strictObject({
        enabled: z
          .boolean()
          .optional()
          .meta({ title: "Search", help: "Sonar models search by default, models of others don't.", order: 20 }),
        domains: words.max(20).optional().meta({ title: "Domains", help: "Twenty at most; - before a domain excludes it.", order: 21 }),
        recency: z
          .enum(["hour", "day", "week", "month", "year"])
          .optional()
          .meta({ title: "Recency", help: "Not together with dates.", order: 22 }),
        after: date.optional().meta({ title: "Published after", help: "MM/DD/YYYY", order: 23 }),
        before: date.optional().meta({ title: "Published before", help: "MM/DD/YYYY", order: 24 }),
        updatedAfter: date.optional().meta({ title: "Updated after", help: "MM/DD/YYYY", order: 25 }),
        updatedBefore: date.optional().meta({ title: "Updated before", help: "MM/DD/YYYY", order: 26 }),
        contextSize: z
          .enum(["low", "medium", "high"])
          .optional()
          .meta({ title: "Context size", help: "How much of the results is read; the fee depends on it.", order: 27 }),
        mode: z.enum(["web", "academic", "sec"]).optional().meta({ title: "Mode", help: "On Sonar alone.", order: 28 }),
        type: z.enum(["fast", "pro", "auto"]).optional().meta({ title: "Type", help: "Pro searches in steps. On Sonar alone.", order: 29 }),
        languages: words.optional().meta({ title: "Languages of results", help: "ISO 639-1 codes. On Sonar alone.", order: 30 }),
        classifier: z
          .boolean()
          .optional()
          .meta({ title: "Search where needed", help: "The model decides whether to search. On Sonar alone.", order: 31 }),
        location: z
          .strictObject({
            country: z.string().length(2).optional().meta({ title: "Country", help: "Two letters.", order: 32 }),
            region: z.string().optional().meta({ title: "Region", help: "State or province.", order: 33 }),
            city: z.string().optional().meta({ title: "City", help: "Where the search is made from.", order: 34 }),
            latitude: z.number().min(-90).max(90).optional().meta({ title: "Latitude", help: "In degrees.", order: 35 }),
            longitude: z.number().min(-180).max(180).optional().meta({ title: "Longitude", help: "In degrees.", order: 36 }),
          })
          .optional()
          .meta({ section: "Place" }),
      })
      .refine(({ recency, after, before }) => recency === undefined || (after ?? before) === undefined, "recency or dates, not both")
      .optional()
      .meta({ section: "Search" }),
    images: z
      .boolean()
      .optional()
      .meta({ title: "Images", help: "Return pictures that were found. On Sonar alone.", section: "Answer", order: 40 }),
    imageDomains: words.optional().meta({
      title: "Domains of images",
      help: "- before a domain excludes it.",
      section: "Answer",
      order: 41,
      condition: { path: "images", equals: true },
    }),
    imageFormats: words.optional().meta({
      title: "Formats of images",
      help: "Such as jpeg or png.",
      section: "Answer",
      order: 42,
      condition: { path: "images", equals: true },
    }),
    relatedQuestions: z
      .boolean()
      .optional()
      .meta({ title: "Related questions", help: "What one might ask next. On Sonar alone.", section: "Answer", order: 43 }),
    language: z.string().min(2).optional().meta({ title: "Language", help: "Of the answer.", section: "Answer", order: 44 }),
  }),
);
