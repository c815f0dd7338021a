/** Code beside data: prefill and strict tools live under another path (`/beta`), and thinking stands in the way of a forced tool. */
import {
  type Account,
  type Call,
  type ChatRequest,
  defineProvider,
  endpoint,
  type Facts,
  isObject,
  type JsonObject,
  type Provider,
  type Route,
  type Rule,
} from "@lumiverse/core";
import {
  type AccountPage,
  accountCheck,
  accountPage,
  chatRoute,
  type Dialect,
  type DialectModel,
  modelList,
  openaiStrict,
  schemaWithout,
} from "@lumiverse/protocols/chat-completions";
import type { DeepseekSettings } from "./settings.ts";
import { version } from "./version.ts";

const BASE = "https://api.deepseek.com";

const dialect: Dialect = {
  prefill: "prefix",
  toolTurnContent: "empty", // as the vendor writes its own turns; lists of parts are mirrored as text on some hosts
  strictSchemas(schema) {
    // Lengths of strings and lists are no part of the strict subset (https://api-docs.deepseek.com/guides/tool_calls).
    const plain = schemaWithout("minLength", "maxLength", "minItems", "maxItems")(schema);
    return plain.losses.length > 0 ? plain : openaiStrict(schema);
  },
  defaults: { thinking: { type: "enabled" } }, // the vendor's default, said aloud: what is meant decides whether old reasoning is demanded
  reasoning: {
    on: (effort) => ({ thinking: { type: "enabled" }, ...(effort === undefined ? {} : { reasoning_effort: effort }) }),
    off: () => ({ thinking: { type: "disabled" } }), // an effort beside it is refused
    read: ["reasoning_content"],
    // With tool calls in the history a turn without it is a 400, in later turns too; sending it on every turn is the safe superset.
    replay: "present",
  },
  errors: [
    {
      status: 400,
      text: "must be passed back",
      is: "invalid-request",
      hint: "Send the assistant messages back as they came, with their reasoning parts",
    },
    { status: [400, 404], text: ["model not exist", "supported api model names"], is: "model-not-found" },
    { status: 402, is: "insufficient-balance", hint: "Top up at https://platform.deepseek.com/top_up" },
    {
      status: 400,
      text: ["unknown variant `image", "unknown variant `input", "unknown variant `file", "unknown variant `video"],
      is: "unsupported",
      hint: "This model reads text alone; images go to deepseek-flash",
    },
  ],
  finishBody(body, _call, notes) {
    const messages = body["messages"];
    const last: unknown = Array.isArray(messages) ? messages[messages.length - 1] : undefined;
    if (isObject(last) && last["prefix"] === true) last["reasoning_content"] = ""; // a prefill is an assistant turn like the others
    const choice = body["tool_choice"];
    const thinks = isObject(body["thinking"]) && body["thinking"]["type"] !== "disabled";
    if (!thinks || choice === undefined || choice === "auto" || choice === "none") return;
    body["thinking"] = { type: "disabled" };
    delete body["reasoning_effort"];
    notes.push({
      kind: "changed",
      field: "reasoning",
      message: "a forced tool is refused while thinking: thinking was switched off for this call",
    });
  },
};

const takes: Facts = {
  "input.audio": false, // 400: unknown variant
  "input.file": false,
  "input.video": false,
  "output.image": false,
  "output.audio": false,
  tools: true,
  "toolChoice.none": true,
  "toolChoice.required": true,
  "toolChoice.named": true,
  parallelToolCalls: false, // taken and not documented: nobody knows that it is heard
  "tools.strict": true,
  "tools.images": false,
  "output.schema": false,
  "output.json": true,
  reasoning: ["low", "high", "max"],
  "reasoning.off": true,
  "reasoning.budget": false,
  "reasoning.visible": true,
  maxOutputTokens: true,
  temperature: [0, 2],
  topP: [0, 1],
  topK: false, // ignored
  minP: false,
  frequencyPenalty: [-2, 2],
  presencePenalty: [-2, 2],
  repetitionPenalty: false,
  stop: [0, 16],
  seed: false, // ignored
  logprobs: true,
  prefill: true,
  "cache.explicit": false,
  "cache.automatic": false,
  "cache.implicit": true,
  streaming: true,
  sources: false,
  webSearch: false, // on the Responses wire alone
  models: true,
  account: true,
};

const models: readonly DialectModel[] = [
  { match: ["deepseek-flash", "deepseek-chat", "deepseek-reasoner", "deepseek-v4-flash-vision-exp"], takes: { "input.image": true } }, // V4.1
  { match: "deepseek-v4-pro", takes: { "input.image": false } },
  {
    match: "deepseek-chat", // flash with thinking off; tool loops without reasoning were seen to pass
    takes: { reasoning: false, "reasoning.off": false },
    dialect: { defaults: { thinking: { type: "disabled" } }, reasoning: { replay: "always" } },
  },
  {
    match: "deepseek-reasoner", // flash with thinking on, so that no tool can be forced
    takes: { "reasoning.off": false, "toolChoice.required": false, "toolChoice.named": false },
  },
];

const IGNORED = 'while the model thinks the vendor takes this and ignores it; reasoning: "off" gives it its effect';
const rules: readonly Rule[] = (["temperature", "topP", "frequencyPenalty", "presencePenalty"] as const).map((field) => ({
  field,
  when: thinking,
  then: "drop",
  because: IGNORED,
}));

function thinking({ model, reasoning, toolChoice }: ChatRequest): boolean {
  const forced = toolChoice === "required" || typeof toolChoice === "object";
  return model !== "deepseek-chat" && reasoning !== "off" && !forced;
}

/** DeepSeek: https://api-docs.deepseek.com */
export const deepseek: Provider<DeepseekSettings> = defineProvider<DeepseekSettings>({
  id: "deepseek",
  name: "DeepSeek",
  docs: "https://api-docs.deepseek.com",
  version,
  contract: 1,
  credential: { kind: "api-key", required: true, env: "DEEPSEEK_API_KEY", page: "https://platform.deepseek.com/api_keys" },
  base: BASE,
  settings: () => import("./settings.ts").then((module) => module.settings),
  catalogue: () => import("./catalogue.ts").then((module) => module.catalogue),
  evidence: () => import("./evidence.ts").then((module) => module.evidence),
  route,
  operations: {
    check: accountCheck(dialect, balancePage()),
    models: modelList({ context: ["context_window"], maxOutput: ["max_output_tokens"], takes: factsOf }),
    account: accountPage(dialect, balancePage()),
  },
});

function route(call: Call<DeepseekSettings>): Route {
  const route = chat(call);
  if (call.settings.beta === false || !(strict(call.request) || prefills(call.request))) return route;
  return { ...route, base: beside(route.base, "/beta") };
}

const chat = chatRoute<DeepseekSettings>({
  base: BASE,
  dialect,
  takes,
  models,
  rules,
  adjust({ settings: { userId, beta } }) {
    const defaults = userId === undefined ? {} : { defaults: { user_id: userId } };
    if (beta !== false) return { dialect: defaults };
    return { dialect: { ...defaults, strict: "omit" }, takes: { prefill: false, "tools.strict": false } };
  },
});

function strict({ tools }: ChatRequest): boolean {
  return tools?.some((tool) => "name" in tool && tool.strict === true) === true;
}

/** A trailing assistant turn is a prefill as well. */
function prefills({ prefill, messages }: ChatRequest): boolean {
  return (prefill !== undefined && prefill !== "") || messages[messages.length - 1]?.role === "assistant";
}

/** What stands beside the version: `/v1` is an alias of the root, `/beta` and the account pages are neighbours of it. */
function beside(base: URL, path: string): URL {
  const root = new URL(base);
  root.pathname = root.pathname.replace(/\/(?:v\d+|beta)?\/?$/, "");
  return endpoint(root, path);
}

function balancePage(): AccountPage {
  return {
    url: ({ base }) => beside(base, "/user/balance"),
    read: readBalance,
    usable: ({ balance, state }) => state === undefined && (balance?.amount ?? 0) > 0,
  };
}

/** Amounts are text. An account may hold two currencies; the first that has money is the one that pays. */
function readBalance(json: unknown): Account | undefined {
  const infos = isObject(json) && Array.isArray(json["balance_infos"]) ? json["balance_infos"] : undefined;
  if (!isObject(json) || infos === undefined) return undefined;
  const balances = infos.filter(isObject).map((info) => ({ amount: Number(info["total_balance"]), currency: String(info["currency"]) }));
  const balance = balances.find(({ amount }) => amount > 0) ?? balances[0];
  const account: Account = {
    summary: balances.map(({ amount, currency }) => `${amount.toFixed(2)} ${currency}`).join(" + ") || "no balance",
  };
  if (balance !== undefined) account.balance = balance;
  if (json["is_available"] === false) account.state = "the balance is too low for calls";
  return account;
}

function factsOf(entry: JsonObject): Facts | undefined {
  const { input_modalities: input, effort } = entry;
  const levels = isObject(effort) && Array.isArray(effort["supported_levels"]) ? effort["supported_levels"] : [];
  const words = levels.filter((level) => typeof level === "string" && level !== "none");
  if (!Array.isArray(input) && words.length === 0) return undefined;
  return {
    ...(Array.isArray(input) ? { "input.image": input.includes("image") } : {}),
    ...(words.length === 0 ? {} : { reasoning: words }),
  };
}
