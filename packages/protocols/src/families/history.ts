/** What models require of the history. Gateways pass the history on, so the check of a model applies on every host. */
import { kimiTraits } from "./kimi.ts";
import { atLeast, versionOf } from "./version.ts";

/**
 * Assistant turns that must carry their reasoning back, on every host. `tool-turns`: those that called a tool. Undefined: the model asks for none.
 *
 * - Kimi answers 400 "thinking is enabled but reasoning_content is missing in assistant tool call message" (from K2.5 on, and K2 Thinking).
 * - DeepSeek answers 400 "The `reasoning_content` in the thinking mode must be passed back to the API" (from V3.2 on, where thinking and tools go
 *   together). R1 refuses a history that contains reasoning.
 */
export function reasoningReplay(id: string): "tool-turns" | undefined {
  if (kimiTraits(id)?.reasons === true) return "tool-turns";
  const name = id.toLowerCase().replace(/^.*\//, "");
  if (/^deepseek(?:-(?:flash|pro|chat|reasoner))?(?:$|:)/.test(name)) return "tool-turns"; // aliases of the newest model
  const version = versionOf(name, DEEPSEEK);
  return version !== undefined && atLeast(version, [3, 2]) ? "tool-turns" : undefined;
}

const DEEPSEEK = /^deepseek-v(\d{1,2})(?:[.p](\d{1,2}))?(?![\d.])/;

/** True for a model whose chat template refuses a conversation without a user turn: Qwen answers "No user query found in messages" on every host. */
export function needsUserTurn(id: string): boolean {
  return /qwen|qwq/i.test(id);
}
