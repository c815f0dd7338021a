import {
  type Call,
  defineProvider,
  type Facts,
  type LumiverseError,
  lazyProtocol,
  type Protocol,
  type Provider,
  type Recovery,
  type Route,
  type Rule,
} from "@lumiverse/core";
import { openai as family } from "@lumiverse/protocols/families";
import { countTokens, type ResponsesDialect, responses } from "@lumiverse/protocols/responses";
import { chosenApi, isVendor } from "./api.ts";
import { cacheAsked, cacheOf, marksTaken } from "./cache.ts";
import { common } from "./common.ts";
import { check, models } from "./operations.ts";
import type { OpenaiSettings } from "./settings.ts";
import { version } from "./version.ts";

const chat: (call: Call<OpenaiSettings>) => Protocol = lazyProtocol(
  { id: "chat-completions", framing: "sse", binds: "wire" },
  async () => (await import("./chat.ts")).chat,
);

const BASE = "https://api.openai.com/v1";

export const openai: Provider<OpenaiSettings> = defineProvider<OpenaiSettings>({
  id: "openai",
  name: "OpenAI",
  docs: "https://platform.openai.com/docs/api-reference",
  version,
  contract: 1,
  base: BASE,
  // Data residency: the same keys, another host.
  origins: ["https://us.api.openai.com", "https://eu.api.openai.com"],
  credential: { kind: "api-key", required: true, env: "OPENAI_API_KEY", page: "https://platform.openai.com/api-keys" },
  settings: () => import("./settings.ts").then((module) => module.settings),
  catalogue: () => import("./catalogue.ts").then((module) => module.catalogue),
  evidence: () => import("./evidence.ts").then((module) => module.evidence),
  route,
  operations: { check, models, countTokens: countTokens<OpenaiSettings>(dialectOf(undefined)) },
  recover,
});

/** What both APIs take of every model of the vendor; of other models behind other base URLs nothing is known. */
const shared: Facts = {
  tools: true,
  "toolChoice.none": true,
  "toolChoice.required": true,
  "toolChoice.named": true,
  parallelToolCalls: true,
  "tools.strict": true,
  "input.url": true,
  "input.video": false,
  "output.schema": true,
  "output.json": true,
  "output.tools": true,
  maxOutputTokens: true,
  topK: false,
  minP: false,
  repetitionPenalty: false,
  // A conversation may end with an assistant turn, but the model answers it and does not go on with it.
  prefill: false,
  "cache.implicit": true,
  streaming: true,
  models: true,
};
const onResponses: Facts = {
  "tools.images": true,
  "input.audio": false,
  frequencyPenalty: false,
  presencePenalty: false,
  stop: false,
  seed: false,
  sources: true,
  webSearch: true,
  countTokens: true,
};
const onChat: Facts = { "tools.images": false, seed: true, sources: "unknown", countTokens: false };

function route(call: Call<OpenaiSettings>): Route {
  const { model } = call.request;
  const { settings } = call;
  const api = chosenApi(call);
  const headers = {
    ...(settings.organization === undefined ? {} : { "OpenAI-Organization": settings.organization }),
    ...(settings.project === undefined ? {} : { "OpenAI-Project": settings.project }),
  };
  const base = call.baseURL ?? new URL(BASE);
  const known = isVendor(call.baseURL) || family.isModel(model);
  const marks = marksTaken(model);
  const traits = family.traitsOf(model);
  const takes = {
    ...(known ? { ...shared, "cache.explicit": marks, "cache.automatic": marks } : {}),
    ...family.facts(model),
    // Taken by some of this model's calls, and not by one that reasons: the rules of the family say so by name.
    ...(traits.sampling === "while-off" && family.reasons(traits, call.request) ? { logprobs: "unknown" as const } : {}),
  };
  const visible = { "reasoning.visible": takes.reasoning !== false && api === "responses" };
  if (api === "responses")
    return {
      protocol: responses(dialectOf(call)),
      base,
      headers,
      takes: { ...takes, ...onResponses, ...visible },
      rules: family.rules(model),
    };
  return {
    protocol: chat(call),
    base,
    headers,
    takes: { ...takes, ...onChat, ...visible },
    rules: [...family.rules(model), ...chatRules(model)],
  };
}

/** From gpt-5.4 on, Chat Completions answers 400 to function tools while the model reasons, even when nothing was said of reasoning. */
function chatRules(model: string): Rule[] {
  const traits = family.traitsOf(model);
  if (!family.isModel(model) || traits.toolsWithReasoningOnChat) return [];
  return [
    {
      field: "tools",
      when: (request) => family.reasons(traits, request),
      then: "refuse",
      because: `${model} takes tools on Chat Completions only while it does not reason: set reasoning to "off", or api to "responses"`,
    },
  ];
}

function dialectOf(call: Call<OpenaiSettings> | undefined): ResponsesDialect {
  if (call === undefined) return {};
  const { settings } = call;
  const verbosity =
    settings.verbosity !== undefined && family.traitsOf(call.request.model).verbosity ? { text: { verbosity: settings.verbosity } } : {};
  const { reasoningSummary: summary = "auto" } = settings;
  return {
    store: settings.store ?? false,
    summary: summary === "none" || call.without.has("reasoning-summary") ? "omit" : summary,
    // Instructions are a plain text and carry no mark.
    system: cacheAsked(call)?.system === true && marksTaken(call.request.model) ? "developer" : "instructions",
    cache: cacheOf(call),
    fields: () => ({ ...common(call), ...verbosity }),
  };
}

/** What the vendor refuses and a second request can do without. */
const LESS: readonly { text: RegExp; mark: string; remember?: true; message: string }[] = [
  {
    text: /encrypted content (?:is )?not supported/i,
    mark: "encrypted-reasoning",
    remember: true,
    message: "the model gives no encrypted reasoning: it was not asked for",
  },
  {
    text: /verified to (?:generate|use) reasoning summar|reasoning\.summary/i,
    mark: "reasoning-summary",
    remember: true,
    message: "the organisation is not verified for reasoning summaries: none was asked for",
  },
  {
    text: /encrypted[_ ]content .*(?:could not|can't|cannot|failed)|invalid_encrypted_content|without its required (?:following item|'reasoning' item)|items are not persisted/i,
    mark: "replay",
    message: "the vendor refused the history's own items: its words alone were sent",
  },
];

function recover(error: LumiverseError, call: Call<OpenaiSettings>): Recovery<OpenaiSettings> | undefined {
  if (error.status !== 400 && error.status !== 404) return undefined;
  const found = LESS.find(
    (less) => !call.without.has(less.mark) && less.text.test(`${error.vendorCode ?? ""} ${error.field ?? ""} ${error.message}`),
  );
  if (found === undefined) return undefined;
  return {
    call: { ...call, without: new Set([...call.without, found.mark]) },
    note: { kind: "recovered", field: found.mark, message: found.message },
    ...(found.remember === true ? { remember: found.mark } : {}),
  };
}

export type { OpenaiSettings };
