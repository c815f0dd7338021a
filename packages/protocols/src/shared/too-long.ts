import { isOverflow } from "@lumiverse/core/provider";

/** Phrases with which hosts and their upstreams report that a prompt is too long, in addition to those that core knows. */
const PHRASES =
  /exceeds? (?:the )?context limit|context_exceeded|input length should be|(?:input|prompt|conversation)s?(?: text| length)? (?:is )?(?:too (?:long|large)|longer than)|longer than the (?:maximum )?(?:model|context)|too large for (?:the )?(?:[\w.-]{1,40} )?model|(?:input|total) length.{0,30}exceeds|(?:prompt|input|request|messages) exceeds? (?:the )?(?:model|max(?:imum)? (?:length|number of))|exceeds? (?:the )?max(?:imum)? (?:input|prompt|sequence) length|exceeded the token limit|too many (?:input |prompt )?tokens(?!.{0,20}wait)|(?:input|prompt|total|number of)(?: number of)? tokens?(?: count| limit)?\b.{0,40}(?:exceed|must be (?:less|<))|tokens (?:requested \d+|in the (?:prompt|input)).{0,20}exceeds|tokens.{0,30}only supports \d|max_new_tokens.{0,20}must be <=|inputs.{0,3}must have less than|token limit exceeded.{0,60}context|tokens?_limit_reached|request_too_large_for_model|model_context_window_exceeded|(?:输入|上下文).{0,10}(?:过长|超)/i;

/** True when a failure reports that the prompt is too long for the model. With the status 429, tokens a minute are meant. */
export function isTooLong({ status, message, words }: { status: number; message: string; words: readonly string[] }): boolean {
  return isOverflow(message, words) || (status !== 429 && [message, ...words].some((text) => PHRASES.test(text)));
}
