/** How OpenAI speaks its two APIs: the dialect of each, by settings and model. */
import { type Call, definedFields } from "@lumiverse/core/provider";
import { type Dialect, openaiStrict } from "@lumiverse/protocols/chat-completions";
import { openai as family } from "@lumiverse/protocols/families";
import { openaiErrors, type ResponsesDialect } from "@lumiverse/protocols/responses";
import { isVendor } from "./api.ts";
import { acceptsBreakpoints, cacheHook, requestedCache } from "./cache.ts";
import type { OpenaiSettings } from "./settings.ts";

/** Responses, the vendor's newer API. */
export function responsesDialect(call: Call<OpenaiSettings>): ResponsesDialect {
  const { settings, degradations } = call;
  const { model } = call.request;
  const verbosity = settings.verbosity !== undefined && family.traitsOf(model).verbosity ? { text: { verbosity: settings.verbosity } } : {};
  const { reasoningSummary: summary = "auto" } = settings;
  return {
    ...(isVendor(call.baseURL) ? { schemaVendor: "openai" } : {}), // also for models whose id says nothing
    store: settings.store ?? false,
    reasoningSummary: summary === "none" || degradations.has("reasoning-summary") ? "omit" : summary,
    // `instructions` is a string and cannot contain a breakpoint.
    systemPlacement: requestedCache(call)?.system === true && acceptsBreakpoints(family.traitsOf(model)) ? "developer" : "instructions",
    cache: cacheHook(call),
    settingsFields: () => ({ ...settingsFields(call), ...verbosity }),
  };
}

/** Chat Completions, the vendor's older API: for audio, for fields that Responses lacks, and for other hosts. */
export function chatDialect(call: Call<OpenaiSettings>): Dialect {
  const { settings, request, baseURL } = call;
  const traits = family.traitsOf(request.model);
  const reasons = traits.effort.length > 0;
  const fields = { ...settingsFields(call), verbosity: traits.verbosity ? settings.verbosity : undefined, store: settings.store };
  return {
    ...(isVendor(baseURL) ? { schemaVendor: "openai" } : {}),
    // Other hosts often know the old name only. The vendor's newer models refuse it.
    maxTokens: isVendor(baseURL) || reasons ? "max_completion_tokens" : "max_tokens",
    systemRole: reasons ? "developer" : "system",
    files: isVendor(baseURL) ? "file_data" : "file", // the vendor fetches documents on Responses only
    audioFormats: AUDIO_FORMATS,
    toolImages: "user",
    strict: "send",
    compileStrictSchema: openaiStrict,
    streamOptions: true,
    defaults: definedFields(fields),
    cache: cacheHook(call),
    reasoning: chatReasoning,
    errors: openaiErrors,
  };
}

/** 400 invalid_value for others. */
const AUDIO_FORMATS: readonly string[] = ["wav", "mp3"];

const chatReasoning: NonNullable<Dialect["reasoning"]> = {
  on: ({ effort }) => (effort === undefined ? {} : { reasoning_effort: effort }),
  off: () => ({ reasoning_effort: "none" }),
  replay: "never",
};

/** Fields that both APIs spell alike. */
function settingsFields({ settings }: Call<OpenaiSettings>): Record<string, unknown> {
  return {
    service_tier: settings.serviceTier,
    prompt_cache_key: settings.promptCacheKey,
    prompt_cache_retention: settings.promptCacheRetention,
    safety_identifier: settings.safetyIdentifier,
  };
}
