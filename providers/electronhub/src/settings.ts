import type { SettingsModule } from "@lumiverse/core";
import { defineSettings, z } from "@lumiverse/core/settings";
import type { PromptCache } from "@lumiverse/protocols/chat-completions";

export interface ElectronhubSettings {
  /** The model thinks, and what it thought is not sent. */
  hideReasoning?: boolean | undefined;
  /** Let the host search the web before the model answers. */
  webSearch?: boolean | undefined;
  /** Prompt caching for Claude; `request.cache` replaces it for one call. */
  promptCache?: PromptCache | undefined;
}

const CACHE = "Prompt caching";
const cached = { path: "promptCache.enabled", equals: true };

export const settings: SettingsModule<ElectronhubSettings> = defineSettings<ElectronhubSettings>(
  z.strictObject({
    hideReasoning: z.boolean().optional().meta({
      title: "Hide reasoning",
      help: "The model thinks, and is billed for it, but what it thought is not sent (reasoning.exclude).",
      section: "Reasoning",
      order: 10,
    }),
    webSearch: z.boolean().optional().meta({
      title: "Web search",
      help: "Sends web_search: the host searches before the model answers, where the model has that.",
      section: "Tools",
      order: 20,
    }),
    promptCache: z
      .strictObject({
        enabled: z
          .boolean()
          .default(false)
          .meta({ title: "Prompt caching", help: "Marks for Claude; others cache unasked or not at all.", order: 30 }),
        ttl: z
          .enum(["5m", "1h"])
          .default("5m")
          .meta({
            title: "Lifetime",
            help: "The list of models prices writes of five minutes alone.",
            order: 31,
            choices: { "5m": "5 minutes", "1h": "1 hour" },
            condition: cached,
          }),
        tools: z.boolean().default(false).meta({ title: "Cache tools", help: "A mark on the last tool.", order: 32, condition: cached }),
        system: z
          .boolean()
          .default(false)
          .meta({ title: "Cache system prompt", help: "A mark on the system prompt.", order: 33, condition: cached }),
        conversation: z
          .boolean()
          .default(false)
          .meta({ title: "Cache conversation", help: "A mark on the last user turn.", order: 34, condition: cached }),
      })
      .optional()
      .meta({ section: CACHE }),
  }),
);
