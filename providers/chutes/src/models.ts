/** How a model is told to think: a variable of its chat template, whose name follows the family. A template ignores what it does not know. */
import type { Facts } from "@lumiverse/core";
import type { Dialect, DialectModel } from "@lumiverse/protocols/chat-completions";
import { atLeast, versionOf } from "@lumiverse/protocols/families";

export function thinkingBy(...names: readonly string[]): Dialect {
  const template = (on: boolean): Record<string, unknown> => ({
    chat_template_kwargs: Object.fromEntries(names.map((name) => [name, on])),
  });
  return { reasoning: { on: () => template(true), off: () => template(false) } };
}

const text: Facts = { "input.image": false, "input.video": false };
const sees: Facts = { "input.image": true, "input.video": false, "input.url": true };
const none: Facts = { reasoning: false, "reasoning.off": false };
const always: Facts = { reasoning: true, "reasoning.off": false };
/** Nothing to switch: it thinks, asked or not. */
const still: Dialect = { reasoning: { on: () => ({}), off: () => ({}) } };

/** A family by its version, from one up to, and without, another. */
function version(pattern: RegExp, from: readonly number[] = [0], to?: readonly number[]): (id: string) => boolean {
  return (id) => {
    const found = versionOf(id, pattern);
    return found !== undefined && atLeast(found, from) && (to === undefined || !atLeast(found, to));
  };
}
const KIMI = /^moonshotai\/kimi-k(\d+)(?:\.(\d+))?(?![\d.])/;
const QWEN = /^qwen\/qwen(\d+)(?:\.(\d+))?(?![\d.])/;
const DEEPSEEK = /^deepseek-ai\/deepseek-v(\d+)(?:\.(\d+))?(?![\d.])/;
const GLM = /^zai-org\/glm-(\d+)(?:\.(\d+))?(?![\d.])/;
const MINIMAX = /^minimaxai\/minimax-m(\d+)(?:\.(\d+))?(?![\d.])/;
const GEMMA = /^google\/gemma-(\d+)(?![\d.])/;

export const kimi: (id: string) => boolean = version(KIMI, [2, 5]);

/** The list of 2026-07-02, by family. What is in none of these rows is taken for a hybrid: all of the vendor's own list but one are. */
export const models: readonly DialectModel[] = [
  { match: kimi, takes: { ...sees, "input.video": true }, dialect: thinkingBy("thinking") },
  { match: version(KIMI, [2], [2, 5]), takes: { ...text, ...none } },
  { match: "moonshotai/kimi-k2-thinking*", takes: always, dialect: still },
  { match: version(QWEN, [3, 5]), takes: sees, dialect: thinkingBy("enable_thinking") },
  { match: version(QWEN, [3], [3, 5]), takes: text, dialect: thinkingBy("enable_thinking") },
  { match: version(QWEN, [0], [3]), takes: none },
  { match: "qwen/qwen*-vl-*", takes: { "input.image": true, "input.url": true } },
  { match: ["qwen/qwen*-instruct*", "qwen/qwen*-coder*"], takes: none },
  { match: "qwen/qwen*-thinking*", takes: always, dialect: still },
  { match: version(DEEPSEEK, [3, 1]), takes: text, dialect: thinkingBy("thinking") },
  { match: version(DEEPSEEK, [0], [3, 1]), takes: { ...text, ...none } },
  { match: "deepseek-ai/deepseek-r1*", takes: { ...text, ...always }, dialect: still },
  { match: version(GLM, [4, 5]), takes: text, dialect: thinkingBy("enable_thinking") },
  { match: (id) => /^zai-org\/glm-[\d.]+v/i.test(id), takes: { "input.image": true, "input.url": true } },
  { match: version(MINIMAX), takes: { ...text, ...always }, dialect: still },
  { match: version(GEMMA, [4]), takes: sees, dialect: thinkingBy("enable_thinking") },
  { match: version(GEMMA, [0], [4]), takes: none },
  {
    match: "openai/gpt-oss-*",
    takes: { ...text, reasoning: ["low", "medium", "high"], "reasoning.off": false },
    dialect: { reasoning: { on: (effort) => (effort === undefined ? {} : { reasoning_effort: effort }) } },
  },
  { match: "*/mistral-nemo-*", takes: { ...text, ...none, tools: false } },
];
