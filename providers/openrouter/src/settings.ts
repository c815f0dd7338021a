import type { SettingsModule } from "@lumiverse/core";
import { defineSettings, z } from "@lumiverse/core/settings";
import type { PromptCache } from "@lumiverse/protocols/chat-completions";

/** Which upstream serves a call: https://openrouter.ai/docs/guides/routing/provider-selection */
export interface Routing {
  /** Absent: OpenRouter's own balance of price and uptime. Any order or sort switches that off. */
  sort?: "price" | "throughput" | "latency" | "exacto" | undefined;
  /** `none`: endpoints of all fallback models are sorted together. */
  partition?: "model" | "none" | undefined;
  order?: string[] | undefined;
  only?: string[] | undefined;
  ignore?: string[] | undefined;
  allowFallbacks?: boolean | undefined;
  requireParameters?: boolean | undefined;
  dataCollection?: "allow" | "deny" | undefined;
  zdr?: boolean | undefined;
  enforceDistillableText?: boolean | undefined;
  quantizations?: Quantization[] | undefined;
  /** USD per million tokens, per image, per request: a hard filter. */
  maxPrice?:
    | {
        prompt?: number | undefined;
        completion?: number | undefined;
        image?: number | undefined;
        audio?: number | undefined;
        request?: number | undefined;
      }
    | undefined;
  /** Tokens a second; slower endpoints come later, none is left out. */
  preferredMinThroughput?: number | undefined;
  /** Seconds to the first token; slower endpoints come later. */
  preferredMaxLatency?: number | undefined;
}
export type Quantization = (typeof QUANTIZATIONS)[number];
const QUANTIZATIONS = ["int4", "int8", "fp4", "mxfp4", "nvfp4", "fp6", "fp8", "mxfp8", "fp16", "bf16", "fp32", "unknown"] as const;

/** What OpenRouter does to a call on the way: https://openrouter.ai/docs/guides/features/plugins */
export interface Plugins {
  webSearch?:
    | {
        enabled: boolean;
        engine?: "native" | "exa" | "firecrawl" | "parallel" | "perplexity" | undefined;
        maxResults?: number | undefined;
        searchPrompt?: string | undefined;
        includeDomains?: string[] | undefined;
        excludeDomains?: string[] | undefined;
      }
    | undefined;
  webFetch?: boolean | undefined;
  /** Mends malformed JSON of unstreamed answers. */
  responseHealing?: boolean | undefined;
  /** Absent: OpenRouter decides (on for models of 8k context and less); false switches it off. */
  contextCompression?: boolean | undefined;
  fileParser?: "native" | "mistral-ocr" | "cloudflare-ai" | undefined;
  moderation?: boolean | undefined;
}

export interface OpenrouterSettings {
  routing?: Routing | undefined;
  plugins?: Plugins | undefined;
  /** Models that are tried in order when the one asked for fails. */
  fallbackModels?: string[] | undefined;
  preset?: string | undefined;
  /** Prompt caching for models that take breakpoints; `request.cache` replaces it for one call. */
  promptCache?: PromptCache | undefined;
  /** How much of its thinking a model tells. */
  reasoningSummary?: "auto" | "concise" | "detailed" | undefined;
  /** The model thinks, and what it thought is not sent. */
  hideReasoning?: boolean | undefined;
  /** Which app calls, shown on OpenRouter's rankings. */
  app?: { url?: string | undefined; title?: string | undefined; categories?: string[] | undefined } | undefined;
  region?: "global" | "eu" | "us" | undefined;
  serviceTier?: "auto" | "default" | "fast" | "flex" | "priority" | "scale" | undefined;
  userId?: string | undefined;
  sessionId?: string | undefined;
  /** Tell in `details.routing` how the call found its upstream. */
  routingMetadata?: boolean | undefined;
  /** The same call within so many seconds is answered from a store, at no cost. */
  responseCacheSeconds?: number | undefined;
  /** The list of models less what the account's own rules exclude. */
  accountModels?: boolean | undefined;
  /** Values for the header `x-anthropic-beta`. */
  anthropicBetas?: string[] | undefined;
}

const slugs = (title: string, help: string, order: number) =>
  z.array(z.string().min(1)).optional().meta({ title, help, section: ROUTING, order });
const price = (title: string, order: number) => z.number().nonnegative().optional().meta({ title, section: ROUTING, order });
const flag = (title: string, help: string, section: string, order: number) => z.boolean().optional().meta({ title, help, section, order });

const ROUTING = "Routing";
const PLUGINS = "Plugins";
const CACHE = "Prompt caching";
const REASONING = "Reasoning";
const APP = "App";
const ADVANCED = "Advanced";
const cached = { path: "promptCache.enabled", equals: true };
const searching = { path: "plugins.webSearch.enabled", equals: true };

const routing = z
  .strictObject({
    sort: z
      .enum(["price", "throughput", "latency", "exacto"])
      .optional()
      .meta({
        title: "Sort",
        help: "Unset: a balance of price and uptime. A sort or an order switches load balancing off",
        order: 10,
        choices: { price: "Cheapest", throughput: "Fastest", latency: "Lowest latency", exacto: "Best at tools (exacto)" },
      }),
    partition: z
      .enum(["model", "none"])
      .optional()
      .meta({ title: "Sort across models", help: "none sorts the endpoints of all fallback models together", order: 11 }),
    order: slugs("Preferred providers", "Tried in this order; openrouter.ai/docs lists the slugs", 12),
    only: slugs("Allowed providers", "No other is used; together with the account's own list", 13),
    ignore: slugs("Ignored providers", "Never used", 14),
    allowFallbacks: flag("Allow fallbacks", "Off: if the preferred providers fail, the call fails", ROUTING, 15),
    requireParameters: flag(
      "Require parameters",
      "Only providers that know every parameter of the call. Off: unknown ones are dropped without a word",
      ROUTING,
      16,
    ),
    dataCollection: z
      .enum(["allow", "deny"])
      .optional()
      .meta({ title: "Data collection", help: "Deny: no provider that may store prompts", order: 17 }),
    zdr: flag("Zero data retention", "Only endpoints that keep nothing", ROUTING, 18),
    enforceDistillableText: flag("Distillable text only", "Only models whose authors allow distillation", ROUTING, 19),
    quantizations: z
      .array(z.enum(QUANTIZATIONS))
      .optional()
      .meta({ title: "Quantizations", help: "Only endpoints of these precisions", order: 20 }),
    maxPrice: z
      .strictObject({
        prompt: price("Highest price of input, USD per million tokens", 21),
        completion: price("Highest price of output, USD per million tokens", 22),
        image: price("Highest price of an image, USD", 23),
        audio: price("Highest price of audio, USD per million tokens", 24),
        request: price("Highest price of a request, USD", 25),
      })
      .optional(),
    preferredMinThroughput: z
      .number()
      .positive()
      .optional()
      .meta({ title: "Preferred throughput", help: "Tokens a second; slower endpoints come later", order: 26 }),
    preferredMaxLatency: z
      .number()
      .positive()
      .optional()
      .meta({ title: "Preferred latency", help: "Seconds to the first token; slower endpoints come later", order: 27 }),
  })
  .meta({ section: ROUTING });

const plugins = z
  .strictObject({
    webSearch: z
      .strictObject({
        enabled: z
          .boolean()
          .default(false)
          .meta({ title: "Web Search", help: "Searches for every call; costs beside the tokens", order: 30 }),
        engine: z
          .enum(["native", "exa", "firecrawl", "parallel", "perplexity"])
          .optional()
          .meta({ title: "Search engine", help: "Unset: the model's own where it has one", order: 31, condition: searching }),
        maxResults: z.int().min(1).optional().meta({ title: "Results", help: "Default 5", order: 32, condition: searching }),
        searchPrompt: z.string().min(1).optional().meta({ title: "Words before the results", order: 33, condition: searching }),
        includeDomains: z.array(z.string().min(1)).optional().meta({ title: "Only these sites", order: 34, condition: searching }),
        excludeDomains: z.array(z.string().min(1)).optional().meta({ title: "Never these sites", order: 35, condition: searching }),
      })
      .optional()
      .meta({ section: PLUGINS }),
    webFetch: flag("Web Fetch", "Loads pages that the prompt names", PLUGINS, 36),
    responseHealing: flag("Response Healing", "Mends malformed JSON; works on unstreamed answers with JSON output alone", PLUGINS, 37),
    contextCompression: flag(
      "Context Compression",
      "Takes from the middle of prompts that are too long. Unset: on for models of 8k context and less",
      PLUGINS,
      38,
    ),
    fileParser: z
      .enum(["native", "mistral-ocr", "cloudflare-ai"])
      .optional()
      .meta({ title: "PDF parser", help: "Unset: the model's own; else mistral-ocr, 2 USD per 1000 pages", order: 39 }),
    moderation: flag("Moderation", "Checks prompts before they go to the model", PLUGINS, 40),
  })
  .meta({ section: PLUGINS });

const promptCache = z
  .strictObject({
    enabled: z
      .boolean()
      .default(false)
      .meta({ title: "Enable Prompt Caching", help: "For Claude, Gemini and Qwen; others cache unasked", order: 50 }),
    ttl: z
      .enum(["5m", "1h"])
      .default("5m")
      .meta({ title: "Prompt Cache TTL", order: 51, choices: { "5m": "5 minutes", "1h": "1 hour" }, condition: cached }),
    automatic: z
      .boolean()
      .default(false)
      .meta({ title: "Use Automatic Caching", help: "Also in force while no other box is ticked", order: 52, condition: cached }),
    tools: z.boolean().default(false).meta({ title: "Cache Tools", order: 53, condition: cached }),
    system: z.boolean().default(false).meta({ title: "Cache System Prompt", order: 54, condition: cached }),
    conversation: z.boolean().default(false).meta({ title: "Cache Conversation Prefix", order: 55, condition: cached }),
  })
  .meta({ section: CACHE });

const app = z
  .strictObject({
    url: z.url().optional().meta({ title: "App URL", help: "Sent as HTTP-Referer; without it there is no attribution", order: 70 }),
    title: z.string().min(1).optional().meta({ title: "App name", order: 71 }),
    categories: z
      .array(z.string().regex(/^[a-z-]{1,30}$/))
      .max(2)
      .optional()
      .meta({ title: "App categories", help: "At most two, such as general-chat or roleplay", order: 72 }),
  })
  .meta({ section: APP });

export const settings: SettingsModule<OpenrouterSettings> = defineSettings<OpenrouterSettings>(
  z.strictObject({
    routing: routing.optional(),
    plugins: plugins.optional(),
    fallbackModels: z.array(z.string().min(1)).optional().meta({
      title: "Fallback models",
      help: "Tried in order when the model fails; a note says which one answered",
      section: ROUTING,
      order: 28,
    }),
    preset: z
      .string()
      .min(1)
      .optional()
      .meta({ title: "Preset", help: "Slug of a preset saved on OpenRouter", section: ROUTING, order: 29 }),
    promptCache: promptCache.optional(),
    reasoningSummary: z
      .enum(["auto", "concise", "detailed"])
      .optional()
      .meta({ title: "Reasoning summary", section: REASONING, order: 60 }),
    hideReasoning: flag("Hide reasoning", "The model thinks, and what it thought is not sent; it costs the same", REASONING, 61),
    app: app.optional(),
    region: z
      .enum(["global", "eu", "us"])
      .optional()
      .meta({ title: "Region", help: "eu and us need an enterprise account", section: ADVANCED, order: 80 }),
    serviceTier: z
      .enum(["auto", "default", "fast", "flex", "priority", "scale"])
      .optional()
      .meta({ title: "Service tier", section: ADVANCED, order: 81 }),
    userId: z.string().min(1).optional().meta({ title: "User id", help: "An opaque id of the end user", section: ADVANCED, order: 82 }),
    sessionId: z
      .string()
      .min(1)
      .max(256)
      .optional()
      .meta({ title: "Session id", help: "Groups calls, and keeps them at one provider for its cache", section: ADVANCED, order: 83 }),
    routingMetadata: flag("Routing metadata", "details.routing tells how the call found its provider", ADVANCED, 84),
    responseCacheSeconds: z.int().min(1).max(86_400).optional().meta({
      title: "Response cache",
      help: "Seconds for which an identical call is answered from a store",
      section: ADVANCED,
      order: 85,
    }),
    accountModels: flag("Account's models only", "The model list follows the account's own rules", ADVANCED, 86),
    anthropicBetas: z
      .array(z.string().min(1))
      .optional()
      .meta({ title: "Anthropic beta features", help: "Values for x-anthropic-beta", section: ADVANCED, order: 87 }),
  }),
);
