/** OpenRouter serves the models of other vendors. What a model accepts depends on its author (`families.ts`). */
import type { Call, Capabilities, Provider, Route } from "@lumiverse/core/provider";
import { cacheBreakpoints, chatProvider, type Dialect, mergeDialects } from "@lumiverse/protocols/chat-completions";
import { answerExtras } from "./answer-extras.ts";
import { dialect } from "./dialect.ts";
import { type CacheLimits, familyOf } from "./families.ts";
import { fitBudget } from "./reasoning-budget.ts";
import { recover } from "./recover.ts";
import { betasFor, fieldsOf, headersOf, pluginsOf, reasoningOptions } from "./routing.ts";
import type { OpenrouterSettings } from "./settings.ts";
import { signIn } from "./sign-in.ts";
import { version } from "./version.ts";

const BASE = "https://openrouter.ai/api/v1";
const REGIONS = { global: BASE, eu: "https://eu.openrouter.ai/api/v1", us: "https://us.openrouter.ai/api/v1" } as const;

const capabilities: Capabilities = {
  // Capabilities that are absent here depend on the model. OpenRouter drops parameters that an upstream does not know, unless routing.requireParameters is set.
  "input.url": true,
  "toolChoice.none": true,
  "toolChoice.required": true,
  "toolChoice.named": true,
  parallelToolCalls: true,
  "tools.strict": true,
  "tools.images": true,
  maxOutputTokens: true,
  temperature: [0, 2],
  topP: [0, 1],
  topK: true,
  minP: [0, 1],
  frequencyPenalty: [-2, 2],
  presencePenalty: [-2, 2],
  repetitionPenalty: [0, 2],
  stop: [0, 4],
  seed: true,
  logprobs: [0, 20],
  prefill: true,
  "cache.explicit": false,
  "cache.automatic": false,
  streaming: true,
  sources: true, // every model can search by the plugin or the server tool
  webSearch: true,
  countTokens: false,
  models: true,
  account: true,
};

const chat = chatProvider<OpenrouterSettings>({
  id: "openrouter",
  name: "OpenRouter",
  docs: "https://openrouter.ai/docs/api/reference/overview",
  version,
  base: BASE,
  baseFor: ({ settings }) => REGIONS[settings.region ?? "global"],
  origins: ["https://eu.openrouter.ai", "https://us.openrouter.ai"],
  env: "OPENROUTER_API_KEY",
  keyPage: "https://openrouter.ai/settings/keys",
  settings: () => import("./settings.ts"),
  catalogue: () => import("./catalogue.ts"),
  operations: () => import("./operations.ts").then((module) => module.operations),
  dialect,
  capabilities,
  headers: ({ settings, request }) => headersOf(settings, betasFor(request)),
  adjust({ call }) {
    const family = familyOf(call);
    return {
      dialect: mergeDialects(family.dialect ?? {}, dialectFor(call, family.cache)),
      ...(family.capabilities === undefined ? {} : { capabilities: family.capabilities }),
      ...(family.rules === undefined ? {} : { rules: family.rules }),
    };
  },
  recover,
  signIn,
});

/** OpenRouter: https://openrouter.ai/docs/api/reference/overview */
export const openrouter: Provider<OpenrouterSettings> = { ...chat, route };

function route(call: Call<OpenrouterSettings>): Route {
  const modalities = call.request.parameters?.["modalities"];
  const wantsAudio = Array.isArray(modalities) && modalities.includes("audio");
  return {
    ...chat.route(call),
    serverTools: "openrouter",
    ...(wantsAudio ? { unstreamed: "streamed" as const } : {}), // audio output requires streaming (fixtures/output-audio)
  };
}

function dialectFor(call: Call<OpenrouterSettings>, cache: CacheLimits | undefined): Dialect {
  const { settings } = call;
  return {
    defaults: fieldsOf(settings),
    cache: cacheBreakpoints({ setting: settings.promptCache, ...cache }),
    finishBody({ body, call: checked, notes }) {
      const plugins = pluginsOf(settings.plugins ?? {}, checked, notes);
      if (plugins.length > 0) body["plugins"] = plugins;
      fitBudget(body, checked, notes);
      const reasoning = reasoningOptions(body["reasoning"], settings);
      if (reasoning !== undefined) body["reasoning"] = reasoning;
    },
    extras: answerExtras(call),
  };
}
