/**
 * Which models accept images and reasoning, and with which levels. Sources: https://docs.fireworks.ai/guides/reasoning, the vendor's reference, and the model
 * list of 2026-07-02.
 */
import type { Capabilities } from "@lumiverse/core/provider";
import type { DialectModel } from "@lumiverse/protocols/chat-completions";
import { versionIn, versionOf } from "@lumiverse/protocols/families";

/** Versions are written with `p` for the dot. Models, their `…-fast` routers and an account's own copies have the same names. */
function family(name: string, from: readonly number[] = [0]): (id: string) => boolean {
  // `glm-4p5v` is not matched, because it accepts images.
  return versionIn(new RegExp(`^accounts/[^/]+/(?:models|routers)/${name}-?[a-z]?(\\d+)(?:p(\\d+))?(?![\\dpv])`), from);
}
const text: Capabilities = { "input.image": false, "input.video": false };
const toggle: Capabilities = { reasoning: true, "reasoning.off": true, "reasoning.budget": false };

export const models: readonly DialectModel[] = [
  { match: family("glm", [4]), capabilities: text },
  { match: family("glm", [4, 5]), capabilities: toggle },
  { match: family("glm", [5, 2]), capabilities: { reasoning: ["high", "max"] } },
  { match: family("glm", [5, 3]), capabilities: { reasoning: ["low", "high", "max"], "reasoning.off": false } }, // `none` is refused
  { match: family("deepseek", [3, 1]), capabilities: { ...text, ...toggle } },
  {
    match: family("deepseek", [4]),
    capabilities: { ...text, reasoning: ["high", "max"], "reasoning.off": true, "reasoning.budget": false },
  },
  // Releases with a date in their name, from July 2026 on, also accept `low`.
  {
    match: (id) => versionOf(id, /\/deepseek-v(\d+)(?:p\d+)?-[a-z]+-\d{4}(?:$|#)/) !== undefined,
    capabilities: { reasoning: ["low", "high", "max"] },
  },
  {
    match: family("minimax", [2]),
    capabilities: { ...text, reasoning: ["low", "medium", "high"], "reasoning.off": false, "reasoning.budget": false },
  },
  { match: family("kimi", [2, 5]), capabilities: { "input.image": true, "input.url": true, ...toggle } },
  // The model's own words. Whether it can stop thinking, and whether it accepts budgets, is not stated in any list.
  {
    match: family("kimi", [3]),
    capabilities: { reasoning: ["low", "high", "max"], "reasoning.off": "unknown", "reasoning.budget": "unknown" },
  },
  { match: "accounts/*/kimi-*", dialect: { schemaVendor: "moonshot" } }, // its check is the stricter one
  { match: "accounts/*/kimi-k2-thinking*", capabilities: { ...text, reasoning: true, "reasoning.off": false, "reasoning.budget": false } },
  { match: "accounts/*/kimi-k2-instruct*", capabilities: { ...text, reasoning: false } },
  {
    match: "accounts/fireworks/models/gpt-oss-*",
    capabilities: { ...text, reasoning: ["low", "medium", "high"], "reasoning.off": false, "reasoning.budget": false },
  },
  {
    match: (id) => /\/qwen3-\d+b(?:-a\d+b)?(?:$|#)/.test(id.toLowerCase()), // hybrid models; the dated instruct and thinking models are not
    capabilities: { reasoning: ["low", "medium", "high"], "reasoning.off": true, "reasoning.budget": [1024, 65_536] },
  },
  {
    match: family("qwen", [3, 7]),
    capabilities: {
      "input.image": true,
      "input.url": true,
      reasoning: ["low", "medium", "high"],
      "reasoning.off": true,
      "reasoning.budget": [1024, 65_536],
    },
  },
];
