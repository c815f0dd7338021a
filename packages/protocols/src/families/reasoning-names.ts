/** Models that write their reasoning into the text, whatever fields for reasoning a host has. */

const REASONS = /(?:^|[-_/.:])(?:r1|qwq|think|thinking|thinker|reason|reasoner|reasoning|magistral)(?:$|[-_/.:\d])/i;
const DOES_NOT = /(?:non|no|not)[-_]?(?:think|reason)/i;

/** True when an id names a model that reasons: `deepseek-r1-distill-llama-70b`, `qwen3-4b-thinking`. */
export function isReasonerByName(id: string): boolean {
  return REASONS.test(id) && !DOES_NOT.test(id);
}
