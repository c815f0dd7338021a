import type { SettingsModule } from "@lumiverse/core";
import { defineSettings, z } from "@lumiverse/core/settings";

export interface OpenaiSettings {
  /**
   * `auto`: Responses at the vendor, Chat Completions at other base URLs, for audio, and for fields that Responses lacks. Models that one API alone serves
   * go there in any case.
   */
  api?: "auto" | "responses" | "chat-completions";
  /** `OpenAI-Organization`. */
  organization?: string;
  /** `OpenAI-Project`. */
  project?: string;
  /** Let the vendor keep answers (30 days). Default false. */
  store?: boolean;
  /** How much of the reasoning is told. Default `auto`; `none` where the organisation is not verified for it. */
  reasoningSummary?: "auto" | "concise" | "detailed" | "none";
  /** Length of the answers, from gpt-5 on. */
  verbosity?: "low" | "medium" | "high";
  serviceTier?: "auto" | "default" | "flex" | "priority" | "scale" | "fast" | "ultrafast";
  /** Requests with one key reach the same machines and so the same prompt cache; keep it below some 15 requests a minute. */
  promptCacheKey?: string;
  /** How long prefixes are held at most. From gpt-5.5 on `24h` alone. */
  promptCacheRetention?: "in_memory" | "24h";
  /** From gpt-5.6 on; `request.cache` replaces it for one call. */
  promptCache?: PromptCache;
  /** A stable, hashed id of the end user, 64 characters at most. */
  safetyIdentifier?: string;
}

export interface PromptCache {
  /** `implicit`: the vendor places a breakpoint of its own too (its default). `explicit`: only where it is said below. `off`: nothing is cached. */
  mode: "implicit" | "explicit" | "off";
  /** How long prefixes are held at least. Default `30m`. */
  ttl?: "30m" | "12h";
  /** A breakpoint after the system prompt, which covers the tools. */
  system?: boolean;
  /** A breakpoint after the last user turn. */
  conversation?: boolean;
}

export const settings: SettingsModule<OpenaiSettings> = defineSettings<OpenaiSettings>(
  z.strictObject({
    api: z
      .enum(["auto", "responses", "chat-completions"])
      .optional()
      .meta({
        title: "API",
        help: "Automatic takes Responses at OpenAI itself and Chat Completions at other base URLs, for audio, and for fields that Responses lacks.",
        section: "Endpoint",
        order: 1,
        choices: { auto: "Automatic", responses: "Responses", "chat-completions": "Chat Completions" },
      }),
    organization: z.string().min(1).optional().meta({ title: "Organisation", help: "Starts with org-.", section: "Endpoint", order: 2 }),
    project: z.string().min(1).optional().meta({ title: "Project", help: "Starts with proj_.", section: "Endpoint", order: 3 }),
    reasoningSummary: z.enum(["auto", "concise", "detailed", "none"]).optional().meta({
      title: "Reasoning summary",
      help: "What is told of the reasoning. Some models tell it to verified organisations alone.",
      section: "Generation",
      order: 4,
    }),
    verbosity: z
      .enum(["low", "medium", "high"])
      .optional()
      .meta({ title: "Verbosity", help: "From gpt-5 on.", section: "Generation", order: 5 }),
    serviceTier: z.enum(["auto", "default", "flex", "priority", "scale", "fast", "ultrafast"]).optional().meta({
      title: "Service tier",
      help: "Flex is cheaper and slower, priority is dearer and faster.",
      section: "Generation",
      order: 6,
    }),
    store: z
      .boolean()
      .optional()
      .meta({ title: "Store answers", help: "Let OpenAI keep answers for 30 days. Off by default.", section: "Privacy", order: 7 }),
    safetyIdentifier: z
      .string()
      .max(64)
      .optional()
      .meta({ title: "Safety identifier", help: "A hashed id of the end user.", section: "Privacy", order: 8 }),
    promptCacheKey: z
      .string()
      .optional()
      .meta({ title: "Prompt cache key", help: "Requests with one key share a cache.", section: "Prompt cache", order: 9 }),
    promptCacheRetention: z.enum(["in_memory", "24h"]).optional().meta({
      title: "Prompt cache retention",
      help: "How long prefixes are held at most. From gpt-5.5 on 24h alone.",
      section: "Prompt cache",
      order: 10,
    }),
    promptCache: z
      .strictObject({
        mode: z
          .enum(["implicit", "explicit", "off"])
          .default("implicit")
          .meta({
            title: "Prompt cache",
            help: "From gpt-5.6 on. Before, OpenAI decides by itself.",
            order: 11,
            choices: { implicit: "Automatic", explicit: "Only where marked below", off: "Off" },
          }),
        ttl: z
          .enum(["30m", "12h"])
          .optional()
          .meta({
            title: "Prompt cache lifetime",
            help: "How long prefixes are held at least, from gpt-5.6 on.",
            order: 12,
            choices: { "30m": "30 minutes", "12h": "12 hours" },
          }),
        system: z.boolean().optional().meta({ title: "Mark the system prompt", help: "The mark covers the tools too.", order: 13 }),
        conversation: z.boolean().optional().meta({ title: "Mark the conversation", help: "Up to the last user turn.", order: 14 }),
      })
      .optional()
      .meta({ section: "Prompt cache" }),
  }) as z.ZodType<OpenaiSettings>, // optional fields of zod may also be undefined, which the settings never are
);
