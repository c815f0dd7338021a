/** Code beside data: a field of reasoning that a model does not know is taken back once. */
import {
  type Account,
  type Call,
  defineProvider,
  endpoint,
  type Facts,
  isObject,
  type LumiverseError,
  matches,
  type Provider,
  type Recovery,
} from "@lumiverse/core";
import { type AccountPage, accountCheck, accountPage, chatRoute, type Dialect, modelList } from "@lumiverse/protocols/chat-completions";
import { china, models } from "./models.ts";
import type { SiliconflowSettings } from "./settings.ts";
import { version } from "./version.ts";

const BASE = "https://api.siliconflow.com/v1";
const CHINA = "https://api.siliconflow.cn/v1";

const dialect: Dialect = {
  strict: "omit",
  reasoning: { read: ["reasoning_content"], budget: (tokens) => ({ thinking_budget: tokens }) },
  errors: [
    { code: "20012", is: "model-not-found", hint: "The two regions have models of their own; models() lists those of this one" },
    { code: "30001", is: "insufficient-balance", hint: "Top up, or choose a free model" },
    { code: ["50505", "50603"], is: "overloaded" },
    {
      code: "20015",
      text: ["enable_thinking", "thinking_budget", "reasoning_effort"],
      is: "unsupported",
      hint: "This model does not know that field; leave reasoning out",
    },
    {
      status: 401, // the body is a bare JSON string
      is: "authentication",
      hint: "Keys of siliconflow.com and siliconflow.cn are separate: for a key of the other one change the region",
    },
    { status: 403, is: "permission", hint: "The account may have to be verified by real name for this model" },
    { status: 429, is: "rate-limit", hint: "Free and low tiers have few calls and tokens a minute; no wait is told" },
  ],
};

const takes: Facts = {
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
  "output.schema": false, // not on all models; JSON mode is
  "output.json": true,
  "reasoning.off": false, // hybrids alone
  "reasoning.visible": true,
  maxOutputTokens: true, // the answer alone, without its reasoning
  temperature: [0, 2],
  topP: [0, 1],
  topK: [1, 100],
  minP: false, // Qwen3 alone
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

/** SiliconFlow: https://docs.siliconflow.com */
export const siliconflow: Provider<SiliconflowSettings> = defineProvider<SiliconflowSettings>({
  id: "siliconflow",
  name: "SiliconFlow",
  docs: "https://docs.siliconflow.com",
  version,
  contract: 1,
  credential: { kind: "api-key", required: true, env: "SILICONFLOW_API_KEY", page: "https://cloud.siliconflow.com/account/ak" },
  base: BASE,
  origins: [CHINA],
  settings: () => import("./settings.ts").then((module) => module.settings),
  catalogue: (settings) =>
    import("./catalogue.ts").then((module) => (settings?.region === "cn" ? module.catalogueChina : module.catalogue)),
  evidence: () => import("./evidence.ts").then((module) => module.evidence),
  route: chatRoute<SiliconflowSettings>({
    base: ({ settings }) => (settings.region === "cn" ? CHINA : BASE),
    dialect,
    takes,
    models,
    adjust(call) {
      if (!inChina(call.baseURL, call.settings)) return undefined;
      return china.find(({ match }) => matches(match, call.request.model));
    },
  }),
  operations: {
    check: accountCheck(dialect, userPage()),
    models: modelList({ path: "/models?type=text&sub_type=chat" }),
    account: accountPage(dialect, userPage()),
  },
  recover,
});

function inChina(base: URL | undefined, settings: Partial<SiliconflowSettings>): boolean {
  return settings.region === "cn" || base?.hostname.endsWith(".cn") === true;
}

function userPage(): AccountPage<SiliconflowSettings> {
  return {
    url: ({ base }) => endpoint(base, "/user/info"),
    usable: ({ balance, state }) => state === undefined && (balance?.amount ?? 0) > 0,
    read(json, { base, settings }): Account | undefined {
      const data = isObject(json) ? json["data"] : undefined;
      if (!isObject(data)) return undefined;
      // Amounts are text; `totalBalance` holds what was given beside what was paid.
      const amount = Number(data["totalBalance"] ?? data["balance"] ?? Number.NaN);
      if (!Number.isFinite(amount)) return undefined;
      const currency = inChina(base, settings) ? "CNY" : "USD";
      const account: Account = { balance: { amount, currency }, summary: `${amount.toFixed(2)} ${currency}` };
      const { status } = data;
      if (typeof status === "string" && status !== "normal") account.state = status;
      return account;
    },
  };
}

function recover(error: LumiverseError, call: Call<SiliconflowSettings>): Recovery<SiliconflowSettings> | undefined {
  const refused = error.vendorCode === "20015" && error.code === "unsupported";
  if (!refused || call.request.reasoning === undefined || call.without.has("reasoning")) return undefined;
  const { reasoning: _, ...request } = call.request;
  return {
    call: { ...call, request, without: new Set([...call.without, "reasoning"]) },
    note: {
      kind: "recovered",
      field: "reasoning",
      message: "the model does not know this field of reasoning: it was asked once more without",
    },
  };
}
