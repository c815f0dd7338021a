import type { SettingsModule } from "@lumiverse/core";
import { annotations, defineSettings, type SettingAnnotations, type StandardSchema } from "@lumiverse/core/settings";
import * as z from "zod/mini";
import { schema } from "./settings.schema.ts";

export interface OpenaiSettings {
  /**
   * `auto` (the default): Responses on the vendor's hosts. Chat Completions on other base URLs, for audio, and for fields that Responses lacks. A model that
   * only one API serves goes there whatever this says.
   */
  api?: "auto" | "responses" | "chat-completions";
  /** Sent as the header `OpenAI-Organization`. */
  organization?: string;
  /** Sent as the header `OpenAI-Project`. */
  project?: string;
  /** Allows the vendor to store answers for 30 days. Default false. */
  store?: boolean;
  /** How detailed the reasoning summary is. Default `auto`. `none` requests no summary, for organizations that are not verified for it. */
  reasoningSummary?: "auto" | "concise" | "detailed" | "none";
  /** How long answers are. Models accept it from gpt-5 on. */
  verbosity?: "low" | "medium" | "high";
  serviceTier?: "auto" | "default" | "flex" | "priority" | "scale" | "fast" | "ultrafast";
  /** Requests with the same key reach the same machines and so the same prompt cache. The vendor advises fewer than about 15 requests per minute and key. */
  promptCacheKey?: string;
  /** How long a prefix is cached at most. Models from gpt-5.5 on accept `24h` only. */
  promptCacheRetention?: "in_memory" | "24h";
  /** Cache options for models from gpt-5.6 on. `request.cache` replaces them for one call. */
  promptCache?: PromptCache;
  /** A stable hash of the end user's id, at most 64 characters long. */
  safetyIdentifier?: string;
}

export interface PromptCache {
  /** `implicit` (the vendor's default): the vendor adds a breakpoint of its own. `explicit`: only the breakpoints below are set. `off`: nothing is cached. */
  mode: "implicit" | "explicit" | "off";
  /** How long a prefix is cached at least. Default `30m`. */
  ttl?: "30m" | "12h";
  /** Sets a breakpoint after the system prompt, which also covers the tools. */
  system?: boolean;
  /** Sets a breakpoint after the last user turn. */
  conversation?: boolean;
}

/** Adds the texts that a form shows to a schema. */
const setting = <T extends z.ZodMiniType>(schema: T, shown: SettingAnnotations): T => schema.check(z.meta(annotations(shown)));

export const validator: StandardSchema<OpenaiSettings> = z.strictObject({
  api: setting(z.optional(z.enum(["auto", "responses", "chat-completions"])), {
    title: "API",
    help: "Automatic uses Responses on OpenAI's hosts. It uses Chat Completions on other base URLs, for audio, and for fields that Responses lacks.",
    section: "Endpoint",
    order: 1,
    choices: { auto: "Automatic", responses: "Responses", "chat-completions": "Chat Completions" },
  }),
  organization: setting(z.optional(z.string().check(z.minLength(1))), {
    title: "Organization",
    help: "An id that starts with org-.",
    section: "Endpoint",
    order: 2,
  }),
  project: setting(z.optional(z.string().check(z.minLength(1))), {
    title: "Project",
    help: "An id that starts with proj_.",
    section: "Endpoint",
    order: 3,
  }),
  reasoningSummary: setting(z.optional(z.enum(["auto", "concise", "detailed", "none"])), {
    title: "Reasoning summary",
    help: "How detailed the summary is. Some models return one to verified organizations only.",
    section: "Generation",
    order: 4,
  }),
  verbosity: setting(z.optional(z.enum(["low", "medium", "high"])), {
    title: "Verbosity",
    help: "How long answers are. Models accept it from gpt-5 on.",
    section: "Generation",
    order: 5,
  }),
  serviceTier: setting(z.optional(z.enum(["auto", "default", "flex", "priority", "scale", "fast", "ultrafast"])), {
    title: "Service tier",
    help: "Flex is cheaper and slower. Priority is more expensive and faster.",
    section: "Generation",
    order: 6,
  }),
  store: setting(z.optional(z.boolean()), {
    title: "Store answers",
    help: "Allows OpenAI to store answers for 30 days. Off by default.",
    section: "Privacy",
    order: 7,
  }),
  safetyIdentifier: setting(z.optional(z.string().check(z.maxLength(64))), {
    title: "Safety identifier",
    help: "A hash of the end user's id.",
    section: "Privacy",
    order: 8,
  }),
  promptCacheKey: setting(z.optional(z.string()), {
    title: "Prompt cache key",
    help: "Requests with the same key share a cache.",
    section: "Prompt cache",
    order: 9,
  }),
  promptCacheRetention: setting(z.optional(z.enum(["in_memory", "24h"])), {
    title: "Prompt cache retention",
    help: "How long a prefix is cached at most. Models from gpt-5.5 on accept 24h only.",
    section: "Prompt cache",
    order: 10,
  }),
  promptCache: setting(
    z.optional(
      z.strictObject({
        mode: setting(z._default(z.enum(["implicit", "explicit", "off"]), "implicit"), {
          title: "Prompt cache",
          help: "Models accept it from gpt-5.6 on. Older models always cache automatically.",
          order: 11,
          choices: { implicit: "Automatic", explicit: "Only the breakpoints below", off: "Off" },
        }),
        ttl: setting(z.optional(z.enum(["30m", "12h"])), {
          title: "Prompt cache lifetime",
          help: "How long a prefix is cached at least. Models accept it from gpt-5.6 on.",
          order: 12,
          choices: { "30m": "30 minutes", "12h": "12 hours" },
        }),
        system: setting(z.optional(z.boolean()), {
          title: "Cache System Prompt",
          help: "Sets a breakpoint that also covers the tools.",
          order: 13,
        }),
        conversation: setting(z.optional(z.boolean()), {
          title: "Cache Conversation Prefix",
          help: "Sets a breakpoint after the last user turn.",
          order: 14,
        }),
      }),
    ),
    { section: "Prompt cache" },
  ),
}) as StandardSchema<OpenaiSettings>; // zod types optional fields as possibly undefined; parsed settings never contain undefined

export const settings: SettingsModule<OpenaiSettings> = defineSettings({ validator, schema });
