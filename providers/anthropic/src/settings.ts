import type { SettingsModule } from "@lumiverse/core";
import { defineSettings, z } from "@lumiverse/core/settings";
import type { PromptCache } from "@lumiverse/protocols/messages";

export interface AnthropicSettings {
  /** Prompt caching; `request.cache` replaces it for one call. */
  promptCache?: PromptCache | undefined;
  /** Newer models show their thinking only when asked. Default `summarized` wherever reasoning is asked for. */
  thinkingDisplay?: "summarized" | "omitted" | undefined;
  /** Thinking whose history was edited, on models that bind it: refused and sent once more (`keep`), dropped by the vendor, or not sent for finished turns. */
  editedHistory?: "keep" | "drop_block" | "strip" | undefined;
  /** Thinking between tool calls on Claude 4 to 4.5. */
  interleavedThinking?: boolean | undefined;
  /** Ask for citations of every document sent. */
  citations?: boolean | undefined;
  /** Values for the header `anthropic-beta`, beside those that a request needs by itself. */
  betas?: string[] | undefined;
  serviceTier?: "auto" | "standard_only" | undefined;
  /** Where the model may run, by the vendor's word (`us`, `global`). */
  inferenceGeo?: string | undefined;
  /** Sent as `metadata.user_id`: an opaque id of the end user, no name and no address. */
  userId?: string | undefined;
  /** Let a page in a browser call the vendor directly: whoever sees the page sees the key. */
  browserAccess?: boolean | undefined;
}

const CACHE = "Prompt caching";
const THINKING = "Thinking";
const ADVANCED = "Advanced";
const cached = { path: "promptCache.enabled", equals: true };

const promptCache = z
  .strictObject({
    enabled: z.boolean().default(false).meta({ title: "Enable Prompt Caching", help: "Off: no request carries cache_control", order: 10 }),
    ttl: z
      .enum(["5m", "1h"])
      .default("5m")
      .meta({
        title: "Prompt Cache TTL",
        help: "5 minutes has the cheapest writes; 1 hour lasts through slower chats",
        order: 11,
        choices: { "5m": "5 minutes", "1h": "1 hour" },
        condition: cached,
      }),
    automatic: z.boolean().default(false).meta({
      title: "Use Automatic Caching",
      help: "Breakpoint at the last eligible block; also in force while no other box is ticked",
      order: 12,
      condition: cached,
    }),
    tools: z
      .boolean()
      .default(false)
      .meta({ title: "Cache Tools", help: "Breakpoint after the tool definitions", order: 13, condition: cached }),
    system: z
      .boolean()
      .default(false)
      .meta({ title: "Cache System Prompt", help: "Breakpoint after the system prompt", order: 14, condition: cached }),
    conversation: z
      .boolean()
      .default(false)
      .meta({ title: "Cache Conversation Prefix", help: "Breakpoint at the last user turn", order: 15, condition: cached }),
  })
  .meta({ section: CACHE });

export const settings: SettingsModule<AnthropicSettings> = defineSettings<AnthropicSettings>(
  z.strictObject({
    promptCache: promptCache.optional(),
    thinkingDisplay: z
      .enum(["summarized", "omitted"])
      .optional()
      .meta({ title: "Thinking display", help: "Omitted answers sooner and shows no reasoning", section: THINKING, order: 20 }),
    editedHistory: z
      .enum(["keep", "drop_block", "strip"])
      .optional()
      .meta({
        title: "Thinking after edits",
        help: "Newer models refuse thinking whose history was edited",
        section: THINKING,
        order: 21,
        choices: {
          keep: "Send it, and retry without when refused",
          drop_block: "Let the vendor drop what no longer fits",
          strip: "Leave out thinking of finished turns",
        },
      }),
    interleavedThinking: z
      .boolean()
      .optional()
      .meta({ title: "Interleaved thinking", help: "Thinking between tool calls on Claude 4 to 4.5", section: THINKING, order: 22 }),
    citations: z
      .boolean()
      .optional()
      .meta({ title: "Citations", help: "Ask for citations of every document sent", section: ADVANCED, order: 30 }),
    serviceTier: z.enum(["auto", "standard_only"]).optional().meta({ title: "Service tier", section: ADVANCED, order: 31 }),
    inferenceGeo: z.string().min(1).optional().meta({ title: "Inference region", help: "us or global", section: ADVANCED, order: 32 }),
    userId: z
      .string()
      .min(1)
      .optional()
      .meta({ title: "User id", help: "An opaque id of the end user, for the vendor's abuse checks", section: ADVANCED, order: 33 }),
    betas: z
      .array(z.string().min(1))
      .optional()
      .meta({ title: "Beta features", help: "Values for the header anthropic-beta", section: ADVANCED, order: 34 }),
    browserAccess: z
      .boolean()
      .optional()
      .meta({ title: "Call from a browser", help: "Whoever sees the page sees the key", section: ADVANCED, order: 35 }),
  }),
);
