/**
 * The vendor ended Sonar's Chat Completions on 2026-09-27 for most accounts. A call of a Sonar model still goes there first, and moves to the Agent API
 * (`agent.ts`) once the host answers that Sonar has ended.
 */
import {
  type Call,
  type Capabilities,
  capabilitiesFor,
  type LumiverseError,
  type ModelCapabilities,
  type Provider,
  type Recovery,
  type Route,
  withDegradation,
} from "@lumiverse/core/provider";
import { chatProvider } from "@lumiverse/protocols/chat-completions";
import { agent, isSonar } from "./agent.ts";
import { errors } from "./errors.ts";
import { sonarFields } from "./search.ts";
import type { PerplexitySettings } from "./settings.ts";
import { sonar } from "./sonar.ts";
import { version } from "./version.ts";

/** The degradation of a call and connection for which Sonar has ended. */
const SONAR_ENDED = "sonar";

const shared: Capabilities = {
  "input.image": true,
  "input.audio": false,
  "input.url": true,
  "output.image": false,
  "output.audio": false,
  "tools.images": false,
  "output.schema": true,
  "output.json": false, // the vendor has no json_object
  reasoning: false,
  "reasoning.off": false,
  "reasoning.budget": false,
  temperature: [0, 2],
  topP: [0, 1],
  topK: false,
  minP: false,
  frequencyPenalty: false,
  presencePenalty: false,
  repetitionPenalty: false,
  seed: false,
  logprobs: false,
  prefill: false,
  "cache.explicit": false,
  "cache.automatic": false,
  streaming: true,
  sources: true,
  webSearch: true,
  countTokens: false,
  models: true,
  account: false,
};
const onSonar: Capabilities = {
  "input.file": true,
  "input.video": "unknown",
  tools: false,
  maxOutputTokens: [1, 128_000],
  stop: true,
};
const onAgent: Capabilities = {
  "input.file": false,
  "input.video": false,
  tools: true,
  "toolChoice.none": true,
  "toolChoice.required": true,
  "toolChoice.named": true,
  parallelToolCalls: true,
  "tools.strict": "unknown",
  "output.tools": "unknown",
  reasoning: ["minimal", "low", "medium", "high", "xhigh", "max"],
  "reasoning.visible": false,
  maxOutputTokens: [16, 128_000],
  stop: false,
};

const LEVELS: Capabilities = { reasoning: ["minimal", "low", "medium", "high"] };
const sonarModels: readonly ModelCapabilities[] = [
  { match: ["sonar-reasoning*", "sonar-deep-research"], capabilities: { ...LEVELS, "reasoning.visible": true } },
  { match: "sonar", capabilities: { "input.image": "unknown" } },
  { match: "sonar-deep-research", capabilities: { "input.image": false, temperature: false } },
];
const agentModels: readonly ModelCapabilities[] = [
  { match: ["sonar", "sonar-pro", "perplexity/*"], capabilities: { reasoning: false } },
  { match: ["sonar-reasoning*", "sonar-deep-research"], capabilities: LEVELS },
];

const chat = chatProvider<PerplexitySettings>({
  id: "perplexity",
  name: "Perplexity",
  docs: "https://docs.perplexity.ai",
  version,
  base: "https://api.perplexity.ai",
  env: "PERPLEXITY_API_KEY",
  keyPage: "https://www.perplexity.ai/account/api/keys",
  settings: () => import("./settings.ts"),
  catalogue: () => import("./catalogue.ts"),
  operations: () => import("./operations.ts").then((module) => module.operations),
  dialect: sonar,
  capabilities: { ...shared, ...onSonar },
  models: sonarModels,
  adjust: ({ call: { settings } }) => ({ dialect: { defaults: sonarFields(settings) } }),
  recover,
});

/** Perplexity: https://docs.perplexity.ai */
export const perplexity: Provider<PerplexitySettings> = { ...chat, route };

function route(call: Call<PerplexitySettings>): Route {
  const { settings, request, degradations } = call;
  const { api = "auto" } = settings;
  const onChat = chat.route(call);
  if (api === "sonar" || (api === "auto" && isSonar(request.model) && !degradations.has(SONAR_ENDED))) return onChat;
  const { base } = onChat;
  const capabilities = capabilitiesFor({ ...shared, ...onAgent }, agentModels, request.model);
  return { protocol: agent(settings, base, errors), base, capabilities };
}

function recover({ error, call }: { error: LumiverseError; call: Call<PerplexitySettings> }): Recovery<PerplexitySettings> | undefined {
  const ended = error.status === 403 && error.code === "unsupported";
  if (!ended || call.degradations.has(SONAR_ENDED) || (call.settings.api ?? "auto") !== "auto") return undefined;
  return {
    call: withDegradation(call, SONAR_ENDED),
    note: {
      kind: "recovered",
      field: "model",
      message: `Sonar's Chat Completions has ended, so ${call.request.model} was called on the Agent API.`,
    },
    remember: SONAR_ENDED,
  };
}
