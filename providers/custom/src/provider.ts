/** Any server of three protocols. `servers.ts` contains the deviations of known servers, `probe.ts` finds out which server answers. */
import { type Call, defineProvider, type Protocol, type Provider, type Route, type Rule } from "@lumiverse/core/provider";
import {
  chatCompletions,
  dropUnsupportedParameters,
  mergeDialects,
  renameOutputLimit,
  samplingRules,
} from "@lumiverse/protocols/chat-completions";
import { claude, gatewayRules } from "@lumiverse/protocols/families";
import { messages } from "@lumiverse/protocols/messages";
import { responses } from "@lumiverse/protocols/responses";
import { capabilityOverrides, dialectOverrides, withBodyOverrides } from "./overrides.ts";
import { anyServer, kindOf, type Server, servers } from "./servers.ts";
import type { CustomSettings } from "./settings.ts";
import { version } from "./version.ts";

const CATALOGUE_SOURCE = "typed by hand";

/** Any OpenAI-compatible server: LM Studio, Ollama, vLLM, a proxy. https://platform.openai.com/docs/api-reference/chat */
export const custom: Provider<CustomSettings> = defineProvider<CustomSettings>({
  id: "custom",
  name: "Custom",
  docs: "https://platform.openai.com/docs/api-reference/chat",
  version,
  contract: 1,
  // The environment is never read, because no base URL belongs to a vendor. The variable names where applications can find the key for `apiKey`.
  credential: { kind: "api-key", required: false, env: "CUSTOM_API_KEY" },
  settings: () => import("./settings.ts").then((module) => module.settings),
  catalogue: async (given) => ({
    date: "",
    source: CATALOGUE_SOURCE,
    models: (given?.models ?? []).map((id) => ({ id, source: CATALOGUE_SOURCE })),
  }),
  route,
  operations: () => import("./operations.ts").then((module) => module.operations),
  probeFirst: ({ server }) => server === "auto",
  recover: ({ error, call }) => dropUnsupportedParameters(error, call) ?? renameOutputLimit(error, call, { setting: "maxTokensField" }),
});

function route(call: Call<CustomSettings>): Route {
  const { settings, server: info } = call;
  const server = servers[kindOf(call)];
  const usesChat = (settings.protocol ?? "chat-completions") === "chat-completions";
  const route: Route = {
    protocol: withBodyOverrides(protocolOf(call, server), settings),
    base: call.baseURL ?? new URL("http://localhost:8080/v1"), // every connection has a base URL; supports() can be called without one
    capabilities: { ...(usesChat ? server.capabilities : server.capabilitiesElsewhere), ...capabilityOverrides(settings) },
  };
  const rules: Rule[] = usesChat ? [...gatewayRules, ...samplingRules] : [];
  route.rules = rules;
  if (settings.headers !== undefined) route.headers = settings.headers;
  if (settings.streaming !== undefined) route.streaming = settings.streaming;
  if (info?.contextTokens !== undefined && server.outputShare !== undefined)
    rules.push(outputRule(Math.floor(info.contextTokens * server.outputShare)));
  return route;
}

function protocolOf({ settings, request }: Call<CustomSettings>, server: Server): Protocol {
  switch (settings.protocol) {
    case "responses": // servers other than OpenAI's return no encrypted reasoning and store nothing
      return responses({ systemRole: "system", include: "none", reasoningSummary: "omit", schemaTarget: { omit: [] } });
    case "messages": // servers other than Anthropic's refuse unknown beta features
      return messages({
        betas: "listed",
        clientBetas: "listed",
        cache: "breakpoints",
        // A proxy of Claude refuses it, as Anthropic does.
        unsignedThinking: claude.claudeTraits(request.model) === undefined ? "send" : "drop",
      });
    default:
      return chatCompletions(mergeDialects(mergeDialects(anyServer, server.dialect), dialectOverrides(settings)));
  }
}

/** KoboldCpp reserves the whole output in the context window and silently cuts the prompt to make room (fixtures/koboldcpp-output-room). */
function outputRule(limit: number): Rule {
  return {
    field: "maxOutputTokens",
    when: () => true,
    then: "clamp",
    range: [1, limit],
    because: "a longer output would displace the prompt in the context window of the server",
  };
}
