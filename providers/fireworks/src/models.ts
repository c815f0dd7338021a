/** Which models see and reason, and by which words (https://docs.fireworks.ai/guides/reasoning, the vendor's reference, the list of 2026-07-02). */
import type { Facts } from "@lumiverse/core";
import type { DialectModel } from "@lumiverse/protocols/chat-completions";
import { atLeast, versionOf } from "@lumiverse/protocols/families";

/** Dots of a version are written `p`; models, their `…-fast` routers and an account's own copies are named alike. */
function family(name: string, from: readonly number[] = [0]): (id: string) => boolean {
  const pattern = new RegExp(`^accounts/[^/]+/(?:models|routers)/${name}-?[a-z]?(\\d+)(?:p(\\d+))?(?![\\dpv])`); // glm-4p5v sees
  return (id) => {
    const found = versionOf(id, pattern);
    return found !== undefined && atLeast(found, from);
  };
}
const text: Facts = { "input.image": false, "input.video": false };
const toggle: Facts = { reasoning: true, "reasoning.off": true, "reasoning.budget": false };

export const models: readonly DialectModel[] = [
  { match: family("glm", [4]), takes: text },
  { match: family("glm", [4, 5]), takes: toggle },
  { match: family("glm", [5, 2]), takes: { reasoning: ["high", "max"] } },
  { match: family("glm", [5, 3]), takes: { reasoning: ["low", "high", "max"], "reasoning.off": false } }, // `none` is refused
  { match: family("deepseek", [3, 1]), takes: { ...text, ...toggle } },
  { match: family("deepseek", [4]), takes: { ...text, reasoning: ["high", "max"], "reasoning.off": true, "reasoning.budget": false } },
  // Releases with a date in their name, from July 2026 on, know a weaker level.
  {
    match: (id) => versionOf(id, /\/deepseek-v(\d+)(?:p\d+)?-[a-z]+-\d{4}(?:$|#)/) !== undefined,
    takes: { reasoning: ["low", "high", "max"] },
  },
  {
    match: family("minimax", [2]),
    takes: { ...text, reasoning: ["low", "medium", "high"], "reasoning.off": false, "reasoning.budget": false },
  },
  { match: family("kimi", [2, 5]), takes: { "input.image": true, "input.url": true, ...toggle } },
  { match: family("kimi", [3]), takes: { reasoning: "unknown", "reasoning.off": "unknown", "reasoning.budget": "unknown" } }, // no list says
  {
    match: "accounts/fireworks/models/gpt-oss-*",
    takes: { ...text, reasoning: ["low", "medium", "high"], "reasoning.off": false, "reasoning.budget": false },
  },
  {
    match: (id) => /\/qwen3-\d+b(?:-a\d+b)?(?:$|#)/.test(id.toLowerCase()), // hybrids, unlike the dated instruct and thinking ones
    takes: { reasoning: ["low", "medium", "high"], "reasoning.off": true, "reasoning.budget": [1024, 65_536] },
  },
  {
    match: family("qwen", [3, 7]),
    takes: {
      "input.image": true,
      "input.url": true,
      reasoning: ["low", "medium", "high"],
      "reasoning.off": true,
      "reasoning.budget": [1024, 65_536],
    },
  },
];
