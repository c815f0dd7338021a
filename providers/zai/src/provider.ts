import type { Call, Capabilities, Provider, Route, Rule } from "@lumiverse/core/provider";
import { atMostTools, chatProvider } from "@lumiverse/protocols/chat-completions";
import { removeBoxMarkers } from "./box-markers.ts";
import { dialect, dialectFor } from "./dialect.ts";
import { CODING, GENERAL, HOSTS, usesCodingPlan } from "./endpoints.ts";
import { isFifthGeneration, isVision, models } from "./models.ts";
import type { ZaiSettings } from "./settings.ts";
import { version } from "./version.ts";

const capabilities: Capabilities = {
  "input.image": false,
  "input.audio": false,
  "input.file": false,
  "input.video": false,
  "output.image": false,
  "output.audio": false,
  tools: true,
  // The vendor documents `auto` only. It accepted other values in March 2026 without forcing a tool.
  "toolChoice.none": false,
  "toolChoice.required": false,
  "toolChoice.named": false,
  parallelToolCalls: false,
  "tools.strict": false,
  "tools.images": false,
  "output.schema": false,
  "output.json": true,
  reasoning: ["low", "high", "max"],
  "reasoning.off": false, // the vendor answers 400 from 5.3 on (fixtures/reasoning-always)
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
  // The vendor accepts seed and prefill, and does not document their effect.
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

const rules: readonly Rule[] = [atMostTools(128)];

const chat = chatProvider<ZaiSettings>({
  id: "zai",
  name: "Z.AI",
  docs: "https://docs.z.ai",
  version,
  base: HOSTS.global + GENERAL,
  baseFor: ({ settings }) => HOSTS[settings.region ?? "global"] + (settings.codingPlan === true ? CODING : GENERAL),
  origins: [HOSTS.cn],
  env: "ZAI_API_KEY",
  keyPage: "https://z.ai/manage-apikey/apikey-list",
  settings: () => import("./settings.ts"),
  check: { model: "glm-4.5-air" }, // the model list proves no key: it is undocumented and answers 404 to keys of the Coding Plan
  modelList: "none",
  operations: () => import("./quota.ts").then(({ account }) => ({ account })),
  dialect,
  capabilities,
  models,
  rules,
  headers: () => ({ "accept-language": "en-US,en" }), // the language of error messages
  adjust: ({ call }) => ({ dialect: dialectFor(call) }),
});

/** Z.AI (Zhipu GLM): https://docs.z.ai */
export const zai: Provider<ZaiSettings> = {
  ...chat,
  route,
  catalogue: (settings) =>
    import("./catalogue.ts").then(({ catalogue, codingPlan }) =>
      settings?.codingPlan === true ? { ...codingPlan, base: HOSTS.global + CODING } : catalogue,
    ),
};

function route(call: Call<ZaiSettings>): Route {
  const route = chat.route(call);
  const { model } = call.request;
  if (isVision(model) && !isFifthGeneration(model)) route.protocol = removeBoxMarkers(route.protocol);
  if (!usesCodingPlan(call) || route.base.pathname.startsWith(CODING)) return route;
  const base = new URL(route.base);
  base.pathname = CODING;
  return { ...route, base };
}
