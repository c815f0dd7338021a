/**
 * Data; the one hook puts what the settings ask for into the body. An aggregator: what a model takes is its upstream's to say, so most facts
 * are left unknown.
 */
import {
  type Account,
  defineProvider,
  endpoint,
  type Facts,
  isObject,
  type JsonObject,
  type ModelInfo,
  type Price,
  type Provider,
} from "@lumiverse/core";
import {
  type AccountPage,
  accountCheck,
  accountPage,
  cacheMarks,
  chatRoute,
  type Dialect,
  modelList,
} from "@lumiverse/protocols/chat-completions";
import { claude } from "@lumiverse/protocols/families";
import type { ElectronhubSettings } from "./settings.ts";
import { version } from "./version.ts";

const BASE = "https://api.electronhub.ai/v1";
const BANNER = "### **Proxy error (HTTP "; // an upstream's failure as the model's answer, HTTP 200, cut anywhere across deltas

const dialect: Dialect = {
  strict: "asked", // one body for many upstreams: what nobody asked for is not sent
  reasoning: { read: ["reasoning_content", "reasoning"] }, // by upstream
  failureTexts: [
    { startsWith: `${BANNER}400`, is: "invalid-request", message: "the model's upstream refused the request", retryable: false },
    { startsWith: `${BANNER}429`, is: "overloaded", message: "the model's upstream is overloaded", retryable: true },
    { startsWith: BANNER, is: "server", message: "the model's upstream failed", retryable: true },
  ],
  errors: [
    {
      status: [402, 403, 429],
      text: ["credits", "neutrinos"],
      is: "insufficient-balance",
      hint: "Credits come weekly, Neutrinos for :free models daily",
    },
    { status: 401, is: "authentication", hint: "Keys begin with ek-; make one at https://app.electronhub.ai" },
    { status: 403, is: "permission", hint: "The key, or the plan of its account, may not use this" },
    {
      status: 429,
      is: "rate-limit",
      waitMs: 180_000, // documented, whatever is left of the minute
      hint: "The key is locked for three minutes; failed calls count too. Plans have from 5 (free) to 100 calls a minute",
    },
  ],
};

const takes: Facts = {
  "output.image": false, // images, speech and video have endpoints of their own
  "output.audio": false,
  "toolChoice.none": true,
  "toolChoice.required": true,
  "toolChoice.named": true,
  reasoning: ["minimal", "low", "medium", "high", "xhigh"], // silently ignored by models that do not take it
  "reasoning.off": true,
  "reasoning.budget": false,
  "reasoning.visible": true,
  maxOutputTokens: true, // reasoning counts
  temperature: [0, 2],
  "cache.automatic": false,
  streaming: true,
  countTokens: false,
  models: true,
  account: true,
};

/** ElectronHub: https://docs.electronhub.ai */
export const electronhub: Provider<ElectronhubSettings> = defineProvider<ElectronhubSettings>({
  id: "electronhub",
  name: "ElectronHub",
  docs: "https://docs.electronhub.ai",
  version,
  contract: 1,
  credential: { kind: "api-key", required: true, env: "ELECTRONHUB_API_KEY", page: "https://app.electronhub.ai" },
  base: BASE,
  settings: () => import("./settings.ts").then((module) => module.settings),
  catalogue: () => import("./catalogue.ts").then((module) => module.catalogue),
  evidence: () => import("./evidence.ts").then((module) => module.evidence),
  route: chatRoute<ElectronhubSettings>({
    base: BASE,
    dialect,
    takes,
    rules: claude.rules.filter(({ field }) => field === "temperature" || field === "topP" || field === "topK"),
    adjust({ settings: { hideReasoning, webSearch, promptCache }, request }) {
      return {
        takes: ofClaude(claude.facts(request.model, request)),
        dialect: {
          cache: cacheMarks({ setting: promptCache }),
          finishBody(body) {
            if (hideReasoning === true) body["reasoning"] = { exclude: true };
            if (webSearch === true) body["web_search"] = true;
          },
        },
      };
    },
  }),
  operations: {
    check: accountCheck(dialect, userPage()),
    models: modelList({ keep: chats, takes: factsOf, refine }),
    account: accountPage(dialect, userPage()),
  },
});

/** Of what is known of a Claude: what it refuses anywhere, and that it hears cache marks. */
function ofClaude(facts: Facts): Facts {
  const refused = (["temperature", "topP", "topK", "prefill", "input.audio", "input.video"] as const).filter((one) => facts[one] === false);
  return { ...Object.fromEntries(refused.map((one) => [one, false])), "cache.explicit": facts["cache.explicit"] ?? false };
}

function userPage(): AccountPage<ElectronhubSettings> {
  return {
    url: ({ base }) => endpoint(base, "/user/me"),
    usable: ({ balance }) => ((balance?.amount ?? 0) > 0 ? true : "unknown"), // `:free` models cost no credits
    read(json): Account | undefined {
      if (!isObject(json) || typeof json["credits"] !== "number") return undefined;
      const { credits, subscription } = json;
      const plan = typeof subscription === "string" && subscription !== "" ? { plan: subscription } : {};
      return {
        ...plan,
        balance: { amount: credits, currency: "credits" },
        summary: `${credits} credits${"plan" in plan ? `, plan ${plan.plan}` : ""}`,
      };
    },
  };
}

/** The list holds images, speech and embeddings too. */
function chats({ endpoints }: JsonObject): boolean {
  return !Array.isArray(endpoints) || endpoints.includes("/v1/chat/completions");
}

const TOLD = { "input.image": "vision", tools: "function_call", reasoning: "reasoning" } as const;

function factsOf({ metadata }: JsonObject): Facts | undefined {
  if (!isObject(metadata)) return undefined;
  const facts: Record<string, boolean> = {};
  for (const [capability, word] of Object.entries(TOLD)) {
    const told = metadata[word];
    // Which levels a model takes is not told: a yes would hide them.
    if (typeof told === "boolean" && !(capability === "reasoning" && told)) facts[capability] = told;
  }
  return facts;
}

function refine(info: ModelInfo, { max_input_tokens: input, pricing }: JsonObject): void {
  if (typeof input === "number" && input > 0) info.inputTokens = input;
  // Other types are per image, second or call.
  if (!isObject(pricing) || pricing["type"] !== "per_million_tokens" || typeof pricing["input"] !== "number") return;
  const price: Price = { input: pricing["input"], currency: "USD" };
  for (const [key, word] of [
    ["output", "output"],
    ["cacheRead", "cache_read"],
    ["cacheWrite", "cache_write_5m"],
  ] as const) {
    const amount = pricing[word];
    if (typeof amount === "number") price[key] = amount;
  }
  info.price = price;
}
