import type { SettingsModule } from "@lumiverse/core";
import { annotations, defineSettings, type SettingAnnotations, type StandardSchema } from "@lumiverse/core/settings";
import type { PromptCache } from "@lumiverse/protocols/messages";
import * as z from "zod/mini";
import { schema } from "./settings.schema.ts";

/** Settings of an Anthropic connection. */
export interface AnthropicSettings {
  /** Prompt caching. `request.cache` replaces it for one call. Default: off. */
  promptCache?: PromptCache | undefined;
  /** Whether the thinking text is returned; newer models return it only on request. Default: `summarized` when the request asks for reasoning. */
  thinkingDisplay?: "summarized" | "omitted" | undefined;
  /**
   * What to do with thinking after the history was edited, on models that bind thinking to the history. `keep`: send it, and repeat the call without it if
   * the vendor refuses. `drop_block`: let the vendor drop it. `strip`: do not send the thinking of finished turns. Default `keep`.
   */
  editedHistory?: "keep" | "drop_block" | "strip" | undefined;
  /** Thinking between tool calls on Claude 4 to 4.5. Default true. */
  interleavedThinking?: boolean | undefined;
  /** Request citations for every document. Default false. */
  citations?: boolean | undefined;
  /** More values for the header `anthropic-beta`. The values that a request needs are added automatically. */
  betas?: string[] | undefined;
  /** Default: the vendor's, `auto`. */
  serviceTier?: "auto" | "standard_only" | undefined;
  /** Where the model may run: `us` or `global`. */
  inferenceGeo?: string | undefined;
  /** Sent as `metadata.user_id`: an opaque id of the end user, without a name or address. */
  userId?: string | undefined;
  /** Allow calls from a browser. Everyone who can open the page can read the key. Default false. */
  browserAccess?: boolean | undefined;
}

/** Adds what a form shows to a schema. */
const setting = <T extends z.ZodMiniType>(schema: T, shown: SettingAnnotations): T => schema.check(z.meta(annotations(shown)));

const CACHE = "Prompt caching";
const THINKING = "Thinking";
const ADVANCED = "Advanced";
const cached = { path: "promptCache.enabled", equals: true };

const promptCache = setting(
  z.strictObject({
    enabled: setting(z._default(z.boolean(), false), {
      title: "Enable Prompt Caching",
      help: "Claude keeps the beginning of a prompt, and later calls that begin the same read it for less. It must be the same to the byte, so keep the time, random values and other changing text out of it. Off: no request carries cache_control.",
      order: 10,
    }),
    ttl: setting(z._default(z.enum(["5m", "1h"]), "5m"), {
      title: "Prompt Cache TTL",
      help: "How long an unused prefix is kept. 5 minutes has the cheapest writes and suits chats with a message at least every few minutes. 1 hour costs more to write and pays off when you pause for longer.",
      order: 11,
      choices: { "5m": "5 minutes", "1h": "1 hour" },
      condition: cached,
    }),
    automatic: setting(z._default(z.boolean(), false), {
      title: "Use Automatic Caching",
      help: "Anthropic places the breakpoint itself, at the last block that can be cached. Enough for normal chats, and can be combined with the boxes below. It also applies while no other box is ticked.",
      order: 12,
      condition: cached,
    }),
    tools: setting(z._default(z.boolean(), false), {
      title: "Cache Tools",
      help: "A breakpoint after the tool definitions, for many tools that stay the same. Together with the next two boxes for agents that reuse everything over many short turns: most hits, and more writes.",
      order: 13,
      condition: cached,
    }),
    system: setting(z._default(z.boolean(), false), {
      title: "Cache System Prompt",
      help: "A breakpoint after the system prompt, for a long preset or character card that rarely changes during a chat. Works well together with automatic caching.",
      order: 14,
      condition: cached,
    }),
    conversation: setting(z._default(z.boolean(), false), {
      title: "Cache Conversation Prefix",
      help: "A breakpoint at the last user turn, for long chats whose history grows and otherwise stays the same.",
      order: 15,
      condition: cached,
    }),
  }),
  { section: CACHE },
);

export const validator: StandardSchema<AnthropicSettings> = z.strictObject({
  promptCache: z.optional(promptCache),
  thinkingDisplay: setting(z.optional(z.enum(["summarized", "omitted"])), {
    title: "Thinking display",
    help: "Omitted: the answer starts sooner and has no reasoning text",
    section: THINKING,
    order: 20,
  }),
  editedHistory: setting(z.optional(z.enum(["keep", "drop_block", "strip"])), {
    title: "Thinking after edits",
    help: "Newer models refuse thinking after the history was edited",
    section: THINKING,
    order: 21,
    choices: {
      keep: "Send it, and retry without it if the vendor refuses",
      drop_block: "Let the vendor drop what no longer matches",
      strip: "Do not send the thinking of finished turns",
    },
  }),
  interleavedThinking: setting(z.optional(z.boolean()), {
    title: "Interleaved thinking",
    help: "Thinking between tool calls on Claude 4 to 4.5",
    section: THINKING,
    order: 22,
  }),
  citations: setting(z.optional(z.boolean()), {
    title: "Citations",
    help: "Request citations for every document",
    section: ADVANCED,
    order: 30,
  }),
  serviceTier: setting(z.optional(z.enum(["auto", "standard_only"])), {
    title: "Service tier",
    help: "Auto uses reserved capacity where the account has some; Standard only never does.",
    section: ADVANCED,
    order: 31,
    choices: { auto: "Auto", standard_only: "Standard only" },
  }),
  inferenceGeo: setting(z.optional(z.string().check(z.minLength(1))), {
    title: "Inference region",
    help: "us or global",
    section: ADVANCED,
    order: 32,
  }),
  userId: setting(z.optional(z.string().check(z.minLength(1))), {
    title: "User id",
    help: "An opaque id of the end user, for the vendor's abuse detection",
    section: ADVANCED,
    order: 33,
  }),
  betas: setting(z.optional(z.array(z.string().check(z.minLength(1)))), {
    title: "Beta features",
    help: "More values for the header anthropic-beta",
    section: ADVANCED,
    order: 34,
  }),
  browserAccess: setting(z.optional(z.boolean()), {
    title: "Call from a browser",
    help: "Everyone who can open the page can read the key",
    section: ADVANCED,
    order: 35,
  }),
});

export const settings: SettingsModule<AnthropicSettings> = defineSettings({ validator, schema });
