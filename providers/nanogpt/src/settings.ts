import type { SettingsModule } from "@lumiverse/core";
import { defineSettings, z } from "@lumiverse/core/settings";

/** NanoGPT's own caching: https://docs.nano-gpt.com/api-reference/miscellaneous/prompt-caching */
export interface NanogptCache {
  /** Marks for Claude; other models cache unasked. */
  enabled: boolean;
  ttl?: "5m" | "1h" | undefined;
  /** Messages after this one are left out of the cache. */
  cutAfterMessageIndex?: number | undefined;
  /** Stay with one provider, whose cache is warm. May be billed beside a subscription. */
  stickyProvider?: boolean | undefined;
  /** The vendor sets no marks of its own: those of the messages count. */
  explicitCacheControl?: boolean | undefined;
  /** Only providers that can cache, for any model. May be billed beside a subscription. */
  forceRouting?: boolean | undefined;
}

export interface NanogptSettings {
  /** Calls go to the endpoint that serves what a subscription includes, and bills nothing else. */
  subscription?: boolean | undefined;
  promptCache?: NanogptCache | undefined;
  /** The model thinks, and what it thought is not sent. */
  hideReasoning?: boolean | undefined;
  /** Sent where a call sets no maxOutputTokens: the vendor cuts at 4000 otherwise. */
  maxTokens?: number | undefined;
  /** Which upstream serves open models: always billed per call. */
  provider?: string | undefined;
  /** `paygo`: from the balance, even where a subscription covers the model. */
  billing?: "paygo" | undefined;
  serviceTier?: "auto" | "default" | "flex" | "priority" | undefined;
}

const CACHE = "Prompt caching";
const BILLING = "Billing";
const cached = { path: "promptCache.enabled", equals: true };
const onlyPaid = { path: "subscription", equals: false };

const promptCache = z
  .strictObject({
    enabled: z.boolean().default(false).meta({ title: "Enable Prompt Caching", help: "For Claude; other models cache unasked", order: 20 }),
    ttl: z
      .enum(["5m", "1h"])
      .default("5m")
      .meta({ title: "Prompt Cache TTL", order: 21, choices: { "5m": "5 minutes", "1h": "1 hour" }, condition: cached }),
    cutAfterMessageIndex: z
      .int()
      .min(0)
      .optional()
      .meta({ title: "Cache up to message", help: "Number of the last message in the cache, from 0", order: 22, condition: cached }),
    stickyProvider: z
      .boolean()
      .optional()
      .meta({ title: "Sticky provider", help: "Keeps the cache warm; may be billed beside a subscription", order: 23, condition: cached }),
    explicitCacheControl: z
      .boolean()
      .optional()
      .meta({ title: "Own marks only", help: "The vendor places no marks by itself", order: 24, condition: cached }),
    forceRouting: z.boolean().optional().meta({
      title: "Only providers that cache",
      help: "For any model; may be billed beside a subscription",
      order: 25,
      condition: cached,
    }),
  })
  .meta({ section: CACHE });

export const settings: SettingsModule<NanogptSettings> = defineSettings<NanogptSettings>(
  z.strictObject({
    subscription: z.boolean().optional().meta({
      title: "Use Subscription Endpoint",
      help: "Serves what the subscription includes and bills nothing else. Under a base URL of your own it changes the path /api/v1 alone",
      section: BILLING,
      order: 10,
    }),
    promptCache: promptCache.optional(),
    hideReasoning: z
      .boolean()
      .optional()
      .meta({ title: "Hide reasoning", help: "It is billed all the same", section: "Reasoning", order: 30 }),
    maxTokens: z.int().min(1).optional().meta({
      title: "Output limit",
      help: "For calls that set none: 4000, for thinking models 8192",
      section: "Output",
      order: 40,
    }),
    provider: z.string().min(1).optional().meta({
      title: "Provider",
      help: "Which upstream serves open models; always billed per call",
      section: BILLING,
      order: 11,
      condition: onlyPaid,
    }),
    billing: z.enum(["paygo"]).optional().meta({
      title: "Billing",
      help: "paygo: from the balance, even where a subscription covers it",
      section: BILLING,
      order: 12,
      condition: onlyPaid,
    }),
    serviceTier: z.enum(["auto", "default", "flex", "priority"]).optional().meta({ title: "Service tier", section: BILLING, order: 13 }),
  }),
);
