/**
 * Code beside data: a gateway to everybody's models. What a model takes follows its author (models.ts), where a call goes follows the settings
 * (routing.ts), refusals quote upstreams (errors.ts), and a key's limit is not the account's balance (account.ts).
 */
import { type Call, defineProvider, type Facts, isObject, type JsonObject, type Provider, type Route } from "@lumiverse/core";
import { cacheMarks, chatRoute, type Dialect, layer, openaiStrict } from "@lumiverse/protocols/chat-completions";
import { account, keyCheck } from "./account.ts";
import { errors, explainError } from "./errors.ts";
import { familyOf, models } from "./models.ts";
import { recover } from "./recover.ts";
import { fieldsOf, headersOf, pluginsOf } from "./routing.ts";
import type { OpenrouterSettings } from "./settings.ts";
import { version } from "./version.ts";

const BASE = "https://openrouter.ai/api/v1";
const REGIONS = { global: BASE, eu: "https://eu.openrouter.ai/api/v1", us: "https://us.openrouter.ai/api/v1" } as const;

const dialect: Dialect = {
  toolTurnContent: "null", // an empty text is refused by Bedrock's Nova
  strictSchemas: openaiStrict,
  strict: "asked", // it leaves out every upstream that does not know it, and then there may be none (404)
  streamOptions: false, // usage comes always; the field has no effect any more
  reasoning: {
    on: (effort) => ({ reasoning: effort === undefined ? { enabled: true } : { effort } }),
    off: () => ({ reasoning: { effort: "none" } }),
    budget: (tokens) => ({ reasoning: { max_tokens: tokens } }),
    read: ["reasoning", "reasoning_content"], // with reasoning_details beside it, which say the same
    replay: "always",
    replayField: "reasoning_details", // whole, once a message; an empty list is wanted back too (DeepSeek V4)
  },
  // Credits are USD. With a key of one's own at the upstream, its bill comes beside OpenRouter's fee.
  cost: { path: "cost", currency: "USD", plus: { path: "cost_details.upstream_inference_cost", when: "is_byok" } },
  errors,
  explainError,
};

const takes: Facts = {
  // Whatever is not said here is the model's own affair: OpenRouter drops what an upstream does not know, unless routing.requireParameters.
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
  sources: true, // by the plugin or the server tool, for any model
  webSearch: true,
  countTokens: false,
  models: true,
  account: true,
};

const chat = chatRoute<OpenrouterSettings>({
  base: ({ settings }) => REGIONS[settings.region ?? "global"],
  dialect,
  takes,
  adjust(call) {
    const { settings, request } = call;
    const family = familyOf(call);
    const own: Dialect = {
      defaults: fieldsOf(settings),
      cache: cacheMarks({ setting: settings.promptCache, ...family.cache }),
      finishBody(body, checked, notes) {
        const plugins = pluginsOf(settings.plugins ?? {}, checked, notes);
        if (plugins.length > 0) body["plugins"] = plugins;
        reasoningFields(body, settings);
      },
      extras(json, emit, memory) {
        const details = detailsOf(json);
        if (details !== undefined) emit({ type: "details", details });
        const { model } = json;
        if (typeof model !== "string" || memory["model"] === model) return;
        memory["model"] = model;
        const fallback = settings.fallbackModels?.find((id) => isModel(model, id));
        if (fallback === undefined || isModel(model, request.model)) return;
        emit({ type: "note", note: { kind: "fallback", field: "model", message: `${request.model} failed; ${model} answered` } });
      },
    };
    return { dialect: layer(family.dialect ?? {}, own), ...(family.takes === undefined ? {} : { takes: family.takes }) };
  },
  headers({ settings, request }) {
    // Without it `strict` is taken off Claude's tools.
    const strict = /^~?anthropic\//.test(request.model) && request.tools?.some((tool) => "name" in tool && tool.strict === true) === true;
    return headersOf(settings, strict ? ["structured-outputs-2025-11-13"] : []);
  },
});

function route(call: Call<OpenrouterSettings>): Route {
  const { rules } = familyOf(call);
  const modalities = call.request.parameters?.["modalities"];
  return {
    ...chat(call),
    ...(rules === undefined ? {} : { rules }),
    // Audio is given as a stream alone.
    ...(Array.isArray(modalities) && modalities.includes("audio") ? { unstreamed: "streamed" as const } : {}),
  };
}

function reasoningFields(body: JsonObject, { reasoningSummary, hideReasoning }: Partial<OpenrouterSettings>): void {
  if (reasoningSummary === undefined && hideReasoning === undefined) return;
  body["reasoning"] = {
    ...(isObject(body["reasoning"]) ? body["reasoning"] : {}),
    ...(reasoningSummary === undefined ? {} : { summary: reasoningSummary }),
    ...(hideReasoning === undefined ? {} : { exclude: hideReasoning }),
  };
}

/** Seen on the last chunk; the counter has one name in the documentation and another on the wire. */
function detailsOf({ openrouter_metadata: routing, usage, debug }: JsonObject): JsonObject | undefined {
  const serverTools = isObject(usage) ? (usage["server_tool_use_details"] ?? usage["server_tool_use"]) : undefined;
  if (routing === undefined && serverTools === undefined && debug === undefined) return undefined;
  return {
    ...(routing === undefined ? {} : { routing }),
    ...(serverTools === undefined ? {} : { serverTools }),
    ...(debug === undefined ? {} : { debug }),
  };
}

/** The answer names the dated model behind an id, without its variant. */
function isModel(answered: string, id: string): boolean {
  const asked = id.replace(/^~/, "").replace(/[:@].*$/, "");
  return answered === asked || answered.startsWith(`${asked}-2`) || answered.startsWith(`${asked}:`);
}

/** OpenRouter: https://openrouter.ai/docs/api/reference/overview */
export const openrouter: Provider<OpenrouterSettings> = defineProvider<OpenrouterSettings>({
  id: "openrouter",
  name: "OpenRouter",
  docs: "https://openrouter.ai/docs/api/reference/overview",
  version,
  contract: 1,
  credential: { kind: "api-key", required: true, env: "OPENROUTER_API_KEY", page: "https://openrouter.ai/settings/keys" },
  base: BASE,
  origins: ["https://eu.openrouter.ai", "https://us.openrouter.ai"],
  settings: () => import("./settings.ts").then((module) => module.settings),
  catalogue: () => import("./catalogue.ts").then((module) => module.catalogue),
  evidence: () => import("./evidence.ts").then((module) => module.evidence),
  route,
  operations: { check: keyCheck(dialect), models, account: account(dialect) },
  recover,
  browser: true,
  signIn: {
    authorizeURL({ callback, challenge }) {
      const url = new URL("https://openrouter.ai/auth");
      url.searchParams.set("callback_url", callback);
      url.searchParams.set("code_challenge", challenge);
      url.searchParams.set("code_challenge_method", "S256");
      return url;
    },
    exchange: ({ code, verifier }) => ({
      method: "POST",
      url: new URL("https://openrouter.ai/api/v1/auth/keys"),
      body: { code, code_verifier: verifier, code_challenge_method: "S256" },
    }),
    parse({ json, status }) {
      const { key, user_id: account } = isObject(json) ? json : {};
      if (typeof key !== "string" || key === "") throw new Error(`the exchange (HTTP ${status}) gave no key`);
      return typeof account === "string" ? { key, account } : { key };
    },
  },
});
