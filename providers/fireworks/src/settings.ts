import type { SettingsModule } from "@lumiverse/core";
import { defineSettings, z } from "@lumiverse/core/settings";

export interface FireworksSettings {
  /** `priority` costs more and waits less. */
  serviceTier?: "priority" | undefined;
  /** What happens to a call that does not fit the window. Default `error`; the vendor's own default shortens the output in silence. */
  contextOverflow?: "error" | "truncate" | undefined;
  /** Which earlier reasoning the model reads. Default: the model's own. */
  reasoningHistory?: "disabled" | "interleaved" | "preserved" | undefined;
  /** One word a conversation, by which the cache finds it again. */
  promptCacheKey?: string | undefined;
  /** Caches are shared among calls with the same word alone. */
  cacheIsolationKey?: string | undefined;
  /** Keeps the calls of a session on one replica, where its cache is. */
  sessionAffinity?: string | undefined;
  /** The end user. */
  user?: string | undefined;
  /** Ask for timings; they come as `details.timings`. */
  perfMetrics?: boolean | undefined;
}

export const settings: SettingsModule<FireworksSettings> = defineSettings<FireworksSettings>(
  z.strictObject({
    serviceTier: z
      .enum(["priority"])
      .optional()
      .meta({
        title: "Service tier",
        help: "priority waits less and costs more, for the models that have it.",
        section: "Service",
        order: 10,
        choices: { priority: "Priority" },
      }),
    contextOverflow: z
      .enum(["error", "truncate"])
      .optional()
      .meta({
        title: "Calls that do not fit",
        help: "Left to itself Fireworks lowers the output limit without a word. Unset: an error.",
        section: "Service",
        order: 20,
        choices: { error: "Are refused", truncate: "Are shortened" },
      }),
    perfMetrics: z.boolean().optional().meta({
      title: "Timings",
      help: "Asks for the server's own timings of each call.",
      section: "Service",
      order: 30,
    }),
    reasoningHistory: z.enum(["disabled", "interleaved", "preserved"]).optional().meta({
      title: "Earlier reasoning",
      help: "interleaved: the model reads its reasoning between tool calls. preserved: of all turns. Unset: as the model is used to.",
      section: "Reasoning",
      order: 40,
    }),
    promptCacheKey: z.string().min(1).optional().meta({
      title: "Prompt cache key",
      help: "One word a conversation, so that its cached beginning is found again.",
      section: "Cache",
      order: 50,
    }),
    sessionAffinity: z.string().min(1).optional().meta({
      title: "Session",
      help: "Keeps the calls of one session on the machine that holds its cache (header x-session-affinity).",
      section: "Cache",
      order: 60,
    }),
    cacheIsolationKey: z.string().min(1).optional().meta({
      title: "Cache isolation",
      help: "Calls share cached prompts with those of the same word alone: one word a tenant.",
      section: "Cache",
      order: 70,
    }),
    user: z.string().min(1).optional().meta({
      title: "End user",
      help: "Tells end users apart; no personal data.",
      section: "Account",
      order: 80,
    }),
  }),
);
