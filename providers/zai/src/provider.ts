/** Code beside data: two endpoints by a toggle, sampling that is switched off by a field of its own, and marks in the text of older vision models. */
import {
  type Call,
  defineProvider,
  type Emit,
  type Facts,
  isObject,
  type Note,
  type Provider,
  type Route,
  type Rule,
} from "@lumiverse/core";
import { accountPage, chatCheck, chatRoute, type Dialect, type DialectModel } from "@lumiverse/protocols/chat-completions";
import { atLeast, versionOf } from "@lumiverse/protocols/families";
import { errors } from "./errors.ts";
import { quotaPage } from "./quota.ts";
import type { ZaiSettings } from "./settings.ts";
import { unboxed } from "./unboxed.ts";
import { version } from "./version.ts";

const HOSTS = { global: "https://api.z.ai", cn: "https://open.bigmodel.cn" } as const;
const GENERAL = "/api/paas/v4";
const CODING = "/api/coding/paas/v4"; // same keys, another pocket

const dialect: Dialect = {
  strict: "omit",
  toolTurnContent: "empty", // content is a string, always
  toolDescription: "required",
  files: "file_url",
  linked: ["video", "file"],
  prefill: "prefix", // by other clients (2026-10); the vendor does not document it
  reasoning: { read: ["reasoning_content"] },
  errors,
  extras: readExtras,
};

const takes: Facts = {
  "input.image": false,
  "input.audio": false,
  "input.file": false,
  "input.video": false,
  "output.image": false,
  "output.audio": false,
  tools: true,
  // "auto" is all that is documented; other words pass (recordings of March 2026) and force nothing.
  "toolChoice.none": false,
  "toolChoice.required": false,
  "toolChoice.named": false,
  parallelToolCalls: false,
  "tools.strict": false,
  "tools.images": false,
  "output.schema": false,
  "output.json": true,
  reasoning: ["low", "high", "max"],
  "reasoning.off": false, // refused (400) from 5.3 on
  "reasoning.budget": false,
  "reasoning.visible": true,
  maxOutputTokens: [1, 131_072],
  temperature: [0, 1],
  topP: [0.01, 1],
  topK: false,
  minP: false,
  frequencyPenalty: false,
  presencePenalty: false,
  repetitionPenalty: false,
  stop: [0, 1],
  // seed and prefill pass; nobody documents what they do.
  logprobs: false,
  "cache.explicit": false,
  "cache.automatic": false,
  "cache.implicit": true,
  streaming: true,
  sources: true,
  webSearch: true,
  countTokens: false,
  models: false,
  account: true,
};

const GLM = /^glm-(\d+)(?:\.(\d+))?(v)?(?![\d.])/;
/** Text models from one version up to, and without, another. */
const glm =
  (from: readonly number[], to?: readonly number[]) =>
  (id: string): boolean => {
    const found = versionOf(id, GLM);
    return found !== undefined && atLeast(found, from) && (to === undefined || !atLeast(found, to));
  };
const fifth = glm([5]);
const sees = (id: string): boolean => GLM.exec(id.toLowerCase())?.[3] === "v" || id.toLowerCase().startsWith("autoglm-");

// What newer models do is said above; these are the older ones.
const models: readonly DialectModel[] = [
  { match: glm([5, 2], [5, 3]), takes: { reasoning: ["high", "max"], "reasoning.off": true } }, // low is taken as high, xhigh as max
  { match: glm([4, 5], [5, 2]), takes: { reasoning: true, "reasoning.off": true } },
  { match: glm([4, 5], [4, 6]), takes: { maxOutputTokens: [1, 98_304] } },
  { match: sees, takes: { "input.image": true, "input.video": true, "input.file": true, "input.url": true, "output.json": false } },
  { match: "glm-4.6v*", takes: { maxOutputTokens: [1, 32_768] } },
  { match: "glm-4.5v*", takes: { maxOutputTokens: [1, 16_384], tools: "unknown" } },
  { match: "glm-4-*", takes: { reasoning: false, "reasoning.off": false, "reasoning.visible": false, maxOutputTokens: [1, 16_384] } },
  { match: "autoglm-*", takes: { reasoning: "unknown", tools: "unknown" } },
];

const rules: readonly Rule[] = [
  { field: "tools", when: ({ tools = [] }) => tools.length > 128, then: "refuse", because: "the host takes 128 tools at most" },
];

/** Z.AI (Zhipu GLM): https://docs.z.ai */
export const zai: Provider<ZaiSettings> = defineProvider<ZaiSettings>({
  id: "zai",
  name: "Z.AI",
  docs: "https://docs.z.ai",
  version,
  contract: 1,
  credential: { kind: "api-key", required: true, env: "ZAI_API_KEY", page: "https://z.ai/manage-apikey/apikey-list" },
  base: HOSTS.global + GENERAL,
  origins: [HOSTS.cn],
  settings: () => import("./settings.ts").then((module) => module.settings),
  catalogue: (settings) =>
    import("./catalogue.ts").then((module) => (settings?.codingPlan === true ? module.codingPlan : module.catalogue)),
  evidence: () => import("./evidence.ts").then((module) => module.evidence),
  route,
  operations: {
    // The list of models is not documented and unknown (404) to keys of the Coding Plan: the list is built in, the key is proved by a chat.
    check: chatCheck(dialect, "glm-4.5-air"),
    account: accountPage(dialect, quotaPage(HOSTS)),
  },
});

const chat = chatRoute<ZaiSettings>({
  base: ({ settings }) => HOSTS[settings.region ?? "global"] + (settings.codingPlan === true ? CODING : GENERAL),
  dialect,
  takes,
  models,
  rules,
  headers: () => ({ "accept-language": "en-US,en" }), // the language of error messages
  adjust: (call) => ({ dialect: fromSettings(call) }),
});

function route(call: Call<ZaiSettings>): Route {
  let route = chat(call);
  if (sees(call.request.model) && !fifth(call.request.model)) route = { ...route, protocol: unboxed(route.protocol) };
  if (!onPlan(call) || route.base.pathname.startsWith(CODING)) return route;
  const base = new URL(route.base);
  base.pathname = CODING;
  return { ...route, base };
}

/** Another host has its own paths: there the toggle means nothing. */
function onPlan({ settings, baseURL }: Call<ZaiSettings>): boolean {
  if (baseURL === undefined) return settings.codingPlan === true;
  const own = Object.values(HOSTS).some((host) => host === baseURL.origin);
  return own && (settings.codingPlan === true || baseURL.pathname.startsWith(CODING));
}

function fromSettings(call: Call<ZaiSettings>): Dialect {
  const { preserveThinking, userId } = call.settings;
  const { model } = call.request;
  // Preserved thinking wants every earlier turn's reasoning, whole and in order; without it a tool loop still wants its own.
  const clear = preserveThinking === undefined ? {} : { clear_thinking: !preserveThinking };
  const thinking = { thinking: { type: "enabled", ...clear } };
  const defaults: Record<string, unknown> = userId === undefined ? {} : { user_id: userId };
  if (preserveThinking !== undefined && glm([4, 5])(model)) Object.assign(defaults, thinking);
  return {
    defaults,
    finishBody: (body, _checked, notes) => finishBody(body, call, notes),
    reasoning: {
      // Said aloud: under long system prompts models that decide for themselves stop thinking.
      on: (effort) => ({ ...thinking, ...(effort === undefined ? {} : { reasoning_effort: effort }) }),
      off: () => ({ thinking: { type: "disabled" } }),
      replay: (preserveThinking ?? onPlan(call)) ? "always" : "tool-turns",
    },
  };
}

function finishBody(body: Record<string, unknown>, call: Call<ZaiSettings>, notes: Note[]): void {
  const { temperature, stop } = body;
  if (temperature === 0) {
    delete body["temperature"];
    body["do_sample"] = false;
    notes.push({ kind: "changed", field: "temperature", message: "0 is said by do_sample: false here" });
  } else if (typeof temperature === "number" && temperature !== Math.round(temperature * 100) / 100) {
    body["temperature"] = Math.round(temperature * 100) / 100;
    notes.push({ kind: "changed", field: "temperature", message: `${temperature} became ${body["temperature"]}: two decimals are taken` });
  }
  if (typeof stop === "string") body["stop"] = [stop];
  // Without it the arguments of a call come in one piece. Text models from 4.6 on take it.
  const streams = body["stream"] === true && body["tools"] !== undefined && call.settings.toolStream !== false;
  if (streams && glm([4, 6])(call.request.model) && !sees(call.request.model)) body["tool_stream"] = true;
  if (call.settings.codingPlan === true && !onPlan(call))
    notes.push({
      kind: "warning",
      field: "settings.codingPlan",
      message: "the base URL is another host's: the Coding Plan toggle has no effect",
    });
}

/** What the built-in search found, and what the content filter says of who. */
function readExtras(json: Record<string, unknown>, emit: Emit, memory: Record<string, unknown>, index: () => number): void {
  const { web_search: found, content_filter: filter } = json;
  if (Array.isArray(filter) && filter.length > 0) emit({ type: "details", details: { contentFilter: filter } });
  if (!Array.isArray(found) || memory["searched"] === true) return;
  memory["searched"] = true;
  for (const [i, page] of found.entries()) {
    if (!isObject(page) || typeof page["link"] !== "string") continue;
    const { link: url, title, content: quote } = page;
    const more = { ...(typeof title === "string" ? { title } : {}), ...(typeof quote === "string" ? { quote } : {}) };
    emit({ type: "part", index: index(), part: { type: "source", url, number: i + 1, ...more } });
  }
}
