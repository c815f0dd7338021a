/** Infermatic answers a refused system role with HTTP 500, so such a call is repeated without the role. */
import {
  type Call,
  type Capabilities,
  endpoint,
  type LumiverseError,
  matches,
  type Provider,
  type Recovery,
  withDegradation,
} from "@lumiverse/core/provider";
import { chatProvider, type Dialect, type DialectModel, dropUnsupportedParameters } from "@lumiverse/protocols/chat-completions";
import { versionIn } from "@lumiverse/protocols/families";
import type { InfermaticSettings } from "./settings.ts";
import { version } from "./version.ts";

const dialect: Dialect = {
  systemPlacement: "first", // vLLM behind LiteLLM: the templates refuse a late system message
  strict: "omit",
  prefill: "continue",
  reasoning: { on: () => ({}) }, // reasoning cannot be requested; what arrives in the content, as <think>, is known by the name of the model
  errors: [
    { status: 401, is: "authentication", hint: "Create a key at https://infermatic.ai, on the account's API page" },
    { status: 429, is: "rate-limit", hint: "Plans limit the calls per minute and the calls at once: wait or send fewer at once" },
    // LiteLLM states the kind of failure in the text, whatever the status.
    { text: "litellm.contextwindowexceedederror", is: "context-overflow" },
    { text: "litellm.contentpolicyviolationerror", is: "content-filter" },
    { text: "litellm.ratelimiterror", is: "rate-limit" },
    { text: ["litellm.serviceunavailableerror", "litellm.timeout"], is: "overloaded" },
    { text: ["litellm.badrequesterror", "litellm.unsupportedparamserror"], is: "invalid-request" },
    { text: "litellm.notfounderror", is: "model-not-found" },
  ],
};

const capabilities: Capabilities = {
  "output.image": false,
  "output.audio": false,
  parallelToolCalls: false, // the vendor says not to send it
  "tools.strict": false,
  "tools.images": false,
  reasoning: false, // none of the documented models reasons
  "reasoning.off": false,
  "reasoning.budget": false,
  maxOutputTokens: true,
  temperature: true,
  topP: [0, 1],
  topK: true, // -1 means all
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

const REASONS: Capabilities = { reasoning: true, "reasoning.visible": true };
const SYSTEM_IN_USER_TURN: Dialect = {
  systemPlacement: "user",
  finishBody({ call: { messages }, notes }) {
    if (messages.some(({ role }) => role === "system"))
      notes.push({
        kind: "moved",
        field: "messages",
        message: "The system text was moved into the first user turn, because the model refuses the system role.",
      });
  },
};

/** Models that refuse the system role, according to https://infermatic.ai/docs/overview (read 2026-11-25). */
const REFUSES_SYSTEM = ["*rocinante-12b-v1.1", "midnight-miqu-70b-v1.5", "*anubis-70b-v1", "*anubis-70b-v1-fp8-dynamic"];

const models: readonly DialectModel[] = [
  { match: versionIn(/(?:^|-)qwen-?(\d+)(?:\.(\d+))?(?![\d.])/, [3]), capabilities: REASONS },
  { match: "*deepseek-r1*", capabilities: REASONS },
  { match: "*-instruct*", capabilities: { reasoning: false } },
];

/** Infermatic (TotalGPT): https://infermatic.ai/docs/overview */
export const infermatic: Provider<InfermaticSettings> = chatProvider<InfermaticSettings>({
  id: "infermatic",
  name: "Infermatic",
  docs: "https://infermatic.ai/docs/overview",
  version,
  base: "https://api.totalgpt.ai/v1",
  env: "INFERMATIC_API_KEY",
  keyPage: "https://infermatic.ai/docs/api-key",
  settings: () => import("./settings.ts"),
  catalogue: () => import("./catalogue.ts"),
  dialect,
  capabilities,
  models,
  adjust: ({ call }) => (movesSystemText(call) ? { dialect: SYSTEM_IN_USER_TURN } : undefined),
  operations: async () => {
    const { tokenCounter } = await import("@lumiverse/protocols/chat-completions/operations");
    return { countTokens: tokenCounter({ url: tokenCounterURL, totalAt: "total_tokens" }) };
  },
  recover: ({ error, call }) => moveSystemText(error, call) ?? dropUnsupportedParameters(error, call),
});

function movesSystemText({ settings: { systemPlacement = "auto" }, degradations, request }: Call<InfermaticSettings>): boolean {
  const refused = degradations.has(SYSTEM_ROLE) || matches(REFUSES_SYSTEM, request.model);
  return systemPlacement === "user" || (systemPlacement === "auto" && refused);
}

/** The degradation of a call that must do without the system role. */
const SYSTEM_ROLE = "system-role";

/** Repeats a call that failed with 500 without the system role. Not remembered, because the 500 may have had another cause. */
function moveSystemText(error: LumiverseError, call: Call<InfermaticSettings>): Recovery<InfermaticSettings> | undefined {
  const { request, settings, degradations } = call;
  const refused = error.status === 500 && error.code === "server" && /litellm\./i.test(error.message);
  if (
    !refused ||
    (settings.systemPlacement ?? "auto") !== "auto" ||
    degradations.has(SYSTEM_ROLE) ||
    matches(REFUSES_SYSTEM, request.model)
  )
    return undefined;
  if (!request.messages.some(({ role }) => role === "system")) return undefined;
  return {
    call: withDegradation(call, SYSTEM_ROLE),
    note: {
      kind: "recovered",
      field: "messages",
      message:
        'HTTP 500 may mean that the model refuses the system role. The call was repeated with the text in the first user turn. Set systemPlacement: "user" to do so at once.',
    },
  };
}

/** LiteLLM's token counter is at the root of the host, not below the version of the base URL. */
function tokenCounterURL({ base }: { base: URL }): URL {
  const root = new URL(base);
  root.pathname = root.pathname.replace(/\/v\d+\/?$/, "");
  return endpoint(root, "/utils/token_counter");
}
