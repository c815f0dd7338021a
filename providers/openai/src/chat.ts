/** The vendor's older API: models and hosts that speak it alone, audio, and whoever asks for it. */
import type { Call, Protocol } from "@lumiverse/core";
import { chatCompletions, type Dialect, openaiStrict } from "@lumiverse/protocols/chat-completions";
import { openai as family } from "@lumiverse/protocols/families";
import { openaiErrors } from "@lumiverse/protocols/responses/errors";
import { isVendor } from "./api.ts";
import { cacheOf } from "./cache.ts";
import { common } from "./common.ts";
import type { OpenaiSettings } from "./settings.ts";

export function chat(call: Call<OpenaiSettings>): Protocol {
  return chatCompletions(dialectOf(call));
}

function dialectOf(call: Call<OpenaiSettings>): Dialect {
  const { settings } = call;
  const { model } = call.request;
  const traits = family.traitsOf(model);
  const reasons = traits.effort.length > 0;
  const defaults: Record<string, unknown> = {};
  const fields = { ...common(call), verbosity: traits.verbosity ? settings.verbosity : undefined, store: settings.store };
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) defaults[name] = value;
  return {
    // Other hosts often know the old name alone; the vendor's newer models refuse it.
    maxTokens: isVendor(call.baseURL) || reasons ? "max_completion_tokens" : "max_tokens",
    systemRole: reasons ? "developer" : "system",
    files: "file",
    toolImages: "user",
    strict: "send",
    strictSchemas: openaiStrict,
    streamOptions: true,
    defaults,
    cache: cacheOf(call),
    reasoning: {
      on: (effort) => (effort === undefined ? {} : { reasoning_effort: effort }),
      off: () => ({ reasoning_effort: "none" }),
      replay: "never",
    },
    errors: openaiErrors,
  };
}
