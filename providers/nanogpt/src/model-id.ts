/** Properties of a model that its id states. */
import { claude } from "@lumiverse/protocols/families";

/** True for ids that make the model think, such as `…:thinking` and `…-thinking:8192`. */
export function thinks(id: string): boolean {
  return /(?::|-)thinking(?::|$)/.test(id);
}

/** Ids that accept a budget. For other ids the default output limit must not grow by a budget that is not sent. */
export function acceptsBudget(id: string): boolean {
  return isClaude(id) && id.endsWith("-thinking");
}
export function isClaude(id: string): boolean {
  return claude.claudeTraits(id) !== undefined;
}
