/** Models that write their reasoning into the text, whatever a host says of its own fields for reasoning. */

const REASONS = /(?:^|[-_/.:])(?:r1|qwq|think|thinking|thinker|reason|reasoner|reasoning|magistral)(?:$|[-_/.:\d])/i;
const DOES_NOT = /(?:non|no|not)[-_]?(?:think|reason)/i;

/** True when an id names a model that reasons: `deepseek-r1-distill-llama-70b`, `qwen3-4b-thinking`. */
export function isReasonerByName(id: string): boolean {
  return REASONS.test(id) && !DOES_NOT.test(id);
}

const WANTS_BACK = /^(?:kimi-(?:k[2-9]|latest|thinking)|deepseek-(?:v[3-9]|v\d\d|r|reasoner|flash|pro|chat))/;

/**
 * True for models whose vendor refuses a turn with tool calls without its reasoning: Kimi and DeepSeek answer 400 "The `reasoning_content` in the thinking mode
 * must be passed back to the API", and gateways pass that on. https://api-docs.deepseek.com/guides/thinking_mode
 */
export function wantsReasoningBack(id: string): boolean {
  return WANTS_BACK.test(id.toLowerCase().replace(/^.*\//, ""));
}
