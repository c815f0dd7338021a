import type { ChatRequest, Message, Note } from "@lumiverse/core";

/**
 * Claude Code begins its system prompt with a line for Anthropic's billing: `x-anthropic-billing-header: cc_version=…; cch=…;`. It differs in every
 * request, so a vendor that caches by prefix would never find the prompt again (https://github.com/anthropics/claude-code/issues/68900).
 */
const BILLING_LINE = /^x-anthropic-billing-header:[^\n]*\n?/;

/** The request without the billing line, for vendors of other protocols. */
export function removeBillingLine(request: ChatRequest, notes: Note[]): ChatRequest {
  const [first, ...others] = request.messages;
  if (first?.role !== "system") return request;
  const { content } = first;
  const [text] = typeof content === "string" ? [content] : content.map((part) => (part.type === "text" ? part.text : ""));
  if (text === undefined || !BILLING_LINE.test(text)) return request;
  notes.push({
    kind: "dropped",
    field: "messages",
    message: "The client's billing line was dropped from the system prompt: only vendors of the protocol messages read it.",
  });
  const rest = text.replace(BILLING_LINE, "");
  return { ...request, messages: [...withText(first, rest), ...others] };
}

/** The message with another first text. A text that is empty is left out. */
function withText(message: Extract<Message, { role: "system" }>, text: string): Message[] {
  const { content } = message;
  if (typeof content === "string") return text === "" ? [] : [{ ...message, content: text }];
  const [first, ...others] = content;
  const parts = first === undefined || text === "" ? others : [{ ...first, text }, ...others];
  return parts.length === 0 ? [] : [{ ...message, content: parts }];
}
