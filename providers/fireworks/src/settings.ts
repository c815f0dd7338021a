import type { SettingsModule } from "@lumiverse/core";
import { annotations, defineSettings, type SettingAnnotations, type StandardSchema } from "@lumiverse/core/settings";
import * as z from "zod/mini";
import { schema } from "./settings.schema.ts";

export interface FireworksSettings {
  /** `priority` costs more and has shorter waits. */
  serviceTier?: "priority" | undefined;
  /** What happens to a call that does not fit the context window. Default `error`. The vendor's default, `truncate`, shortens the output without reporting it. */
  contextOverflow?: "error" | "truncate" | undefined;
  /** Which earlier reasoning the model reads. Default: decided by the model. */
  reasoningHistory?: "disabled" | "interleaved" | "preserved" | undefined;
  /** The key of the prompt cache: use one per conversation. */
  promptCacheKey?: string | undefined;
  /** Calls share cached prompts only with calls that have the same key. */
  cacheIsolationKey?: string | undefined;
  /** Sends all calls with the same value to one replica, which holds their cache. */
  sessionAffinity?: string | undefined;
  /** Identifier of the end user, without personal data. */
  user?: string | undefined;
  /** Requests timings, which arrive as `details.timings`. */
  perfMetrics?: boolean | undefined;
}

/** Adds what a form shows to a schema. */
const setting = <T extends z.ZodMiniType>(schema: T, shown: SettingAnnotations): T => schema.check(z.meta(annotations(shown)));

export const validator: StandardSchema<FireworksSettings> = z.strictObject({
  serviceTier: setting(z.optional(z.enum(["priority"])), {
    title: "Service tier",
    help: "priority costs more and has shorter waits, on models that support it.",
    section: "Service",
    order: 10,
    choices: { priority: "Priority" },
  }),
  contextOverflow: setting(z.optional(z.enum(["error", "truncate"])), {
    title: "Calls that do not fit",
    help: "Fireworks lowers the output limit of such a call without reporting it when this is set to truncate. Unset: an error.",
    section: "Service",
    order: 20,
    choices: { error: "Refuse", truncate: "Shorten the output" },
  }),
  perfMetrics: setting(z.optional(z.boolean()), {
    title: "Timings",
    help: "Requests the server's timings of each call.",
    section: "Service",
    order: 30,
  }),
  reasoningHistory: setting(z.optional(z.enum(["disabled", "interleaved", "preserved"])), {
    title: "Earlier reasoning",
    help: "interleaved: the model reads its reasoning between tool calls. preserved: it reads the reasoning of all turns. Unset: the model's default.",
    section: "Reasoning",
    order: 40,
  }),
  promptCacheKey: setting(z.optional(z.string().check(z.minLength(1))), {
    title: "Prompt cache key",
    help: "Use one key per conversation to reuse its cached prefix.",
    section: "Cache",
    order: 50,
  }),
  sessionAffinity: setting(z.optional(z.string().check(z.minLength(1))), {
    title: "Session",
    help: "Sends the calls of one session to the replica that holds its cache (header x-session-affinity).",
    section: "Cache",
    order: 60,
  }),
  cacheIsolationKey: setting(z.optional(z.string().check(z.minLength(1))), {
    title: "Cache isolation",
    help: "Calls share cached prompts only with calls that have the same key. Use one key per tenant.",
    section: "Cache",
    order: 70,
  }),
  user: setting(z.optional(z.string().check(z.minLength(1))), {
    title: "End user",
    help: "Distinguishes end users. Do not use personal data.",
    section: "Account",
    order: 80,
  }),
});

export const settings: SettingsModule<FireworksSettings> = defineSettings({ validator, schema });
