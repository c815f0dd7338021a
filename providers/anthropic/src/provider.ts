import { type Call, type Capabilities, defineProvider, type Provider, type Route } from "@lumiverse/core/provider";
import { claude } from "@lumiverse/protocols/families";
import { messages, recover } from "@lumiverse/protocols/messages";
import { BASE, hostOf } from "./host.ts";
import type { AnthropicSettings } from "./settings.ts";
import { version } from "./version.ts";

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
  settings: () => import("./settings.ts").then((module) => module.settings),
  catalogue: () => import("./catalogue.ts").then((module) => module.catalogue),
  operations: () => import("./operations.ts").then((module) => module.operations),
  route,
  recover: ({ error, call }) => recover({ error, call, host: hostOf(call) }),
});

/** Capabilities of the API, for every model. */
const apiCapabilities: Capabilities = {
  "cache.automatic": true,
  "cache.implicit": false,
  webSearch: true,
  countTokens: true,
  models: true,
  account: false,
};

function route(call: Call<AnthropicSettings>): Route {
  const { request, settings } = call;
  const host = hostOf(call);
  return {
    protocol: messages(host, settings),
    base: call.baseURL ?? new URL(BASE),
    capabilities: { ...apiCapabilities, ...claude.capabilitiesOf(request.model, request) },
    rules: claude.rules,
    serverTools: host.betas === "listed" ? "anthropic-proxy" : "anthropic",
    ...(settings.browserAccess === true ? { headers: { "anthropic-dangerous-direct-browser-access": "true" } } : {}),
    // A connection without data breaks after ten minutes. The vendor's SDK assumes 128,000 tokens per hour and refuses longer unstreamed answers.
    ...((request.maxOutputTokens ?? 0) > 21_333 ? { unstreamed: "streamed" } : {}),
  };
}
