/** Which models reason, and which field requests it. A model refuses a field that it does not know with 400 and code 20015, even when its value is false. */
import type { Capabilities } from "@lumiverse/core/provider";
import type { Dialect, DialectModel } from "@lumiverse/protocols/chat-completions";
import { versionIn } from "@lumiverse/protocols/families";

type Entry = Pick<DialectModel, "capabilities" | "dialect">;

const none: Capabilities = { reasoning: false };
const always: Capabilities = { reasoning: true };
/** Tokens that `thinking_budget` accepts. */
export const BUDGET: readonly [min: number, max: number] = [128, 32_768];
const budget: Capabilities = { reasoning: true, "reasoning.budget": BUDGET };
const effort: Capabilities = { reasoning: ["high", "max"] };

const toggle: Dialect = {
  reasoning: {
    on: () => ({ enable_thinking: true }),
    off: () => ({ enable_thinking: false }),
    budget: ({ tokens }) => ({ enable_thinking: true, thinking_budget: tokens }),
  },
};
const hybrid: Entry = { capabilities: { ...budget, "reasoning.off": true }, dialect: toggle };
/** Hybrid models of api.siliconflow.cn, whose list states no budget. */
const hybridChina: Entry = { capabilities: { ...always, "reasoning.off": true }, dialect: toggle };

// `Pro/` in front of an id names the paid tier of the same model.
const DEEPSEEK = /^(?:pro\/)?deepseek-ai\/deepseek-v(\d+)(?:\.(\d+))?(?![\d.])/;
const GLM = /^(?:pro\/)?zai-org\/glm-(\d+)(?:\.(\d+))?(?![\d.v])/;
const KIMI = /^(?:pro\/)?moonshotai\/kimi-k(\d+)(?:\.(\d+))?(?![\d.])/;
const QWEN = /^(?:pro\/)?qwen\/qwen(\d+)(?:\.(\d+))?(?![\d.])/;

/** From the lists of 2026-07-02 and the vendor's notes. Models without a row are unknown: reasoning is requested by an effort and never switched off. */
export const models: readonly DialectModel[] = [
  { match: versionIn(DEEPSEEK, [4]), capabilities: { ...effort, "reasoning.budget": BUDGET } },
  { match: versionIn(DEEPSEEK, [3, 1], [4]), ...hybrid },
  { match: versionIn(DEEPSEEK, [0], [3, 1]), capabilities: none },
  { match: ["deepseek-ai/deepseek-r1", "pro/deepseek-ai/deepseek-r1"], capabilities: budget },
  { match: versionIn(GLM, [5, 2]), capabilities: effort },
  { match: versionIn(GLM, [5], [5, 2]), capabilities: budget },
  { match: versionIn(GLM, [0], [5]), capabilities: none },
  { match: "zai-org/glm-5v-turbo", capabilities: { ...hybrid.capabilities, "input.image": true }, dialect: toggle },
  { match: versionIn(KIMI, [2, 5]), capabilities: { ...budget, "input.image": true } },
  { match: versionIn(QWEN), capabilities: none },
  { match: versionIn(QWEN, [3], [4]), capabilities: { minP: [0, 1] } },
  { match: ["qwen/qwen3-8b", "qwen/qwen3-14b", "qwen/qwen3-32b"], ...hybrid },
  { match: "qwen/qwen3-*-thinking*", capabilities: always },
  { match: "qwen/qwen3-*-thinking-2507", capabilities: budget },
  { match: "qwen/qwen3-vl-*", capabilities: { "input.image": true } },
  { match: "tencent/hunyuan-a13b-*", ...hybrid },
  { match: ["tencent/hy3-*", "openai/gpt-oss-120b"], capabilities: budget },
  { match: "stepfun-ai/step-3.5-*", capabilities: always },
  {
    match: ["minimaxai/*", "pro/minimaxai/*", "google/gemma-*", "inclusionai/*", "bytedance-seed/*", "baidu/ernie-*", "openai/gpt-oss-20b"],
    capabilities: none,
  },
];

/** Deviations at api.siliconflow.cn. */
export const china: readonly DialectModel[] = [
  { match: versionIn(QWEN, [3, 5], [3, 6]), ...hybridChina },
  { match: versionIn(GLM, [5], [5, 1]), ...hybridChina },
];
