import type { SettingsModule } from "@lumiverse/core";
import { defineSettings, z } from "@lumiverse/core/settings";

export interface XaiSettings {
  /**
   * `auto`: Chat Completions, and Responses for what that alone serves: server tools, searches, documents, multi-agent models. Those go there
   * whatever this says.
   */
  api?: "auto" | "chat-completions" | "responses" | undefined;
  /** A search of the web by the vendor's own tool (it replaced Live Search). */
  webSearch?:
    | {
        enabled?: boolean | undefined;
        allowedDomains?: string[] | undefined;
        excludedDomains?: string[] | undefined;
        imageUnderstanding?: boolean | undefined;
      }
    | undefined;
  /** A search of X by the vendor's own tool. */
  xSearch?:
    | {
        enabled?: boolean | undefined;
        allowedHandles?: string[] | undefined;
        excludedHandles?: string[] | undefined;
        /** ISO date. */
        fromDate?: string | undefined;
        /** ISO date. */
        toDate?: string | undefined;
      }
    | undefined;
  /** Requests with one id reach the same server, and so the same prompt cache. */
  conversationId?: string | undefined;
  /** `priority` costs double. Default: the vendor's. */
  serviceTier?: "default" | "priority" | undefined;
  /** The call returns at once with a message that stands for the answer (finish reason `pause`); sent back as the last one, it fetches the answer. */
  deferred?: boolean | undefined;
  /** Let the vendor keep answers of the Responses API (30 days). Default false. */
  store?: boolean | undefined;
}

const date = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, "a date like 2026-11-25");

export const settings: SettingsModule<XaiSettings> = defineSettings<XaiSettings>(
  z.strictObject({
    api: z
      .enum(["auto", "chat-completions", "responses"])
      .optional()
      .meta({
        title: "API",
        help: "Automatic takes Chat Completions, and Responses for server tools, searches, documents and multi-agent models.",
        section: "Endpoint",
        order: 10,
        choices: { auto: "Automatic", "chat-completions": "Chat Completions", responses: "Responses" },
      }),
    deferred: z.boolean().optional().meta({
      title: "Deferred answers",
      help: "The call returns at once; sending its message back fetches the answer, once, within 24 hours.",
      section: "Endpoint",
      order: 20,
    }),
    webSearch: z
      .strictObject({
        enabled: z.boolean().optional().meta({ title: "Search the web", help: "Each search is billed.", order: 30 }),
        allowedDomains: z
          .array(z.string().min(1))
          .max(5)
          .optional()
          .meta({
            title: "Only these domains",
            help: "Five at most; not together with excluded ones.",
            order: 31,
            condition: { path: "webSearch.enabled", equals: true },
          }),
        excludedDomains: z
          .array(z.string().min(1))
          .max(5)
          .optional()
          .meta({ title: "Never these domains", help: "Five at most.", order: 32, condition: { path: "webSearch.enabled", equals: true } }),
        imageUnderstanding: z
          .boolean()
          .optional()
          .meta({
            title: "Look at images",
            help: "Let the search read images it finds.",
            order: 33,
            condition: { path: "webSearch.enabled", equals: true },
          }),
      })
      .refine(
        ({ allowedDomains: only, excludedDomains: never }) => !(only?.length && never?.length),
        "allowedDomains or excludedDomains, not both",
      )
      .optional()
      .meta({ section: "Search" }),
    xSearch: z
      .strictObject({
        enabled: z.boolean().optional().meta({ title: "Search X", help: "Each search is billed.", order: 40 }),
        allowedHandles: z
          .array(z.string().min(1))
          .optional()
          .meta({
            title: "Only these accounts",
            help: "Not together with excluded ones.",
            order: 41,
            condition: { path: "xSearch.enabled", equals: true },
          }),
        excludedHandles: z
          .array(z.string().min(1))
          .optional()
          .meta({
            title: "Never these accounts",
            help: "Handles without @.",
            order: 42,
            condition: { path: "xSearch.enabled", equals: true },
          }),
        fromDate: date
          .optional()
          .meta({ title: "From", help: "As 2026-11-25.", order: 43, condition: { path: "xSearch.enabled", equals: true } }),
        toDate: date
          .optional()
          .meta({ title: "To", help: "As 2026-11-25.", order: 44, condition: { path: "xSearch.enabled", equals: true } }),
      })
      .refine(
        ({ allowedHandles: only, excludedHandles: never }) => !(only?.length && never?.length),
        "allowedHandles or excludedHandles, not both",
      )
      .optional()
      .meta({ section: "Search" }),
    conversationId: z.string().min(1).optional().meta({
      title: "Conversation id",
      help: "Requests with one id reach the same server and so its prompt cache.",
      section: "Prompt cache",
      order: 50,
    }),
    serviceTier: z
      .enum(["default", "priority"])
      .optional()
      .meta({ title: "Service tier", help: "Priority is faster and costs double.", section: "Service", order: 60 }),
    store: z.boolean().optional().meta({
      title: "Store answers",
      help: "Let xAI keep answers of the Responses API for 30 days. Off by default.",
      section: "Privacy",
      order: 70,
    }),
  }),
);
