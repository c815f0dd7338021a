/** Code beside data: a refused system role is HTTP 500 here, so such a call goes once more without the role. */
import {
  type Call,
  defineProvider,
  endpoint,
  type Facts,
  isObject,
  type LumiverseError,
  matches,
  type Operation,
  type Provider,
  type Recovery,
} from "@lumiverse/core";
import {
  chatRoute,
  type Dialect,
  type DialectModel,
  modelList,
  modelsCheck,
  withoutParameters,
} from "@lumiverse/protocols/chat-completions";
import { atLeast, versionOf } from "@lumiverse/protocols/families";
import type { InfermaticSettings } from "./settings.ts";
import { version } from "./version.ts";

const BASE = "https://api.totalgpt.ai/v1";

const dialect: Dialect = {
  systemPlace: "first", // vLLM behind LiteLLM: templates raise on a late system message
  strict: "omit",
  prefill: "continue",
  reasoning: { on: () => ({}), read: ["reasoning_content", "reasoning"], tags: "leading" }, // nothing asks for it; it stands in the content, as <think>
  errors: [
    { status: 401, is: "authentication", hint: "Make a key at https://infermatic.ai, in the account's API page" },
    { status: 429, is: "rate-limit", hint: "Plans limit the calls a minute and the calls at once; tokens are not counted" },
    // LiteLLM names its own kind of failure in the text, whatever the status.
    { text: "litellm.contextwindowexceedederror", is: "context-overflow" },
    { text: "litellm.contentpolicyviolationerror", is: "content-filter" },
    { text: "litellm.ratelimiterror", is: "rate-limit" },
    { text: ["litellm.serviceunavailableerror", "litellm.timeout"], is: "overloaded" },
    { text: ["litellm.badrequesterror", "litellm.unsupportedparamserror"], is: "invalid-request" },
    { text: "litellm.notfounderror", is: "model-not-found" },
  ],
};

const takes: Facts = {
  "output.image": false,
  "output.audio": false,
  parallelToolCalls: false, // not to be sent
  "tools.strict": false,
  "tools.images": false,
  reasoning: false, // of the documented models none does
  "reasoning.off": false,
  "reasoning.budget": false,
  maxOutputTokens: true,
  temperature: true,
  topP: [0, 1],
  topK: true, // -1 is all
  minP: [0, 1],
  frequencyPenalty: [-2, 2],
  presencePenalty: [-2, 2],
  repetitionPenalty: [0.01, 2],
  stop: true,
  seed: true,
  logprobs: false,
  "cache.explicit": false,
  "cache.automatic": false,
  streaming: true,
  sources: false,
  webSearch: false,
  countTokens: true,
  models: true,
  account: false,
};

const thinks: Facts = { reasoning: true, "reasoning.visible": true };
const user: Dialect = {
  systemPlace: "user",
  finishBody(_body, { messages }, notes) {
    if (messages.some(({ role }) => role === "system"))
      notes.push({
        kind: "moved",
        field: "messages",
        message: "the system text stands in the first user turn: the role is not for this model",
      });
  },
};

/** Named by https://infermatic.ai/docs/overview (read 2026-11-25) as models that refuse the system role. */
const REFUSES = ["*rocinante-12b-v1.1", "midnight-miqu-70b-v1.5", "*anubis-70b-v1", "*anubis-70b-v1-fp8-dynamic"];

const models: readonly DialectModel[] = [
  { match: since(/(?:^|-)qwen-?(\d+)(?:\.(\d+))?(?![\d.])/, [3]), takes: thinks },
  { match: "*deepseek-r1*", takes: thinks },
  { match: "*-instruct*", takes: { reasoning: false } },
];

function since(pattern: RegExp, minimum: readonly number[]): (id: string) => boolean {
  return (id) => {
    const found = versionOf(id, pattern);
    return found !== undefined && atLeast(found, minimum);
  };
}

/** Infermatic (TotalGPT): https://infermatic.ai/docs/overview */
export const infermatic: Provider<InfermaticSettings> = defineProvider<InfermaticSettings>({
  id: "infermatic",
  name: "Infermatic",
  docs: "https://infermatic.ai/docs/overview",
  version,
  contract: 1,
  credential: { kind: "api-key", required: true, env: "INFERMATIC_API_KEY", page: "https://infermatic.ai/docs/api-key" },
  base: BASE,
  settings: () => import("./settings.ts").then((module) => module.settings),
  catalogue: () => import("./catalogue.ts").then((module) => module.catalogue),
  evidence: () => import("./evidence.ts").then((module) => module.evidence),
  route: chatRoute<InfermaticSettings>({
    base: BASE,
    dialect,
    takes,
    models,
    adjust({ settings: { systemPlace = "auto" }, without, request }) {
      const refused = without.has(SYSTEM) || matches(REFUSES, request.model);
      return systemPlace === "user" || (systemPlace === "auto" && refused) ? { dialect: user } : undefined;
    },
  }),
  operations: { check: modelsCheck(dialect), models: modelList(), countTokens: countTokens() },
  recover: (error, call) => withoutSystem(error, call) ?? withoutParameters(error, call),
});

const SYSTEM = "system-role";

/** Not remembered: a 500 may have been nothing but a 500. */
function withoutSystem(error: LumiverseError, call: Call<InfermaticSettings>): Recovery<InfermaticSettings> | undefined {
  const { request, settings, without } = call;
  const refused = error.status === 500 && error.code === "server" && /litellm\./i.test(error.message);
  if (!refused || (settings.systemPlace ?? "auto") !== "auto" || without.has(SYSTEM) || matches(REFUSES, request.model)) return undefined;
  if (!request.messages.some(({ role }) => role === "system")) return undefined;
  return {
    call: { ...call, without: new Set([...without, SYSTEM]) },
    note: {
      kind: "recovered",
      field: "messages",
      message:
        'HTTP 500 may mean that this model refuses the system role: asked again with the text in the first user turn (systemPlace: "user" does so at once)',
    },
  };
}

/** LiteLLM's own counter, beside the version of the base. */
function countTokens(): Operation<number, InfermaticSettings> {
  return {
    origin: "base",
    request({ base, call }) {
      const root = new URL(base);
      root.pathname = root.pathname.replace(/\/v\d+\/?$/, "");
      const { model, messages } = call?.route.protocol.render(call).request.body ?? {};
      return { method: "POST", url: endpoint(root, "/utils/token_counter"), body: { model, messages } };
    },
    parse({ status, json }) {
      if (status >= 400 || !isObject(json) || typeof json["total_tokens"] !== "number") return undefined;
      return { value: json["total_tokens"] };
    },
  };
}
