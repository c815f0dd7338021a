/** Which models reason, and by which field they are told to: a field that a model does not know is refused (400, code 20015), even when it says false. */
import type { Facts } from "@lumiverse/core";
import type { Dialect, DialectModel } from "@lumiverse/protocols/chat-completions";
import { atLeast, versionOf } from "@lumiverse/protocols/families";

type Entry = Pick<DialectModel, "takes" | "dialect">;

const none: Facts = { reasoning: false };
const always: Facts = { reasoning: true };
const budget: Facts = { reasoning: true, "reasoning.budget": [128, 32_768] };
const effort: Facts = { reasoning: ["high", "max"] };

const toggle: Dialect = {
  reasoning: {
    on: () => ({ enable_thinking: true }),
    off: () => ({ enable_thinking: false }),
    budget: (tokens) => ({ enable_thinking: true, thinking_budget: tokens }),
  },
};
const hybrid: Entry = { takes: { ...budget, "reasoning.off": true }, dialect: toggle };
/** Hybrids of api.siliconflow.cn, whose list names no budget. */
const hybridChina: Entry = { takes: { ...always, "reasoning.off": true }, dialect: toggle };

/** A model by its id without the paid lane's `Pro/`, from one version up to, and without, another. */
function version(pattern: RegExp, from: readonly number[] = [0], to?: readonly number[]): (id: string) => boolean {
  return (id) => {
    const found = versionOf(id.toLowerCase().replace(/^pro\//, ""), pattern);
    return found !== undefined && atLeast(found, from) && (to === undefined || !atLeast(found, to));
  };
}
const DEEPSEEK = /^deepseek-ai\/deepseek-v(\d+)(?:\.(\d+))?(?![\d.])/;
const GLM = /^zai-org\/glm-(\d+)(?:\.(\d+))?(?![\d.v])/;
const KIMI = /^moonshotai\/kimi-k(\d+)(?:\.(\d+))?(?![\d.])/;
const QWEN = /^qwen\/qwen(\d+)(?:\.(\d+))?(?![\d.])/;

/** The lists of 2026-07-02 and the vendor's notes. What is in none of these rows is unknown: it is asked by an effort, and never switched off. */
export const models: readonly DialectModel[] = [
  {
    match: version(DEEPSEEK, [4]),
    takes: { ...effort, "reasoning.budget": [128, 32_768] },
    dialect: { reasoning: { replay: "tool-turns" } },
  },
  { match: version(DEEPSEEK, [3, 1], [4]), ...hybrid },
  { match: version(DEEPSEEK, [0], [3, 1]), takes: none },
  { match: ["deepseek-ai/deepseek-r1", "pro/deepseek-ai/deepseek-r1"], takes: budget },
  { match: version(GLM, [5, 2]), takes: effort },
  { match: version(GLM, [5], [5, 2]), takes: budget },
  { match: version(GLM, [0], [5]), takes: none },
  { match: "zai-org/glm-5v-turbo", takes: { ...hybrid.takes, "input.image": true }, dialect: toggle },
  { match: version(KIMI, [2, 5]), takes: { ...budget, "input.image": true } },
  { match: version(QWEN), takes: none },
  { match: version(QWEN, [3], [4]), takes: { minP: [0, 1] } },
  { match: ["qwen/qwen3-8b", "qwen/qwen3-14b", "qwen/qwen3-32b"], ...hybrid },
  { match: "qwen/qwen3-*-thinking*", takes: always },
  { match: "qwen/qwen3-*-thinking-2507", takes: budget },
  { match: "qwen/qwen3-vl-*", takes: { "input.image": true } },
  { match: "tencent/hunyuan-a13b-*", ...hybrid },
  { match: ["tencent/hy3-*", "openai/gpt-oss-120b"], takes: budget },
  { match: "stepfun-ai/step-3.5-*", takes: always },
  {
    match: ["minimaxai/*", "pro/minimaxai/*", "google/gemma-*", "inclusionai/*", "bytedance-seed/*", "baidu/ernie-*", "openai/gpt-oss-20b"],
    takes: none,
  },
];

/** What differs at api.siliconflow.cn. */
export const china: readonly DialectModel[] = [
  { match: version(QWEN, [3, 5], [3, 6]), ...hybridChina },
  { match: version(GLM, [5], [5, 1]), ...hybridChina },
];
