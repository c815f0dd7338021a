/** SiliconFlow has two regions with separate accounts, models and prices. Models refuse reasoning fields that they do not know. */
import {
  type Call,
  type Capabilities,
  type CheckedCall,
  type JsonObject,
  type LumiverseError,
  matches,
  type Note,
  type Provider,
  policyFor,
  type Recovery,
} from "@lumiverse/core/provider";
import { atMostTools, chatProvider, type Dialect, dropReasoning } from "@lumiverse/protocols/chat-completions";
import { BUDGET, china, models } from "./models.ts";
import { isChina } from "./region.ts";
import type { SiliconflowSettings } from "./settings.ts";
import { version } from "./version.ts";

const BASE = "https://api.siliconflow.com/v1";
const CHINA = "https://api.siliconflow.cn/v1";

const dialect: Dialect = {
  strict: "omit",
  reasoning: { budget: ({ tokens }) => ({ thinking_budget: tokens }) },
  finishBody: fitReasoning,
  errors: [
    {
      code: "20012",
      is: "model-not-found",
      hint: "The two regions serve different models: choose one that models() lists, or set the other region",
    },
    { code: "30001", is: "insufficient-balance", hint: "Top up or choose a free model" },
    { code: ["50505", "50603"], is: "overloaded" },
    {
      code: "20015",
      text: ["enable_thinking", "thinking_budget", "reasoning_effort"],
      is: "unsupported",
      hint: "This model does not accept that field: remove reasoning from the request",
    },
    {
      status: 401, // the body is a bare JSON string
      is: "authentication",
      hint: "Keys of siliconflow.com and siliconflow.cn are separate: set the region that the key belongs to",
    },
    { status: 403, is: "permission", hint: "This model may require an account that is verified by real name" },
    {
      status: 429,
      is: "rate-limit",
      hint: "Free and low tiers allow few calls and tokens per minute, and the vendor does not state how long to wait",
    },
  ],
};

const capabilities: Capabilities = {
  "input.audio": false,
  "input.file": false,
  "output.image": false,
  "output.audio": false,
  tools: true,
  "toolChoice.none": true,
  "toolChoice.required": true,
  "toolChoice.named": true,
  parallelToolCalls: false,
  "tools.strict": false,
  "tools.images": false,
  "output.schema": false, // not supported by all models, unlike JSON mode
  "output.json": true,
  "reasoning.off": false, // hybrid models only
  "reasoning.visible": true,
  maxOutputTokens: true, // limits the answer without its reasoning
  temperature: [0, 2],
  topP: [0, 1],
  topK: [1, 100],
  minP: false, // Qwen3 only
  frequencyPenalty: [-2, 2],
  presencePenalty: false,
  repetitionPenalty: false,
  stop: [0, 4],
  seed: false,
  logprobs: false,
  "cache.explicit": false,
  "cache.automatic": false,
  streaming: true,
  sources: false,
  webSearch: false,
  countTokens: false,
  models: true,
  account: true,
};

/** Words of `reasoning_effort` that the host accepts. It treats low and medium as high, and xhigh as max. */
const EFFORTS: readonly unknown[] = ["low", "medium", "high", "xhigh", "max"];

/** Budgets and words that the host refuses on every model. Models without a row state no range of their own. */
function fitReasoning({ body, call, notes }: { body: JsonObject; call: CheckedCall; notes: Note[] }): void {
  if (policyFor(call.policy, "reasoning") === "send") return;
  const { thinking_budget: tokens, reasoning_effort: word } = body;
  const [min, max] = BUDGET;
  if (typeof tokens === "number" && (tokens < min || tokens > max)) {
    body["thinking_budget"] = Math.min(Math.max(tokens, min), max);
    notes.push({
      kind: "clamped",
      field: "reasoning",
      message: `${tokens} became ${body["thinking_budget"]}: the host accepts ${min} to ${max}.`,
    });
  }
  if (word === "minimal") {
    body["reasoning_effort"] = "low";
    notes.push({ kind: "clamped", field: "reasoning", message: `minimal became low: the host accepts ${EFFORTS.join(", ")}.` });
  }
}

/** SiliconFlow: https://docs.siliconflow.com */
export const siliconflow: Provider<SiliconflowSettings> = chatProvider<SiliconflowSettings>({
  id: "siliconflow",
  name: "SiliconFlow",
  docs: "https://docs.siliconflow.com",
  version,
  base: BASE,
  baseFor: ({ settings }) => (settings.region === "cn" ? CHINA : BASE),
  origins: [CHINA],
  env: "SILICONFLOW_API_KEY",
  keyPage: "https://cloud.siliconflow.com/account/ak",
  settings: () => import("./settings.ts"),
  catalogue: (settings) =>
    import("./catalogue.ts").then(({ catalogue, catalogueChina }) => ({
      catalogue: settings?.region === "cn" ? { ...catalogueChina, base: CHINA } : catalogue,
    })),
  dialect,
  capabilities,
  models,
  rules: [atMostTools(128)],
  adjust: ({ call, base }) => (isChina(base, call.settings) ? china.find(({ match }) => matches(match, call.request.model)) : undefined),
  operations: () => import("./operations.ts").then(({ operations }) => operations(dialect)),
  recover,
});

function recover({ error, call }: { error: LumiverseError; call: Call<SiliconflowSettings> }): Recovery<SiliconflowSettings> | undefined {
  if (error.vendorCode !== "20015" || error.code !== "unsupported") return undefined;
  return dropReasoning(call, "The model refuses this reasoning field. The call was repeated without a request for reasoning.");
}
