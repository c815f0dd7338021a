/** Which models think, and the variable of the chat template that switches thinking. A template ignores variables that it does not know. */
import type { Capabilities } from "@lumiverse/core/provider";
import type { Dialect, DialectModel } from "@lumiverse/protocols/chat-completions";
import { versionIn } from "@lumiverse/protocols/families";

/** Switches thinking by these variables. */
export function thinkingBy(...names: readonly string[]): Dialect {
  const template = (on: boolean): Record<string, unknown> => ({
    chat_template_kwargs: Object.fromEntries(names.map((name) => [name, on])),
  });
  return { reasoning: { on: () => template(true), off: () => template(false) } };
}

const textOnly: Capabilities = { "input.image": false, "input.video": false };
const images: Capabilities = { "input.image": true, "input.video": false, "input.url": true };
const none: Capabilities = { reasoning: false, "reasoning.off": false };
const always: Capabilities = { reasoning: true, "reasoning.off": false };
/** The model always thinks, so no variable is sent. */
const noSwitch: Dialect = { reasoning: { on: () => ({}), off: () => ({}) } };

const KIMI = /^moonshotai\/kimi-k(\d+)(?:\.(\d+))?(?![\d.])/;
const QWEN = /^qwen\/qwen(\d+)(?:\.(\d+))?(?![\d.])/;
const DEEPSEEK = /^deepseek-ai\/deepseek-v(\d+)(?:\.(\d+))?(?![\d.])/;
const GLM = /^zai-org\/glm-(\d+)(?:\.(\d+))?(?![\d.])/;
const MINIMAX = /^minimaxai\/minimax-m(\d+)(?:\.(\d+))?(?![\d.])/;
const GEMMA = /^google\/gemma-(\d+)(?![\d.])/;

/** Kimi K2.5 and later. */
export const isKimi: (id: string) => boolean = versionIn(KIMI, [2, 5]);

/** The list of 2026-07-02, by family. Models without a row are treated as hybrids, as all but one in the vendor's list are. */
export const models: readonly DialectModel[] = [
  { match: isKimi, capabilities: { ...images, "input.video": true }, dialect: thinkingBy("thinking") },
  { match: versionIn(KIMI, [2], [2, 5]), capabilities: { ...textOnly, ...none } },
  { match: "moonshotai/kimi-k2-thinking*", capabilities: always, dialect: noSwitch },
  { match: versionIn(QWEN, [3, 5]), capabilities: images, dialect: thinkingBy("enable_thinking") },
  { match: versionIn(QWEN, [3], [3, 5]), capabilities: textOnly, dialect: thinkingBy("enable_thinking") },
  { match: versionIn(QWEN, [0], [3]), capabilities: none },
  { match: "qwen/qwen*-vl-*", capabilities: { "input.image": true, "input.url": true } },
  { match: ["qwen/qwen*-instruct*", "qwen/qwen*-coder*"], capabilities: none },
  { match: "qwen/qwen*-thinking*", capabilities: always, dialect: noSwitch },
  { match: versionIn(DEEPSEEK, [3, 1]), capabilities: textOnly, dialect: thinkingBy("thinking") },
  { match: versionIn(DEEPSEEK, [0], [3, 1]), capabilities: { ...textOnly, ...none } },
  { match: "deepseek-ai/deepseek-r1*", capabilities: { ...textOnly, ...always }, dialect: noSwitch },
  { match: versionIn(GLM, [4, 5]), capabilities: textOnly, dialect: thinkingBy("enable_thinking") },
  { match: (id) => /^zai-org\/glm-[\d.]+v/i.test(id), capabilities: { "input.image": true, "input.url": true } },
  { match: versionIn(MINIMAX), capabilities: { ...textOnly, ...always }, dialect: noSwitch },
  { match: versionIn(GEMMA, [4]), capabilities: images, dialect: thinkingBy("enable_thinking") },
  { match: versionIn(GEMMA, [0], [4]), capabilities: none },
  {
    match: "openai/gpt-oss-*",
    capabilities: { ...textOnly, reasoning: ["low", "medium", "high"], "reasoning.off": false },
    dialect: { reasoning: { on: ({ effort }) => (effort === undefined ? {} : { reasoning_effort: effort }) } },
  },
  { match: "*/mistral-nemo-*", capabilities: { ...textOnly, ...none, tools: false } },
];
