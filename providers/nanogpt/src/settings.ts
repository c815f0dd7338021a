import type { SettingsModule } from "@lumiverse/core";
import { annotations, defineSettings, type SettingAnnotations, type StandardSchema } from "@lumiverse/core/settings";
import * as z from "zod/mini";
import { schema } from "./settings.schema.ts";

/** NanoGPT's own form of prompt caching: https://docs.nano-gpt.com/api-reference/miscellaneous/prompt-caching */
export interface NanogptCache {
  /** Caches prompts for Claude. Other models cache automatically. */
  enabled: boolean;
  ttl?: "5m" | "1h" | undefined;
  /** Index of the last message in the cache. */
  cutAfterMessageIndex?: number | undefined;
  /** Sends calls to the one provider that holds the cache. May be billed in addition to a subscription. */
  stickyProvider?: boolean | undefined;
  /** The vendor sets no breakpoints; only those of the messages count. */
  explicitCacheControl?: boolean | undefined;
  /** Uses only providers that can cache, for any model. May be billed in addition to a subscription. */
  forceRouting?: boolean | undefined;
}

export interface NanogptSettings {
  /** Sends calls to the subscription's endpoint, which serves only included models and bills nothing. */
  subscription?: boolean | undefined;
  promptCache?: NanogptCache | undefined;
  /** Leaves the reasoning out of the answer. The model still thinks. */
  hideReasoning?: boolean | undefined;
  /** The output limit of calls without `maxOutputTokens`. Default 4000, and 8192 for thinking models. */
  maxTokens?: number | undefined;
  /** The upstream that serves open models. Such calls are always billed. */
  provider?: string | undefined;
  /** `paygo`: the balance pays, even if a subscription includes the model. */
  billing?: "paygo" | undefined;
  serviceTier?: "auto" | "default" | "flex" | "priority" | undefined;
}

/** Adds what a form shows to a schema. */
const setting = <T extends z.ZodMiniType>(schema: T, shown: SettingAnnotations): T => schema.check(z.meta(annotations(shown)));

const CACHE = "Prompt caching";
const BILLING = "Billing";
const cached = { path: "promptCache.enabled", equals: true };
const onlyPaid = { path: "subscription", equals: false };

const promptCache = setting(
  z.strictObject({
    enabled: setting(z._default(z.boolean(), false), {
      title: "Enable Prompt Caching",
      help: "Caches prompts for Claude. Other models cache automatically.",
      order: 20,
    }),
    ttl: setting(z._default(z.enum(["5m", "1h"]), "5m"), {
      title: "Prompt Cache TTL",
      help: "How long an unused prefix is kept. 1 hour costs more to write and pays off when you pause for longer.",
      order: 21,
      choices: { "5m": "5 minutes", "1h": "1 hour" },
      condition: cached,
    }),
    cutAfterMessageIndex: setting(z.optional(z.int().check(z.minimum(0))), {
      title: "Cache up to message",
      help: "Index of the last message in the cache. The first message is 0.",
      order: 22,
      condition: cached,
    }),
    stickyProvider: setting(z.optional(z.boolean()), {
      title: "Sticky provider",
      help: "Sends calls to the one provider that holds the cache. This may be billed in addition to a subscription.",
      order: 23,
      condition: cached,
    }),
    explicitCacheControl: setting(z.optional(z.boolean()), {
      title: "Own breakpoints only",
      help: "The vendor sets no breakpoints; only those of the messages count.",
      order: 24,
      condition: cached,
    }),
    forceRouting: setting(z.optional(z.boolean()), {
      title: "Only providers that cache",
      help: "Uses only providers that can cache, for any model. This may be billed in addition to a subscription.",
      order: 25,
      condition: cached,
    }),
  }),
  { section: CACHE },
);

export const validator: StandardSchema<NanogptSettings> = z.strictObject({
  subscription: setting(z.optional(z.boolean()), {
    title: "Use Subscription Endpoint",
    help: "Sends calls to the endpoint that serves only included models and bills nothing. With your own base URL, it changes only the path /api/v1.",
    section: BILLING,
    order: 10,
  }),
  promptCache: z.optional(promptCache),
  hideReasoning: setting(z.optional(z.boolean()), {
    title: "Hide reasoning",
    help: "Leaves the reasoning out of the answer. It is still billed.",
    section: "Reasoning",
    order: 30,
  }),
  maxTokens: setting(z.optional(z.int().check(z.minimum(1))), {
    title: "Output limit",
    help: "The limit for calls that set none. Default: 4000, and 8192 for thinking models.",
    section: "Output",
    order: 40,
  }),
  provider: setting(z.optional(z.string().check(z.minLength(1))), {
    title: "Provider",
    help: "The upstream that serves open models. Such calls are always billed.",
    section: BILLING,
    order: 11,
    condition: onlyPaid,
  }),
  billing: setting(z.optional(z.enum(["paygo"])), {
    title: "Billing",
    help: "paygo: the balance pays, even if a subscription includes the model.",
    section: BILLING,
    order: 12,
    condition: onlyPaid,
  }),
  serviceTier: setting(z.optional(z.enum(["auto", "default", "flex", "priority"])), {
    title: "Service tier",
    help: "Flex is cheaper and slower, priority is faster and costs more, where the model has them.",
    section: BILLING,
    order: 13,
  }),
});

export const settings: SettingsModule<NanogptSettings> = defineSettings({ validator, schema });
