import type { SettingsModule } from "@lumiverse/core";
import { annotations, defineSettings, type SettingAnnotations, type StandardSchema } from "@lumiverse/core/settings";
import * as z from "zod/mini";
import { schema } from "./settings.schema.ts";

export interface PerplexitySettings {
  /**
   * `auto` (the default): Sonar models use Sonar's Chat Completions until the vendor answers that it has ended (on 2026-09-27 for most accounts), and then
   * the Agent API. All other models use the Agent API.
   */
  api?: "auto" | "sonar" | "agent" | undefined;
  search?:
    | {
        /** Default: Sonar models search, models of other vendors do not. */
        enabled?: boolean | undefined;
        /** Sonar only. */
        mode?: "web" | "academic" | "sec" | undefined;
        /** At most 20 domains. `-` before a domain excludes it. */
        domains?: string[] | undefined;
        /** ISO 639-1. Sonar only. */
        languages?: string[] | undefined;
        recency?: "hour" | "day" | "week" | "month" | "year" | undefined;
        /** Earliest date of publication, as MM/DD/YYYY, like all dates here. */
        after?: string | undefined;
        before?: string | undefined;
        updatedAfter?: string | undefined;
        updatedBefore?: string | undefined;
        /** How much of the results the model reads. The fee depends on it. */
        contextSize?: "low" | "medium" | "high" | undefined;
        /** Sonar only. */
        type?: "fast" | "pro" | "auto" | undefined;
        /** The model decides whether to search. Sonar only. */
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
  /** Returns images that the search found, in `details.images`. Sonar only. */
  images?: boolean | undefined;
  imageDomains?: string[] | undefined;
  imageFormats?: string[] | undefined;
  /** Returns follow-up questions, in `details.relatedQuestions`. Sonar only. */
  relatedQuestions?: boolean | undefined;
  /** The language of the answer. */
  language?: string | undefined;
}

/** Adds the texts that a form shows to a schema. */
const setting = <T extends z.ZodMiniType>(schema: T, shown: SettingAnnotations): T => schema.check(z.meta(annotations(shown)));

const date = z.string().check(z.regex(/^\d{2}\/\d{2}\/\d{4}$/, "must be a date such as 11/25/2026"));
const strings = z.array(z.string().check(z.minLength(1)));

export const validator: StandardSchema<PerplexitySettings> = z.strictObject({
  api: setting(z.optional(z.enum(["auto", "sonar", "agent"])), {
    title: "API",
    help: "Automatic uses Sonar for Sonar models until the vendor answers that it has ended, and the Agent API for all other models.",
    section: "Endpoint",
    order: 10,
    choices: { auto: "Automatic", sonar: "Sonar (Chat Completions)", agent: "Agent API" },
  }),
  search: setting(
    z.optional(
      z
        .strictObject({
          enabled: setting(z.optional(z.boolean()), {
            title: "Search",
            help: "Sonar models search by default, models of other vendors do not.",
            order: 20,
          }),
          domains: setting(z.optional(strings.check(z.maxLength(20))), {
            title: "Domains",
            help: "At most 20. A - before a domain excludes it.",
            order: 21,
          }),
          recency: setting(z.optional(z.enum(["hour", "day", "week", "month", "year"])), {
            title: "Recency",
            help: "It cannot be combined with dates.",
            order: 22,
          }),
          after: setting(z.optional(date), { title: "Published after", help: "A date as MM/DD/YYYY.", order: 23 }),
          before: setting(z.optional(date), { title: "Published before", help: "A date as MM/DD/YYYY.", order: 24 }),
          updatedAfter: setting(z.optional(date), { title: "Updated after", help: "A date as MM/DD/YYYY.", order: 25 }),
          updatedBefore: setting(z.optional(date), { title: "Updated before", help: "A date as MM/DD/YYYY.", order: 26 }),
          contextSize: setting(z.optional(z.enum(["low", "medium", "high"])), {
            title: "Context size",
            help: "How much of the results the model reads. The fee depends on it.",
            order: 27,
          }),
          mode: setting(z.optional(z.enum(["web", "academic", "sec"])), {
            title: "Mode",
            help: "Which sources are searched. Sonar only.",
            order: 28,
          }),
          type: setting(z.optional(z.enum(["fast", "pro", "auto"])), {
            title: "Type",
            help: "Pro searches in several steps. Sonar only.",
            order: 29,
          }),
          languages: setting(z.optional(strings), { title: "Languages of results", help: "ISO 639-1 codes. Sonar only.", order: 30 }),
          classifier: setting(z.optional(z.boolean()), {
            title: "Search only when needed",
            help: "The model decides whether to search. Sonar only.",
            order: 31,
          }),
          location: setting(
            z.optional(
              z.strictObject({
                country: setting(z.optional(z.string().check(z.length(2))), {
                  title: "Country",
                  help: "A code of two letters.",
                  order: 32,
                }),
                region: setting(z.optional(z.string()), { title: "Region", help: "A state or province.", order: 33 }),
                city: setting(z.optional(z.string()), { title: "City", help: "The city that the search is made from.", order: 34 }),
                latitude: setting(z.optional(z.number().check(z.minimum(-90), z.maximum(90))), {
                  title: "Latitude",
                  help: "In degrees.",
                  order: 35,
                }),
                longitude: setting(z.optional(z.number().check(z.minimum(-180), z.maximum(180))), {
                  title: "Longitude",
                  help: "In degrees.",
                  order: 36,
                }),
              }),
            ),
            { section: "Location" },
          ),
        })
        .check(
          z.refine(
            ({ recency, after, before }) => recency === undefined || (after ?? before) === undefined,
            "accepts recency or dates, not both",
          ),
        ),
    ),
    { section: "Search" },
  ),
  images: setting(z.optional(z.boolean()), {
    title: "Images",
    help: "Returns images that the search found. Sonar only.",
    section: "Answer",
    order: 40,
  }),
  imageDomains: setting(z.optional(strings), {
    title: "Image domains",
    help: "A - before a domain excludes it.",
    section: "Answer",
    order: 41,
    condition: { path: "images", equals: true },
  }),
  imageFormats: setting(z.optional(strings), {
    title: "Image formats",
    help: "Formats such as jpeg or png.",
    section: "Answer",
    order: 42,
    condition: { path: "images", equals: true },
  }),
  relatedQuestions: setting(z.optional(z.boolean()), {
    title: "Related questions",
    help: "Returns follow-up questions. Sonar only.",
    section: "Answer",
    order: 43,
  }),
  language: setting(z.optional(z.string().check(z.minLength(2))), {
    title: "Language",
    help: "The language of the answer, such as en.",
    section: "Answer",
    order: 44,
  }),
});

export const settings: SettingsModule<PerplexitySettings> = defineSettings({ validator, schema });
