import type { SettingsModule } from "@lumiverse/core";
import { annotations, defineSettings, type SettingAnnotations, type StandardSchema } from "@lumiverse/core/settings";
import type { PromptCache } from "@lumiverse/protocols/chat-completions";
import * as z from "zod/mini";
import { schema } from "./settings.schema.ts";

export interface ElectronhubSettings {
  /** Leaves the reasoning out of the answer. The model still thinks. */
  hideReasoning?: boolean | undefined;
  /** Whether the host searches the web before the model answers. */
  webSearch?: boolean | undefined;
  /** Prompt caching for Claude; `request.cache` replaces it for one call. */
  promptCache?: PromptCache | undefined;
}

/** Adds what a form shows to a schema. */
const setting = <T extends z.ZodMiniType>(schema: T, shown: SettingAnnotations): T => schema.check(z.meta(annotations(shown)));

const CACHE = "Prompt caching";
const cached = { path: "promptCache.enabled", equals: true };

export const validator: StandardSchema<ElectronhubSettings> = z.strictObject({
  hideReasoning: setting(z.optional(z.boolean()), {
    title: "Hide reasoning",
    help: "Leaves the reasoning out of the answer (reasoning.exclude). The model still thinks, and the reasoning is billed.",
    section: "Reasoning",
    order: 10,
  }),
  webSearch: setting(z.optional(z.boolean()), {
    title: "Web search",
    help: "Sends web_search: the host searches the web before the model answers, if the model supports it.",
    section: "Tools",
    order: 20,
  }),
  promptCache: setting(
    z.optional(
      z.strictObject({
        enabled: setting(z._default(z.boolean(), false), {
          title: "Prompt caching",
          help: "Sets cache breakpoints for Claude. Other models cache automatically or not at all.",
          order: 30,
        }),
        ttl: setting(z._default(z.enum(["5m", "1h"]), "5m"), {
          title: "Lifetime",
          help: "The model list states prices for writes of five minutes only.",
          order: 31,
          choices: { "5m": "5 minutes", "1h": "1 hour" },
          condition: cached,
        }),
        tools: setting(z._default(z.boolean(), false), {
          title: "Cache tools",
          help: "Sets a breakpoint on the last tool.",
          order: 32,
          condition: cached,
        }),
        system: setting(z._default(z.boolean(), false), {
          title: "Cache system prompt",
          help: "Sets a breakpoint on the system prompt.",
          order: 33,
          condition: cached,
        }),
        conversation: setting(z._default(z.boolean(), false), {
          title: "Cache conversation",
          help: "Sets a breakpoint on the last user turn.",
          order: 34,
          condition: cached,
        }),
      }),
    ),
    { section: CACHE },
  ),
});

export const settings: SettingsModule<ElectronhubSettings> = defineSettings({ validator, schema });
