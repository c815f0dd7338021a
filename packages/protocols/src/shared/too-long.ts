import { isOverflow } from "@lumiverse/core/provider";

/** Phrases of hosts and of their upstreams by which a prompt does not fit, in addition to those that core knows. */
const PHRASES =
  /exceeds? (?:the )?context limit|range of input length should be|input length \d+ exceeds|(?:input|prompt) (?:is|length is) too long|longer than the (?:maximum )?(?:model|context)|tokens? exceeds? the (?:model|maximum)|exceeds? (?:the )?max(?:imum)? (?:input|prompt|sequence) length|max_new_tokens.{0,20}must be <=|request_too_large_for_model|input tokens? exceed|(?:prompt|input) token count.{0,40}exceeds|tokens requested \d+ exceeds|tokens in the (?:prompt|input).{0,20}exceeds|token limit exceeded.{0,60}context|model_context_window_exceeded/i;

/** True when a failure reports that the prompt is too long for the model. With the status 429, tokens a minute are meant. */
export function isTooLong({ status, message, words }: { status: number; message: string; words: readonly string[] }): boolean {
  return isOverflow(message, words) || (status !== 429 && PHRASES.test(message));
}
