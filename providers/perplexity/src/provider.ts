/**
 * Code beside data: the vendor ended Sonar's Chat Completions on 2026-09-27 for most accounts, so a Sonar model is asked for there and, once the host
 * says that it is gone, by the Agent API (`agent.ts`); no key check is free of charge but a request that is refused for its content.
 */
import {
  type Call,
  defineProvider,
  endpoint,
  type Facts,
  factsFor,
  isObject,
  type KeyVerdict,
  type LumiverseError,
  type ModelFacts,
  type ModelInfo,
  type Operation,
  type Provider,
  type Recovery,
  type Route,
} from "@lumiverse/core";
import { chatCheck, chatRoute, modelList } from "@lumiverse/protocols/chat-completions";
import { agent, isSonar } from "./agent.ts";
import { sonarFields } from "./search.ts";
import type { PerplexitySettings } from "./settings.ts";
import { errors, sonar } from "./sonar.ts";
import { version } from "./version.ts";

const BASE = "https://api.perplexity.ai";
/** The mark of a call, and of a connection, that does without Sonar. */
const GONE = "sonar";

const shared: Facts = {
  "input.image": true,
  "input.audio": false,
  "input.url": true,
  "output.image": false,
  "output.audio": false,
  "tools.images": false,
  "output.schema": true,
  "output.json": false, // there is no json_object
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
const onSonar: Facts = {
  "input.file": true,
  "input.video": "unknown",
  tools: false,
  maxOutputTokens: [1, 128_000],
  stop: true,
};
const onAgent: Facts = {
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

const LEVELS: Facts = { reasoning: ["minimal", "low", "medium", "high"] };
const models: readonly ModelFacts[] = [
  { match: ["sonar-reasoning*", "sonar-deep-research"], takes: { ...LEVELS, "reasoning.visible": true } },
  { match: "sonar", takes: { "input.image": "unknown" } },
  { match: "sonar-deep-research", takes: { "input.image": false, temperature: false } },
];
const agentModels: readonly ModelFacts[] = [
  { match: ["sonar", "sonar-pro", "perplexity/*"], takes: { reasoning: false } },
  { match: ["sonar-reasoning*", "sonar-deep-research"], takes: LEVELS },
];

/** Perplexity: https://docs.perplexity.ai */
export const perplexity: Provider<PerplexitySettings> = defineProvider<PerplexitySettings>({
  id: "perplexity",
  name: "Perplexity",
  docs: "https://docs.perplexity.ai",
  version,
  contract: 1,
  credential: {
    kind: "api-key",
    required: true,
    env: "PERPLEXITY_API_KEY",
    page: "https://www.perplexity.ai/account/api/keys",
  },
  base: BASE,
  settings: () => import("./settings.ts").then((module) => module.settings),
  catalogue: () => import("./catalogue.ts").then((module) => module.catalogue),
  evidence: () => import("./evidence.ts").then((module) => module.evidence),
  route,
  operations: { check: keyCheck(), models: agentList() },
  recover,
});

function route(call: Call<PerplexitySettings>): Route {
  const { settings, request, without } = call;
  const { api = "auto" } = settings;
  if (api === "sonar" || (api === "auto" && isSonar(request.model) && !without.has(GONE))) return chat(call);
  const base = call.baseURL ?? new URL(BASE);
  return { protocol: agent(settings, base, errors), base, takes: factsFor({ ...shared, ...onAgent }, agentModels, request.model) };
}

const chat = chatRoute<PerplexitySettings>({
  base: BASE,
  dialect: sonar,
  takes: { ...shared, ...onSonar },
  models,
  adjust: ({ settings }) => ({ dialect: { defaults: sonarFields(settings) } }),
});

function recover(error: LumiverseError, call: Call<PerplexitySettings>): Recovery<PerplexitySettings> | undefined {
  const gone = error.status === 403 && error.code === "unsupported";
  if (!gone || call.without.has(GONE) || (call.settings.api ?? "auto") !== "auto") return undefined;
  return {
    call: { ...call, without: new Set([...call.without, GONE]) },
    note: { kind: "recovered", field: "model", message: `Sonar has ended: ${call.request.model} was asked for by the Agent API` },
    remember: GONE,
  };
}

/** Nothing free proves a key but a request without content: it is refused for that (400, 422), or for the key (401). The list of models is public. */
function keyCheck(): Operation<KeyVerdict> {
  const { parse } = chatCheck({ errors }, "sonar");
  return {
    origin: "base",
    request: ({ base }) => ({ method: "POST", url: endpoint(base, "/chat/completions"), body: { model: "sonar", messages: [] } }),
    async parse(response, context) {
      const read = await parse(response, context);
      const gone = response.status === 403 && read?.value.hint?.includes("2026-09-27") === true;
      if (response.status !== 400 && response.status !== 422 && !gone) return read;
      return { value: { key: "valid", usable: "unknown", reason: "an empty request was refused for its content, not for the key" } };
    },
  };
}

/** `/v1/models` lists what the Agent API serves; Sonar's own names are in no list. */
function agentList(): Operation<readonly ModelInfo[]> {
  const list = modelList({
    refine(info, { pricing }) {
      if (!isObject(pricing)) return;
      const { input, output, cache_read: read, cache_write: write } = pricing;
      if (typeof input !== "number" || typeof output !== "number") return;
      info.price = {
        input,
        output,
        ...(typeof read === "number" ? { cacheRead: read } : {}),
        ...(typeof write === "number" ? { cacheWrite: write } : {}),
        currency: "USD",
      };
    },
  });
  return {
    ...list,
    request: ({ base }) => ({ method: "GET", url: endpoint(base, /\/v\d+\/?$/.test(base.pathname) ? "/models" : "/v1/models") }),
    async parse(response, context) {
      const read = await list.parse(response, context);
      if (read === undefined) return undefined;
      const built = ["sonar", "sonar-pro", "sonar-reasoning-pro", "sonar-deep-research"].map(
        (id): ModelInfo => ({ id, source: "built-in" }),
      );
      return { value: [...built, ...read.value] };
    },
  };
}
