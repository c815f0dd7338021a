import { type Call, defineProvider, type Facts, type Provider, type Route } from "@lumiverse/core";
import { claude } from "@lumiverse/protocols/families";
import { keyCheck, type MessagesHost, messages, modelList, recover, tokenCount } from "@lumiverse/protocols/messages";
import type { AnthropicSettings } from "./settings.ts";
import { version } from "./version.ts";

const BASE = "https://api.anthropic.com/v1";

const host: MessagesHost = { traits: claude.claudeTraits };
/** A proxy that does not say it fronts the vendor: unknown betas and top-level fields are 400 there, marks on blocks are older and known. */
const foreign: MessagesHost = { ...host, betas: "never", cache: "marks" };
const hostOf = ({ baseURL, policy }: Call<AnthropicSettings>): MessagesHost =>
  baseURL === undefined || baseURL.origin === new URL(BASE).origin || policy.replayScope === "vendor" ? host : foreign;

/** Of the API, whatever the model. */
const api: Facts = {
  "cache.automatic": true,
  "cache.implicit": false,
  webSearch: true,
  countTokens: true,
  models: true,
  account: false,
};

/** Anthropic: https://platform.claude.com/docs/en/api/overview */
export const anthropic: Provider<AnthropicSettings> = defineProvider<AnthropicSettings>({
  id: "anthropic",
  name: "Anthropic",
  docs: "https://platform.claude.com/docs/en/api/overview",
  version,
  contract: 1,
  credential: {
    kind: "api-key",
    required: true,
    env: "ANTHROPIC_API_KEY",
    header: "x-api-key",
    page: "https://platform.claude.com/settings/keys",
  },
  base: BASE,
  browser: true, // by the header that browserAccess sends
  settings: () => import("./settings.ts").then((module) => module.settings),
  catalogue: () => import("./catalogue.ts").then((module) => module.catalogue),
  evidence: () => import("./evidence.ts").then((module) => module.evidence),
  route,
  operations: { check: keyCheck(BASE), models: modelList(), countTokens: tokenCount() },
  recover: (error, call) => recover(error, call, hostOf(call)),
});

function route(call: Call<AnthropicSettings>): Route {
  const { request, settings } = call;
  return {
    protocol: messages(hostOf(call), settings),
    base: call.baseURL ?? new URL(BASE),
    takes: { ...api, ...claude.facts(request.model, request) },
    rules: claude.rules,
    ...(settings.browserAccess === true ? { headers: { "anthropic-dangerous-direct-browser-access": "true" } } : {}),
    // The vendor's own client refuses whole answers that may take over ten minutes, at 128,000 tokens an hour: the connection would be cut.
    ...((request.maxOutputTokens ?? 0) > 21_333 ? { unstreamed: "streamed" } : {}),
  };
}
