import type { SettingsModule } from "@lumiverse/core";
import { annotations, defineSettings, type SettingAnnotations, type StandardSchema } from "@lumiverse/core/settings";
import * as z from "zod/mini";
import { schema } from "./settings.schema.ts";

export interface XaiSettings {
  /**
   * `auto` (the default): Chat Completions. Server tools, searches, documents and multi-agent models go to Responses whatever this says, because only
   * Responses serves them.
   */
  api?: "auto" | "chat-completions" | "responses" | undefined;
  /** Enables the vendor's web search tool, which replaced Live Search. */
  webSearch?:
    | {
        enabled?: boolean | undefined;
        allowedDomains?: string[] | undefined;
        excludedDomains?: string[] | undefined;
        imageUnderstanding?: boolean | undefined;
      }
    | undefined;
  /** Enables the vendor's search tool for X. */
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
  /** Requests with the same id reach the same server and so the same prompt cache. */
  conversationId?: string | undefined;
  /** `priority` costs twice as much. Default: the vendor's choice. */
  serviceTier?: "default" | "priority" | undefined;
  /** The call returns at once with the finish reason `pause`. A call whose last message is the returned one fetches the answer. */
  deferred?: boolean | undefined;
  /** Allows the vendor to store answers of the Responses API for 30 days. Default false. */
  store?: boolean | undefined;
}

/** Adds the texts that a form shows to a schema. */
const setting = <T extends z.ZodMiniType>(schema: T, shown: SettingAnnotations): T => schema.check(z.meta(annotations(shown)));

const date = z.string().check(z.regex(/^\d{4}-\d{2}-\d{2}$/, "must be a date such as 2026-11-25"));

export const validator: StandardSchema<XaiSettings> = z.strictObject({
  api: setting(z.optional(z.enum(["auto", "chat-completions", "responses"])), {
    title: "API",
    help: "Automatic uses Chat Completions, and Responses for server tools, searches, documents and multi-agent models.",
    section: "Endpoint",
    order: 10,
    choices: { auto: "Automatic", "chat-completions": "Chat Completions", responses: "Responses" },
  }),
  deferred: setting(z.optional(z.boolean()), {
    title: "Deferred answers",
    help: "The call returns at once. Sending its message back fetches the answer, once, within 24 hours.",
    section: "Endpoint",
    order: 20,
  }),
  webSearch: setting(
    z.optional(
      z
        .strictObject({
          enabled: setting(z.optional(z.boolean()), { title: "Search the web", help: "The vendor bills each search.", order: 30 }),
          allowedDomains: setting(z.optional(z.array(z.string().check(z.minLength(1))).check(z.maxLength(5))), {
            title: "Allowed domains",
            help: "At most five. They cannot be combined with excluded domains.",
            order: 31,
            condition: { path: "webSearch.enabled", equals: true },
          }),
          excludedDomains: setting(z.optional(z.array(z.string().check(z.minLength(1))).check(z.maxLength(5))), {
            title: "Excluded domains",
            help: "At most five.",
            order: 32,
            condition: { path: "webSearch.enabled", equals: true },
          }),
          imageUnderstanding: setting(z.optional(z.boolean()), {
            title: "Image understanding",
            help: "The search also reads images that it finds.",
            order: 33,
            condition: { path: "webSearch.enabled", equals: true },
          }),
        })
        .check(
          z.refine(
            ({ allowedDomains: only, excludedDomains: never }) => !(only?.length && never?.length),
            "accepts allowedDomains or excludedDomains, not both",
          ),
        ),
    ),
    { section: "Search" },
  ),
  xSearch: setting(
    z.optional(
      z
        .strictObject({
          enabled: setting(z.optional(z.boolean()), { title: "Search X", help: "The vendor bills each search.", order: 40 }),
          allowedHandles: setting(z.optional(z.array(z.string().check(z.minLength(1)))), {
            title: "Allowed accounts",
            help: "Handles without @. They cannot be combined with excluded accounts.",
            order: 41,
            condition: { path: "xSearch.enabled", equals: true },
          }),
          excludedHandles: setting(z.optional(z.array(z.string().check(z.minLength(1)))), {
            title: "Excluded accounts",
            help: "Handles without @.",
            order: 42,
            condition: { path: "xSearch.enabled", equals: true },
          }),
          fromDate: setting(z.optional(date), {
            title: "From date",
            help: "A date such as 2026-11-25.",
            order: 43,
            condition: { path: "xSearch.enabled", equals: true },
          }),
          toDate: setting(z.optional(date), {
            title: "To date",
            help: "A date such as 2026-11-25.",
            order: 44,
            condition: { path: "xSearch.enabled", equals: true },
          }),
        })
        .check(
          z.refine(
            ({ allowedHandles: only, excludedHandles: never }) => !(only?.length && never?.length),
            "accepts allowedHandles or excludedHandles, not both",
          ),
        ),
    ),
    { section: "Search" },
  ),
  conversationId: setting(z.optional(z.string().check(z.minLength(1))), {
    title: "Conversation id",
    help: "Requests with the same id reach the same server and so the same prompt cache.",
    section: "Prompt cache",
    order: 50,
  }),
  serviceTier: setting(z.optional(z.enum(["default", "priority"])), {
    title: "Service tier",
    help: "Priority is faster and costs twice as much.",
    section: "Service",
    order: 60,
  }),
  store: setting(z.optional(z.boolean()), {
    title: "Store answers",
    help: "Allows xAI to store answers of the Responses API for 30 days. Off by default.",
    section: "Privacy",
    order: 70,
  }),
});

export const settings: SettingsModule<XaiSettings> = defineSettings({ validator, schema });
