import type { SettingsModule } from "@lumiverse/core";
import { annotations, defineSettings, type SettingAnnotations, type StandardSchema } from "@lumiverse/core/settings";
import type { PromptCache } from "@lumiverse/protocols/chat-completions";
import * as z from "zod/mini";
import { schema } from "./settings.schema.ts";

/** Which upstream serves a call: https://openrouter.ai/docs/guides/routing/provider-selection */
export interface Routing {
  /** Default: OpenRouter balances price and uptime. Any order or sort disables this load balancing. */
  sort?: "price" | "throughput" | "latency" | "exacto" | undefined;
  /** `none` sorts the endpoints of all fallback models together. */
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
  /** Highest prices in USD per million tokens, per image and per request. Endpoints above them are never used. */
  maxPrice?:
    | {
        prompt?: number | undefined;
        completion?: number | undefined;
        image?: number | undefined;
        audio?: number | undefined;
        request?: number | undefined;
      }
    | undefined;
  /** Tokens per second. Slower endpoints are tried last. */
  preferredMinThroughput?: number | undefined;
  /** Seconds to the first token. Slower endpoints are tried last. */
  preferredMaxLatency?: number | undefined;
}
export type Quantization = (typeof QUANTIZATIONS)[number];
/** Adds the texts that a form shows to a schema. */
const setting = <T extends z.ZodMiniType>(schema: T, shown: SettingAnnotations): T => schema.check(z.meta(annotations(shown)));

const QUANTIZATIONS = ["int4", "int8", "fp4", "mxfp4", "nvfp4", "fp6", "fp8", "mxfp8", "fp16", "bf16", "fp32", "unknown"] as const;

/** Processing steps that OpenRouter adds to a call: https://openrouter.ai/docs/guides/features/plugins */
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
  /** Repairs malformed JSON of unstreamed answers. */
  responseHealing?: boolean | undefined;
  /** Default: on for models with a context of 8k tokens or less. */
  contextCompression?: boolean | undefined;
  fileParser?: "native" | "mistral-ocr" | "cloudflare-ai" | undefined;
  moderation?: boolean | undefined;
}

export interface OpenrouterSettings {
  routing?: Routing | undefined;
  plugins?: Plugins | undefined;
  /** Models that are tried in this order when the requested one fails. */
  fallbackModels?: string[] | undefined;
  preset?: string | undefined;
  /** Prompt caching for models that accept breakpoints. `request.cache` replaces it for one call. */
  promptCache?: PromptCache | undefined;
  /** How detailed the reasoning summary is. */
  reasoningSummary?: "auto" | "concise" | "detailed" | undefined;
  /** True: the model reasons, and OpenRouter omits the reasoning from the answer. */
  hideReasoning?: boolean | undefined;
  /** The calling application, as OpenRouter's rankings show it. */
  app?: { url?: string | undefined; title?: string | undefined; categories?: string[] | undefined } | undefined;
  region?: "global" | "eu" | "us" | undefined;
  serviceTier?: "auto" | "default" | "fast" | "flex" | "priority" | "scale" | undefined;
  userId?: string | undefined;
  sessionId?: string | undefined;
  /** Adds the routing decision to `details.routing`. */
  routingMetadata?: boolean | undefined;
  /** For this many seconds, OpenRouter answers an identical call from a cache, free of charge. */
  responseCacheSeconds?: number | undefined;
  /** Lists only models that the rules of the account allow. */
  accountModels?: boolean | undefined;
  /** Values for the header `x-anthropic-beta`. */
  anthropicBetas?: string[] | undefined;
}

const slugs = (title: string, help: string, order: number) =>
  setting(z.optional(z.array(z.string().check(z.minLength(1)))), { title, help, section: ROUTING, order });
const price = (title: string, order: number) =>
  setting(z.optional(z.number().check(z.nonnegative())), {
    title,
    help: "Providers that charge more are never used.",
    section: ROUTING,
    order,
  });
const flag = (title: string, help: string, section: string, order: number) =>
  setting(z.optional(z.boolean()), { title, help, section, order });

const ROUTING = "Routing";
const PLUGINS = "Plugins";
const CACHE = "Prompt caching";
const REASONING = "Reasoning";
const APP = "App";
const ADVANCED = "Advanced";
const cached = { path: "promptCache.enabled", equals: true };
const searching = { path: "plugins.webSearch.enabled", equals: true };

const routing = setting(
  z.strictObject({
    sort: setting(z.optional(z.enum(["price", "throughput", "latency", "exacto"])), {
      title: "Sort",
      help: "Default: load balancing by price and uptime. A sort or an order disables it.",
      order: 10,
      choices: { price: "Cheapest", throughput: "Fastest", latency: "Lowest latency", exacto: "Best tool use (exacto)" },
    }),
    partition: setting(z.optional(z.enum(["model", "none"])), {
      title: "Sort across models",
      help: "none sorts the endpoints of all fallback models together.",
      order: 11,
    }),
    order: slugs("Preferred providers", "Slugs of providers, which are tried in this order. openrouter.ai/docs lists them.", 12),
    only: slugs("Allowed providers", "No other providers are used. The account's own list also applies.", 13),
    ignore: slugs("Ignored providers", "These providers are never used.", 14),
    allowFallbacks: flag("Allow fallbacks", "When off, the call fails if the preferred providers fail.", ROUTING, 15),
    requireParameters: flag(
      "Require parameters",
      "Uses only providers that support every parameter of the request. When off, a provider silently ignores unknown parameters.",
      ROUTING,
      16,
    ),
    dataCollection: setting(z.optional(z.enum(["allow", "deny"])), {
      title: "Data collection",
      help: "Deny excludes providers that may store prompts.",
      order: 17,
    }),
    zdr: flag("Zero data retention", "Uses only endpoints that store nothing.", ROUTING, 18),
    enforceDistillableText: flag("Distillable text only", "Uses only models whose authors allow distillation.", ROUTING, 19),
    quantizations: setting(z.optional(z.array(z.enum(QUANTIZATIONS))), {
      title: "Quantizations",
      help: "Uses only endpoints with these precisions.",
      order: 20,
    }),
    maxPrice: z.optional(
      z.strictObject({
        prompt: price("Maximum price of input, USD per million tokens", 21),
        completion: price("Maximum price of output, USD per million tokens", 22),
        image: price("Maximum price of an image, USD", 23),
        audio: price("Maximum price of audio, USD per million tokens", 24),
        request: price("Maximum price of a request, USD", 25),
      }),
    ),
    preferredMinThroughput: setting(z.optional(z.number().check(z.positive())), {
      title: "Preferred throughput",
      help: "Tokens per second. Slower endpoints are tried last.",
      order: 26,
    }),
    preferredMaxLatency: setting(z.optional(z.number().check(z.positive())), {
      title: "Preferred latency",
      help: "Seconds to the first token. Slower endpoints are tried last.",
      order: 27,
    }),
  }),
  { section: ROUTING },
);

const plugins = setting(
  z.strictObject({
    webSearch: setting(
      z.optional(
        z.strictObject({
          enabled: setting(z._default(z.boolean(), false), {
            title: "Web Search",
            help: "Searches the web for every call. Searches cost extra.",
            order: 30,
          }),
          engine: setting(z.optional(z.enum(["native", "exa", "firecrawl", "parallel", "perplexity"])), {
            title: "Search engine",
            help: "Default: the model's own search, if it has one.",
            order: 31,
            condition: searching,
          }),
          maxResults: setting(z.optional(z.int().check(z.minimum(1))), {
            title: "Results",
            help: "Number of results. Default 5.",
            order: 32,
            condition: searching,
          }),
          searchPrompt: setting(z.optional(z.string().check(z.minLength(1))), {
            title: "Prompt before the results",
            help: "Replaces the text with which OpenRouter introduces the results to the model.",
            order: 33,
            condition: searching,
          }),
          includeDomains: setting(z.optional(z.array(z.string().check(z.minLength(1)))), {
            title: "Allowed domains",
            help: "Domains such as example.com. Results of other sites are left out.",
            order: 34,
            condition: searching,
          }),
          excludeDomains: setting(z.optional(z.array(z.string().check(z.minLength(1)))), {
            title: "Excluded domains",
            help: "Domains such as example.com whose results are left out.",
            order: 35,
            condition: searching,
          }),
        }),
      ),
      { section: PLUGINS },
    ),
    webFetch: flag("Web Fetch", "Loads pages whose URLs are in the prompt.", PLUGINS, 36),
    responseHealing: flag("Response Healing", "Repairs malformed JSON. It works only on unstreamed answers with JSON output.", PLUGINS, 37),
    contextCompression: flag(
      "Context Compression",
      "Removes the middle of prompts that are too long. Default: on for models with a context of 8k tokens or less.",
      PLUGINS,
      38,
    ),
    fileParser: setting(z.optional(z.enum(["native", "mistral-ocr", "cloudflare-ai"])), {
      title: "PDF parser",
      help: "Default: the model's own parser, otherwise mistral-ocr at 2 USD per 1,000 pages.",
      order: 39,
    }),
    moderation: flag("Moderation", "Checks prompts before they are sent to the model.", PLUGINS, 40),
  }),
  { section: PLUGINS },
);

const promptCache = setting(
  z.strictObject({
    enabled: setting(z._default(z.boolean(), false), {
      title: "Enable Prompt Caching",
      help: "Applies to Claude, Gemini and Qwen. Other models cache automatically.",
      order: 50,
    }),
    ttl: setting(z._default(z.enum(["5m", "1h"]), "5m"), {
      title: "Prompt Cache TTL",
      help: "How long an unused prefix is kept. 1 hour costs more to write and pays off when you pause for longer.",
      order: 51,
      choices: { "5m": "5 minutes", "1h": "1 hour" },
      condition: cached,
    }),
    automatic: setting(z._default(z.boolean(), false), {
      title: "Use Automatic Caching",
      help: "This is also the behavior when no other breakpoint is selected.",
      order: 52,
      condition: cached,
    }),
    tools: setting(z._default(z.boolean(), false), {
      title: "Cache Tools",
      help: "A breakpoint after the tool definitions, for many tools that stay the same.",
      order: 53,
      condition: cached,
    }),
    system: setting(z._default(z.boolean(), false), {
      title: "Cache System Prompt",
      help: "A breakpoint after the system prompt, for a long one that rarely changes during a chat.",
      order: 54,
      condition: cached,
    }),
    conversation: setting(z._default(z.boolean(), false), {
      title: "Cache Conversation Prefix",
      help: "A breakpoint at the last user turn, for long chats whose history stays the same.",
      order: 55,
      condition: cached,
    }),
  }),
  { section: CACHE },
);

const app = setting(
  z.strictObject({
    url: setting(z.optional(z.url("must be a URL such as https://example.com")), {
      title: "App URL",
      help: "Sent as HTTP-Referer. Without it, OpenRouter does not attribute calls to the app.",
      order: 70,
    }),
    title: setting(z.optional(z.string().check(z.minLength(1))), {
      title: "App name",
      help: "Sent as X-Title and shown in OpenRouter's rankings.",
      order: 71,
    }),
    categories: setting(
      z.optional(
        z.array(z.string().check(z.regex(/^[a-z-]{1,30}$/, "must be 1 to 30 lower-case letters and hyphens"))).check(z.maxLength(2)),
      ),
      { title: "App categories", help: "At most two, such as general-chat or roleplay.", order: 72 },
    ),
  }),
  { section: APP },
);

export const validator: StandardSchema<OpenrouterSettings> = z.strictObject({
  routing: z.optional(routing),
  plugins: z.optional(plugins),
  fallbackModels: setting(z.optional(z.array(z.string().check(z.minLength(1)))), {
    title: "Fallback models",
    help: "Models that are tried in this order when the requested one fails. A note states which one answered.",
    section: ROUTING,
    order: 28,
  }),
  preset: setting(z.optional(z.string().check(z.minLength(1))), {
    title: "Preset",
    help: "Slug of a preset that is saved on OpenRouter.",
    section: ROUTING,
    order: 29,
  }),
  promptCache: z.optional(promptCache),
  reasoningSummary: setting(z.optional(z.enum(["auto", "concise", "detailed"])), {
    title: "Reasoning summary",
    help: "How much of its reasoning a model shows, where it can.",
    section: REASONING,
    order: 60,
  }),
  hideReasoning: flag(
    "Hide reasoning",
    "The model reasons, and the reasoning is omitted from the answer. The cost is the same.",
    REASONING,
    61,
  ),
  app: z.optional(app),
  region: setting(z.optional(z.enum(["global", "eu", "us"])), {
    title: "Region",
    help: "eu and us require an enterprise account.",
    section: ADVANCED,
    order: 80,
  }),
  serviceTier: setting(z.optional(z.enum(["auto", "default", "fast", "flex", "priority", "scale"])), {
    title: "Service tier",
    help: "Flex is cheaper and slower, priority is faster and costs more, where the provider has them.",
    section: ADVANCED,
    order: 81,
  }),
  userId: setting(z.optional(z.string().check(z.minLength(1))), {
    title: "User id",
    help: "An opaque id of the end user.",
    section: ADVANCED,
    order: 82,
  }),
  sessionId: setting(z.optional(z.string().check(z.minLength(1), z.maxLength(256))), {
    title: "Session id",
    help: "Groups calls and keeps them on one provider, so that they share its cache.",
    section: ADVANCED,
    order: 83,
  }),
  routingMetadata: flag("Routing metadata", "Adds the routing decision to details.routing.", ADVANCED, 84),
  responseCacheSeconds: setting(z.optional(z.int().check(z.minimum(1), z.maximum(86_400))), {
    title: "Response cache",
    help: "Number of seconds for which an identical call is answered from a cache.",
    section: ADVANCED,
    order: 85,
  }),
  accountModels: flag("Models of the account", "Lists only models that the rules of the account allow.", ADVANCED, 86),
  anthropicBetas: setting(z.optional(z.array(z.string().check(z.minLength(1)))), {
    title: "Anthropic beta features",
    help: "Values of the header x-anthropic-beta.",
    section: ADVANCED,
    order: 87,
  }),
});

export const settings: SettingsModule<OpenrouterSettings> = defineSettings({ validator, schema });
